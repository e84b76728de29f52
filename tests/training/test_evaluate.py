import numpy as np
import pytest

from cloudanno_desktop.dataset.run_folder import JobImage
from cloudanno_desktop.training.evaluate import best_thresholds, evaluate, wilson
from cloudanno_desktop.training.features import Features
from cloudanno_desktop.training.pipeline import _part

LABELS = ("cat", "dog")


def image(name, *labels):
    return JobImage(f"{name}.jpg", f"/{name}.jpg", name, labels, "val")


def test_figures_of_single_labels_are_those_of_the_textbook():
    images = [image("a", 0), image("b", 0), image("c", 1), image("d", 1)]
    predictions = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.1, 0.9]], np.float32)
    found = evaluate(predictions, images, LABELS, ())
    assert found.accuracy == 0.75
    assert found.confusion == ((1, 1), (0, 2))
    cat, dog = found.per_label
    assert (cat.precision, cat.recall) == (1, 0.5)
    assert (dog.precision, dog.recall) == pytest.approx((2 / 3, 1))
    assert dog.f1 == pytest.approx(0.8)


def test_the_most_certain_mistake_comes_first():
    images = [image("little", 0), image("right", 0), image("very", 0)]
    predictions = np.array([[0.4, 0.6], [0.9, 0.1], [0.05, 0.95]], np.float32)
    mistakes = evaluate(predictions, images, LABELS, ()).mistakes
    assert [m.key for m in mistakes] == ["very.jpg", "little.jpg"]
    assert mistakes[0].truth == ("cat",)
    assert mistakes[0].predicted == "dog"
    assert mistakes[0].probability == pytest.approx(0.95)


def test_several_labels_must_all_be_right():
    images = [image("both", 0, 1), image("half", 0, 1), image("one", 1)]
    predictions = np.array([[0.9, 0.9], [0.9, 0.1], [0.2, 0.7]], np.float32)
    found = evaluate(predictions, images, LABELS, (0.5, 0.5))
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.confusion == ((2, 0), (0, 2))


def test_the_interval_is_wilsons():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_thresholds_are_where_f1_is_best():
    predictions = np.array([[0.1], [0.15], [0.2], [0.6], [0.7]], np.float32)
    truth = np.array([[False], [False], [True], [True], [True]])
    (threshold,) = best_thresholds(predictions, truth)
    assert 0.15 < threshold <= 0.2


def test_copies_of_a_picture_are_one_proof():
    images = tuple(
        JobImage(f"{number}.jpg", "", digest, (label,), part)
        for number, (digest, label, part) in enumerate(
            [
                ("a", 0, "val"),
                ("a", 0, "val"),
                ("a", 1, "val"),
                ("b", 0, "train"),
                ("b", 0, "train"),
            ]
        )
    )
    features = Features(images, np.zeros((5, 2), np.float16), {})
    assert [(i.digest, i.labels) for i in _part(features, "val").images] == [
        ("a", (0,)),
        ("a", (1,)),
    ]
    assert len(_part(features, "train").images) == 2
