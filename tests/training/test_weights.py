import h5py
import numpy as np
import pytest

from cloudanno_desktop.training.backbone_spec import (
    BackboneUnknown,
    WeightsUnusable,
    backbone_named,
)
from cloudanno_desktop.training.weights import find_weights

BACKBONE = backbone_named("mobilenet_v2")


def refusal(path):
    with pytest.raises(WeightsUnusable) as error:
        find_weights(BACKBONE, str(path), 0, path.parent)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_missing_file_is_refused(tmp_path):
    assert "there is no such file" in refusal(tmp_path / "gone.h5")


def test_a_folder_is_refused(tmp_path):
    assert "cannot be opened" in refusal(tmp_path)


def test_another_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "weights.h5"
    path.write_bytes(b"PK\x03\x04 surely a zip")
    assert "not an HDF5 file" in refusal(path)


def test_a_file_with_the_top_layer_is_refused(tmp_path):
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        file["predictions/predictions/kernel:0"] = np.zeros((1280, 1000), np.float32)
    assert "top layer" in refusal(path)


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        file["conv"] = np.zeros((200, 200), np.float32)
    path.write_bytes(path.read_bytes()[:3000])
    assert "cut off or damaged" in refusal(path)


def test_the_environment_replaces_imagenet(tmp_path, monkeypatch):
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        file["conv"] = np.zeros(3, np.float32)
    monkeypatch.setenv("CLOUDANNO_WEIGHTS", str(path))
    weights = find_weights(BACKBONE, "imagenet", 0, tmp_path)
    assert (weights.path, weights.title) == (path, str(path))


def test_an_unknown_backbone_names_those_that_there_are():
    with pytest.raises(BackboneUnknown, match="mobilenet_v2, mobilenet_v1_025"):
        backbone_named("resnet")


@pytest.mark.training
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't")
@pytest.mark.parametrize("name", ["w.h5", "w.hdf5", "weights"])
def test_a_weights_file_is_known_by_its_content_and_not_by_its_name(tmp_path, name):
    pytest.importorskip("tensorflow")
    from cloudanno_desktop.training.keras_backbone import load_network, write_random_weights

    small = backbone_named("mobilenet_v1_025")
    saved = tmp_path / "saved.weights.h5"
    write_random_weights(small, 1, saved)
    path = saved.rename(tmp_path / name)

    network = load_network(small, find_weights(small, str(path), 0, tmp_path))
    kernel = network.get_layer("conv1").get_weights()[0]
    with h5py.File(path, "r") as file:
        stored = [item[()] for item in file["layers/conv2d/vars"].values()]
    assert any(np.array_equal(kernel, value) for value in stored)
