"""Trained networks on real photos: what a phone will answer is what was measured."""

from dataclasses import replace

import numpy as np
import pytest

from cloudanno_desktop.export.artifact import Format
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.export.parity import PictureBatch, check_parity

pytest.importorskip("tensorflow")
pytest.importorskip("coremltools")

from cloudanno_desktop.export.export import export_model
from tests.export.conftest import LABELS, network

pytestmark = [pytest.mark.training, pytest.mark.slow]


@pytest.fixture(scope="module")
def trained(shared_data, photos):
    """MobileNetV2 with the ImageNet weights and a head fitted to sixty photos."""
    weights = shared_data / "weights" / "mobilenet_v2_1.0_224_no_top.weights.h5"
    model = network("mobilenet_v2", weights)
    fit_head(model, *photos[0])
    return model


def fit_head(model, pixels, labels):
    """Fit the dense layer by ridge regression on standardised features."""
    import keras

    features = keras.Model(model.input, model.layers[-2].output).predict(pixels, verbose=0)
    center, scale = features.mean(axis=0), features.std(axis=0) + 1e-3
    rows = (features - center) / scale
    needed = np.eye(len(LABELS))[labels] - 1 / len(LABELS)
    kernel = rows.T @ np.linalg.solve(rows @ rows.T + 300 * np.eye(len(rows)), needed)
    kernel = 8 * kernel / scale[:, None]
    model.layers[-1].set_weights([kernel, -center @ kernel])


def batches(model, pixels, labels):
    predictions = model.predict(pixels, verbose=0)
    truth = np.eye(len(LABELS), dtype=bool)[labels]
    for start in range(0, len(pixels), 16):
        part = slice(start, start + 16)
        keys = tuple(f"photo {i}" for i in range(len(pixels))[part])
        yield PictureBatch(keys, pixels[part], predictions[part], truth[part])


def test_every_format_keeps_the_label_of_99_in_100_photos(trained, photos, spec, tmp_path):
    files = export_model(trained, spec, tmp_path, list(Format))
    checked = list(batches(trained, *photos[1]))
    reports = {file.format: check_parity(file, spec, checked) for file in files}
    for report in reports.values():
        assert report.images == 60
        assert report.reference_accuracy > 0.5  # guessing is right one time in six
        assert report.is_faithful
        assert report.agreement >= 0.98  # one of sixty
        assert abs(report.accuracy - report.reference_accuracy) < 0.02
    assert reports[Format.KERAS].largest_difference < 1e-4
    assert reports[Format.MLMODEL].largest_difference < 1e-4
    assert reports[Format.COREML].largest_difference < 0.1
    assert reports[Format.TFLITE].largest_difference < 0.1


def test_colours_in_the_wrong_order_are_noticed(trained, photos, spec, tmp_path):
    [file] = export_model(trained, spec, tmp_path, [Format.TFLITE])
    swapped = [
        batch._replace(pixels=np.ascontiguousarray(batch.pixels[..., ::-1]))
        for batch in batches(trained, *photos[1])
    ]
    report = check_parity(file, spec, swapped)
    assert not report.is_faithful
    assert len(report.flipped) == round((1 - report.agreement) * report.images)


def test_a_small_network_for_several_labels_keeps_its_probabilities(
    shared_data, photos, spec, tmp_path
):
    weights = shared_data / "weights" / "mobilenet_v1_0.25_224_no_top.h5"
    model = network("mobilenet", weights, activation="sigmoid")
    fit_head(model, *photos[0])
    multi_label = replace(spec, multi_label=True)
    formats = [Format.COREML, Format.MLMODEL]
    pixels = photos[1][0][:12]
    expected = model.predict(pixels, verbose=0)
    assert np.abs(expected.sum(axis=1) - 1).max() > 0.05  # not shares of one
    for file in export_model(model, multi_label, tmp_path, formats):
        predictions = open_predictor(file.path).predict(pixels)
        tolerance = 1e-4 if file.format is Format.MLMODEL else 0.1
        np.testing.assert_allclose(predictions, expected, atol=tolerance)
