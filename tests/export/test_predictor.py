"""Opening models: good ones, broken ones, and what is none."""

import zipfile

import msgspec
import numpy as np
import pytest

from cloudanno_desktop.dataset.run_folder import Job, RunFolder, TrainOptions
from cloudanno_desktop.export.artifact import Format
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.export.predictor import ModelUnreadable

pytest.importorskip("tensorflow")
pytest.importorskip("coremltools")

pytestmark = pytest.mark.training


@pytest.fixture
def run(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.write_job(
        Job(1, "Recycling", ("a", "b", "c", "d", "e", "f"), False, (), TrainOptions(), "")
    )
    return folder


def test_the_folder_of_a_run_answers_by_its_keras_network(run, small_network, pictures):
    small_network.save(run.model_path)
    predictor = open_predictor(run.path)
    assert predictor.labels == ("a", "b", "c", "d", "e", "f")
    np.testing.assert_allclose(
        predictor.predict(pictures), np.asarray(small_network(pictures)), atol=1e-5
    )


def test_a_plain_keras_file_in_a_run_takes_its_labels_from_there(run, small_network):
    small_network.save(run.model_path)
    assert open_predictor(run.model_path).labels == ("a", "b", "c", "d", "e", "f")


def test_a_run_without_a_model_says_so(run):
    with pytest.raises(ModelUnreadable, match="no model"):
        open_predictor(run.path)


def test_a_plain_keras_file_alone_cannot_name_its_outputs(small_network, tmp_path):
    small_network.save(tmp_path / "plain.keras")
    with pytest.raises(ModelUnreadable, match="does not name its labels"):
        open_predictor(tmp_path / "plain.keras")


@pytest.mark.parametrize(
    "name", ["x.keras", "x.tflite", "x.mlmodel", "x.mlpackage", "x.mlpackage.zip"]
)
def test_a_broken_file_is_named_in_one_sentence(tmp_path, name):
    (tmp_path / name).write_bytes(b"no model at all")
    with pytest.raises(ModelUnreadable, match=name):
        open_predictor(tmp_path / name)


@pytest.mark.parametrize("file_format", list(Format))
def test_half_a_file_is_refused(exported, tmp_path, file_format):
    path = exported[file_format].path
    if path.is_dir():
        path = path.with_name(path.name + ".zip")
    half = tmp_path / path.name
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelUnreadable):
        open_predictor(half)


def test_a_package_with_the_weights_of_another_is_refused(exported, tmp_path):
    packed = exported[Format.COREML].path.with_name("model.mlpackage.zip")
    changed = tmp_path / "x.mlpackage.zip"
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(name, body[::-1] if name.endswith("weight.bin") else body)
    with pytest.raises(ModelUnreadable, match="weight file"):
        open_predictor(changed)


@pytest.mark.parametrize("name", ["absent.tflite", "photo.jpg", "folder"])
def test_what_is_no_model_is_refused(tmp_path, name):
    (tmp_path / "photo.jpg").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelUnreadable, match=name):
        open_predictor(tmp_path / name)


def test_without_coremltools_the_sentence_says_what_is_missing(exported, monkeypatch):
    from cloudanno_desktop.export import open_predictor as opener

    monkeypatch.setattr(opener.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnreadable, match="coremltools is not installed"):
        open_predictor(exported[Format.MLMODEL].path)


def test_on_a_mac_core_ml_itself_is_asked(exported, pictures, monkeypatch):
    """A stand-in for Core ML: it gets the picture as an image, answers by label in any order."""
    import coremltools

    from cloudanno_desktop.export.coreml import predictor as coreml_predictor

    path = exported[Format.COREML].path.with_name("model.mlpackage.zip")
    spec = coremltools.utils.load_spec(str(exported[Format.COREML].path))

    class CoreML:
        def __init__(self, package):
            assert package.endswith("model.mlpackage")

        def get_spec(self):
            return spec

        def predict(self, values):
            assert values["image"].size == (224, 224)
            red = values["image"].getpixel((0, 0))[0] / 255
            return {"classLabelProbs": {"trash": red, **dict.fromkeys(list(labels)[:-1], 0.0)}}

    labels = open_predictor(path).labels
    monkeypatch.setattr(coreml_predictor.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(coremltools.models, "MLModel", CoreML)
    predictions = open_predictor(path).predict(pictures)
    np.testing.assert_allclose(predictions[:, -1], pictures[:, 0, 0, 0] / 255, rtol=1e-6)


def test_an_operation_that_only_core_ml_knows_is_named(exported, tmp_path):
    from coremltools.proto import Model_pb2

    from cloudanno_desktop.export.coreml.numpy_ops import LayerUnknown

    saved = Model_pb2.Model.FromString(exported[Format.MLMODEL].path.read_bytes())
    saved.neuralNetworkClassifier.layers[3].lrn.alpha = 1
    (tmp_path / "x.mlmodel").write_bytes(saved.SerializeToString())
    with pytest.raises(LayerUnknown, match="lrn"):
        open_predictor(tmp_path / "x.mlmodel")


def test_the_saved_bytes_are_run_and_not_a_memory_of_the_network(exported, pictures, tmp_path):
    from coremltools.proto import Model_pb2

    saved = Model_pb2.Model.FromString(exported[Format.MLMODEL].path.read_bytes())
    dense = next(
        layer.innerProduct
        for layer in saved.neuralNetworkClassifier.layers
        if layer.WhichOneof("layer") == "innerProduct"
    )
    dense.bias.floatValue[2] += 50
    (tmp_path / "x.mlmodel").write_bytes(saved.SerializeToString())
    predictions = open_predictor(tmp_path / "x.mlmodel").predict(pictures)
    assert predictions.argmax(axis=1).tolist() == [2, 2, 2, 2]


def test_the_manifest_of_a_package_names_program_and_weights(exported):
    manifest = msgspec.json.decode((exported[Format.COREML].path / "Manifest.json").read_bytes())
    items = manifest["itemInfoEntries"]
    assert items[manifest["rootModelIdentifier"]]["path"] == "com.apple.CoreML/model.mlmodel"
    data = exported[Format.COREML].path / "Data"
    assert all((data / item["path"]).exists() for item in items.values())
