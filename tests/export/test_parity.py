"""The figures of a parity report, with a predictor whose answers are known."""

import numpy as np
import pytest

from cloudanno_desktop.export import parity
from cloudanno_desktop.export.artifact import ExportedFile, Format, ModelSpec
from cloudanno_desktop.export.parity import PictureBatch, check_parity, decisions
from cloudanno_desktop.progress import Cancelled


class Told:
    """A predictor that answers what the pixels say."""

    labels = ("a", "b")

    def predict(self, pixels):
        return pixels


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "open_predictor", lambda path: Told())
    return ExportedFile(Format.TFLITE, tmp_path / "model.tflite", 0, "")


def batch(keys, predictions, reference, truth):
    as_floats = [np.array(values, np.float32) for values in (predictions, reference)]
    return PictureBatch(tuple(keys), *as_floats, np.array(truth, bool))


def test_a_flipped_picture_is_named_and_counted_once(file):
    batches = [
        batch("xy", [[0.9, 0.1], [0.6, 0.4]], [[0.8, 0.2], [0.3, 0.7]], [[1, 0], [0, 1]]),
        batch("z", [[0.2, 0.8]], [[0.1, 0.9]], [[1, 0]]),
    ]
    report = check_parity(file, ModelSpec(("a", "b")), batches)
    assert report.images == 3
    assert report.flipped == ("y",)
    assert report.agreement == pytest.approx(2 / 3)
    assert report.accuracy == pytest.approx(1 / 3)
    assert report.reference_accuracy == pytest.approx(2 / 3)
    assert report.largest_difference == pytest.approx(0.3)


def test_an_answer_that_is_no_number_is_the_largest_difference(file):
    broken = batch("x", [[np.nan, 0.1]], [[0.8, 0.2]], [[1, 0]])
    report = check_parity(file, ModelSpec(("a", "b")), [broken])
    assert np.isnan(report.largest_difference)
    assert not report.is_faithful


@pytest.mark.parametrize(("flipped", "faithful"), [(0, True), (1, True), (3, True), (4, False)])
def test_a_file_may_flip_three_in_a_hundred(file, flipped, faithful):
    reference = [[0.6, 0.4]] * 100
    predictions = [[0.4, 0.6]] * flipped + reference[flipped:]
    keys = [f"photo {i}" for i in range(100)]
    report = check_parity(
        file, ModelSpec(("a", "b")), [batch(keys, predictions, reference, [[1, 0]] * 100)]
    )
    assert report.is_faithful == faithful


def test_several_labels_must_all_be_right(file):
    spec = ModelSpec(("a", "b"), multi_label=True, thresholds=(0.5, 0.2))
    predictions = [[0.6, 0.3], [0.6, 0.1]]
    report = check_parity(file, spec, [batch("xy", predictions, predictions, [[1, 1], [1, 1]])])
    assert report.accuracy == 0.5
    assert report.agreement == 1


def test_what_the_file_said_of_a_picture_is_kept_where_asked_for(file):
    batches = [
        batch("xy", [[0.9, 0.1], [0.6, 0.4]], [[0.8, 0.2], [0.3, 0.7]], [[1, 0], [0, 1]]),
        batch("z", [[0.2, 0.8]], [[0.1, 0.9]], [[1, 0]]),
    ]
    report = check_parity(file, ModelSpec(("a", "b")), batches, scored={"x", "z", "elsewhere"})
    assert report.scores == {"x": pytest.approx((0.9, 0.1)), "z": pytest.approx((0.2, 0.8))}


def test_no_thresholds_mean_one_half():
    spec = ModelSpec(("a", "b"), multi_label=True)
    said = decisions(np.array([[0.5, 0.49]], np.float32), spec)
    assert said.tolist() == [[True, False]]


def test_no_pictures_are_said_to_be_none(file):
    assert check_parity(file, ModelSpec(("a", "b")), []).images == 0


def test_the_check_can_be_stopped(file):
    def stop(done, total, text=""):
        raise Cancelled

    some = batch("x", [[1, 0]], [[1, 0]], [[1, 0]])
    with pytest.raises(Cancelled):
        check_parity(file, ModelSpec(("a", "b")), [some], stop)
