from dataclasses import replace

import pytest

from cloudanno_desktop.dataset.readiness import (
    PartEmpty,
    TooFewImages,
    TooFewLabels,
    check_job,
    contradictions,
)
from cloudanno_desktop.dataset.run_folder import LabelScore, TrainOptions, untested, weak
from cloudanno_desktop.dataset.snapshot import LabeledImage, build_job
from cloudanno_desktop.labels.transaction import LabelUnknown


def images(label, count, pin=None):
    return [
        LabeledImage(
            f"{label}/{n}.jpg", f"/pictures/{label}/{n}.jpg", f"{label}-{n}", (label,), pin
        )
        for n in range(count)
    ]


def copies(label, count, pictures=1):
    return [
        replace(image, digest=f"{label}-{n % pictures}")
        for n, image in enumerate(images(label, count))
    ]


def job_of(names, pictures, **options):
    return build_job("Zoo", names, pictures, TrainOptions(**options), multi_label=False)


def test_labels_without_images_are_left_out_and_numbers_follow():
    job = job_of(["cat", "empty", "dog"], images(0, 6) + images(2, 6))
    assert job.labels == ("cat", "dog")
    assert {image.labels for image in job.images if image.key.startswith("2/")} == {(1,)}


def test_one_label_is_refused_with_a_sentence_that_says_what_to_do():
    with pytest.raises(TooFewLabels) as error:
        job_of(["cat", "dog"], images(0, 30))
    assert "at least 2 labels" in str(error.value)
    assert "this project has 1" in str(error.value)


def test_four_images_of_a_label_are_refused_naming_the_label():
    with pytest.raises(TooFewImages) as error:
        job_of(["cat", "dog", "cow"], images(0, 30) + images(1, 4) + images(2, 5))
    assert "“dog” (4)" in str(error.value)
    assert "cow" not in str(error.value)


def test_test_images_do_not_count_for_training():
    with pytest.raises(TooFewImages):
        job_of(["cat", "dog"], images(0, 9) + images(1, 4) + images(1, 9, pin="test"))


def test_pins_that_leave_no_validation_are_refused():
    with pytest.raises(PartEmpty, match="validation"):
        job_of(["cat", "dog"], images(0, 9, pin="train") + images(1, 9, pin="train"))


def test_pins_that_leave_a_label_untrained_are_refused_naming_it():
    with pytest.raises(PartEmpty, match="“dog”"):
        job_of(["cat", "dog"], images(0, 9) + images(1, 9, pin="val"))


def test_copies_of_a_picture_count_once():
    with pytest.raises(TooFewImages) as error:
        job_of(["cat", "dog"], images(0, 9) + copies(1, 8, pictures=2))
    assert "“dog” (8 files, 2 pictures)" in str(error.value)
    assert "pinned" not in str(error.value)


def test_a_label_is_left_out_for_once_where_others_are_enough():
    pictures = images(0, 9) + images(1, 9) + images(2, 4)
    with pytest.raises(TooFewImages, match="leave them out this time") as error:
        job_of(["cat", "dog", "cow"], pictures)
    assert error.value.names == ("cow",)
    job = job_of(["cat", "dog", "cow"], pictures, leave_out=error.value.names)
    assert (job.labels, len(job.images)) == (("cat", "dog"), 18)
    with pytest.raises(TooFewImages) as error:
        job_of(["cat", "cow"], images(0, 9) + images(1, 4))
    assert error.value.names == ()
    assert "leave" not in str(error.value)


def test_a_label_to_leave_out_that_does_not_exist_is_named():
    with pytest.raises(LabelUnknown, match="“cwo”"):
        job_of(["cat", "dog"], images(0, 9) + images(1, 9), leave_out=("cwo",))


def test_damaged_files_of_a_label_that_became_too_small_are_named():
    job = job_of(["cat", "dog"], images(0, 9) + images(1, 5))
    readable = [image for image in job.images if image.key not in {"1/3.jpg", "0/2.jpg"}]
    with pytest.raises(TooFewImages) as error:
        check_job(job, readable, {"1/3.jpg": "it is cut off", "0/2.jpg": "it is empty"})
    assert "“1/3.jpg” (it is cut off)" in str(error.value)
    assert "0/2.jpg" not in str(error.value)


def test_copies_with_different_labels_are_found():
    both = [replace(image, key=f"again/{image.key}", labels=(1,)) for image in images(0, 2)]
    job = job_of(["cat", "dog"], images(0, 9) + images(1, 9) + copies(1, 2) + both)
    found = [[image.key for image in group] for group in contradictions(job)]
    assert found == [["0/0.jpg", "again/0/0.jpg"], ["0/1.jpg", "again/0/1.jpg"]]


def test_labels_that_an_average_hides_are_named():
    scores = [
        LabelScore("cat", 12, 0.9, 1.0, 0.9),
        LabelScore("dog", 2, 0.0, 0.0, 0.0),
        LabelScore("cow", 2, 1.0, 0.5, 0.7),
        LabelScore("emu", 0, 0.0, 0.0, 0.0),
    ]
    assert [score.name for score in weak(scores)] == ["dog"]
    assert untested(scores) == ("emu",)
