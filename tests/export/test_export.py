"""The files that a run leaves: complete, equal to the network, or not there at all."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from cloudanno_desktop.export.artifact import ExportBroken, Format, FormatUnavailable, packed
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.progress import Cancelled

pytest.importorskip("tensorflow")
pytest.importorskip("coremltools")

from cloudanno_desktop.export import export
from cloudanno_desktop.export.coreml import write
from cloudanno_desktop.export.export import export_model

pytestmark = pytest.mark.training
TOLERANCE = {Format.KERAS: 1e-5, Format.MLMODEL: 1e-4, Format.TFLITE: 0.05, Format.COREML: 0.05}


@pytest.mark.parametrize("file_format", list(Format))
def test_every_format_answers_what_the_network_answers(
    exported, small_network, pictures, spec, file_format
):
    predictor = open_predictor(exported[file_format].path)
    expected = np.asarray(small_network(pictures))
    assert np.ptp(expected, axis=0).max() > 0.05
    assert predictor.labels == spec.labels
    predictions = predictor.predict(pictures)
    assert predictions.dtype == np.float32
    np.testing.assert_allclose(predictions, expected, atol=TOLERANCE[file_format])


def test_both_half_precision_files_store_the_same_weights(exported, pictures):
    by_litert = open_predictor(exported[Format.TFLITE].path).predict(pictures)
    by_numpy = open_predictor(exported[Format.COREML].path).predict(pictures)
    np.testing.assert_allclose(by_numpy, by_litert, atol=1e-3)


def test_half_precision_halves_the_file(exported):
    assert exported[Format.TFLITE].bytes < 0.65 * exported[Format.KERAS].bytes
    assert exported[Format.COREML].bytes < 0.65 * exported[Format.MLMODEL].bytes


def test_the_same_network_gives_the_same_bytes(exported, small_network, spec, tmp_path):
    again = export_model(small_network, spec, tmp_path, list(Format))
    assert {file.format: file.sha256 for file in again} == {
        file_format: file.sha256 for file_format, file in exported.items()
    }


def test_only_the_finished_files_lie_in_the_folder(exported):
    folder = exported[Format.KERAS].path.parent
    assert {path.name for path in folder.iterdir()} == {
        "model.keras",
        "model.tflite",
        "model.mlmodel",
        "model.mlpackage",
        "model.mlpackage.zip",
    }


def test_the_zip_of_a_package_is_asked_like_the_package(exported, pictures):
    package = exported[Format.COREML].path
    from_zip = open_predictor(packed(package)).predict(pictures[:2])
    np.testing.assert_array_equal(from_zip, open_predictor(package).predict(pictures[:2]))


def test_no_pictures_give_no_answers(exported, pictures):
    for file in exported.values():
        assert open_predictor(file.path).predict(pictures[:0]).shape == (0, 6)


def test_a_network_that_answers_nan_is_not_exported_and_the_old_file_stays(
    small_network, spec, tmp_path
):
    import keras

    (tmp_path / "model.tflite").write_bytes(b"older")
    broken = keras.models.clone_model(small_network)
    broken.layers[-1].set_weights([np.full(w.shape, np.nan) for w in broken.layers[-1].weights])
    with pytest.raises(ExportBroken, match="NaN"):
        export_model(broken, spec, tmp_path, [Format.TFLITE])
    assert [path.name for path in tmp_path.iterdir()] == ["model.tflite"]
    assert (tmp_path / "model.tflite").read_bytes() == b"older"


def test_a_file_that_lost_its_input_is_found(small_network, spec, tmp_path, monkeypatch):
    from cloudanno_desktop.export.keras import write_keras

    def forgetful(model, its_spec, path):
        import keras

        nothing = keras.layers.Rescaling(0.0)(model.input)
        write_keras(keras.Model(model.input, model(nothing)), its_spec, path)

    monkeypatch.setitem(export._WRITERS, Format.KERAS, forgetful)
    with pytest.raises(ExportBroken, match="same for every picture"):
        export_model(small_network, spec, tmp_path, [Format.KERAS])
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_a_format_cannot_hold_costs_that_format_only(spec, tmp_path):
    import keras

    picture = keras.Input((224, 224, 3), name="image")
    flat = keras.layers.GlobalAveragePooling2D()(picture)
    sorted_values = keras.ops.sort(flat)
    odd = keras.Model(picture, keras.layers.Dense(6, "softmax")(sorted_values))
    with pytest.raises(ExportBroken, match="Core ML"):
        export_model(odd, spec, tmp_path, [Format.MLMODEL])
    assert list(tmp_path.iterdir()) == []
    assert export_model(odd, spec, tmp_path, [Format.KERAS])


def test_a_label_with_a_line_break_is_refused_instead_of_shifting_all_labels(
    small_network, spec, tmp_path
):
    with pytest.raises(ExportBroken, match="labels"):
        export_model(
            small_network,
            replace(spec, labels=("two\nlines", *spec.labels[1:])),
            tmp_path,
            [Format.TFLITE],
        )


def test_a_stop_leaves_complete_files_only(small_network, spec, tmp_path):
    def stop_at_second(done, total, text=""):
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_model(small_network, spec, tmp_path, [Format.KERAS, Format.TFLITE], stop_at_second)
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
    assert open_predictor(tmp_path / "model.keras").labels == spec.labels


def test_a_package_replaces_an_older_one_with_other_files(small_network, exported, spec, tmp_path):
    old = tmp_path / "model.mlpackage" / "Data"
    old.mkdir(parents=True)
    (old / "leftover.bin").write_bytes(b"old")
    [file] = export_model(small_network, spec, tmp_path, [Format.COREML])
    assert not (old / "leftover.bin").exists()
    assert file.sha256 == exported[Format.COREML].sha256


def test_a_computer_that_cannot_write_programs_says_so(small_network, spec, tmp_path, monkeypatch):
    real = write.importlib.util.find_spec
    monkeypatch.setattr(
        write.importlib.util,
        "find_spec",
        lambda name: None if name.endswith("libmilstoragepython") else real(name),
    )
    with pytest.raises(FormatUnavailable, match="Core ML program"):
        export_model(small_network, spec, tmp_path, [Format.COREML])


def test_a_network_trained_in_mixed_precision_is_exported_in_full(spec, pictures, tmp_path):
    import keras

    picture = keras.Input((224, 224, 3), name="image")
    small = keras.layers.AveragePooling2D(16, dtype="mixed_float16")(picture)
    scaled = keras.layers.Rescaling(1 / 127.5, -1, dtype="mixed_float16")(small)
    inner = keras.Sequential(
        [keras.Input((14, 14, 3)), keras.layers.Conv2D(8, 3, dtype="mixed_float16")]
    )
    flat = keras.layers.GlobalMaxPooling2D(dtype="mixed_float16")(inner(scaled))
    model = keras.Model(picture, keras.layers.Dense(6, "softmax", dtype="float32")(flat))
    [file] = export_model(model, spec, tmp_path, [Format.TFLITE])
    predictions = open_predictor(file.path).predict(pictures)
    np.testing.assert_allclose(predictions, np.asarray(model(pictures)), atol=0.02)


def test_nothing_is_printed_to_standard_output(small_network, spec, tmp_path, capfd):
    export_model(small_network, spec, tmp_path, [Format.TFLITE, Format.MLMODEL])
    assert capfd.readouterr().out == ""


def test_a_copy_of_the_package_at_another_place_works(exported, tmp_path, pictures):
    moved = tmp_path / "elsewhere.mlpackage"
    shutil.copytree(exported[Format.COREML].path, moved)
    assert open_predictor(moved).predict(pictures[:1]).shape == (1, 6)
