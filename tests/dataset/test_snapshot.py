import pytest

from cloudanno_desktop.dataset.readiness import PartEmpty, TooFewImages, TooFewLabels
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.dataset.snapshot import LabeledImage, build_job


def images(label, count, pin=None):
    return [
        LabeledImage(
            f"{label}/{n}.jpg", f"/pictures/{label}/{n}.jpg", f"{label}-{n}", (label,), pin
        )
        for n in range(count)
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
