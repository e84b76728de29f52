"""Networks to export: as the program trains them, small enough to convert often."""

import csv

import numpy as np
import pytest
from PIL import Image

from cloudanno_desktop.export.artifact import Format, ModelSpec

LABELS = ("cardboard", "glass", "metal", "paper", "plastic", "trash")
TAPS = {
    "mobilenet_v2": ("block_6_expand_relu", "block_13_expand_relu", "out_relu"),
    "mobilenet": ("conv_pw_5_relu", "conv_pw_11_relu", "conv_pw_13_relu"),
}


def pytest_collection_modifyitems(items):
    """Let Keras use numpy the old way; nothing of ours is in that call."""
    for item in items:
        if "tests/export" in item.path.as_posix():
            item.add_marker(pytest.mark.filterwarnings("ignore:__array__ implementation doesn't"))


def network(backbone, weights=None, *, activation="softmax", seed=1):
    """Build a network like that of the training: three levels of averages and one dense layer."""
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(seed)
    picture = keras.Input((224, 224, 3), name="image")
    scaled = keras.layers.Rescaling(1 / 127.5, -1)(picture)
    if backbone == "mobilenet_v2":
        base = keras.applications.MobileNetV2(
            include_top=False, weights=weights, input_shape=(224, 224, 3)
        )
    else:
        base = keras.applications.MobileNet(
            include_top=False, weights=weights, alpha=0.25, input_shape=(224, 224, 3)
        )
    levels = keras.Model(base.input, [base.get_layer(name).output for name in TAPS[backbone]])
    averages = [keras.layers.GlobalAveragePooling2D()(level) for level in levels(scaled)]
    features = keras.layers.Concatenate()(averages)
    return keras.Model(picture, keras.layers.Dense(len(LABELS), activation)(features))


@pytest.fixture(scope="session")
def spec():
    return ModelSpec(LABELS, resize="crop", project="Recycling", licence="Apache-2.0")


@pytest.fixture(scope="session")
def small_network(pictures):
    """A random MobileNet with a quarter of the channels, whose answers depend on the picture."""
    model = network("mobilenet")
    tune(model, pictures)
    return model


def tune(model, pictures):
    """Give a random network the statistics of real pictures, and a random head."""
    keras = pytest.importorskip("keras")
    for layer in (inner for outer in model.layers for inner in getattr(outer, "layers", ())):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(pictures, training=True)
    inputs, outputs = model.layers[-1].kernel.shape
    random = np.random.default_rng(3)
    weights = random.normal(0, 0.5, (inputs, outputs)), random.normal(0, 0.1, outputs)
    model.layers[-1].set_weights(weights)


@pytest.fixture(scope="session")
def exported(small_network, spec, tmp_path_factory):
    """The small network in every format, by format."""
    pytest.importorskip("coremltools")
    from cloudanno_desktop.export.export import export_model

    folder = tmp_path_factory.mktemp("exports")
    return {file.format: file for file in export_model(small_network, spec, folder, list(Format))}


@pytest.fixture(scope="session")
def pictures():
    """Four random pictures, with the values that a decoded photo has."""
    random = np.random.default_rng(4)
    coarse = random.uniform(0, 255, (4, 14, 14, 3)).repeat(16, axis=1).repeat(16, axis=2)
    return coarse.round().astype(np.float32)


@pytest.fixture(scope="session")
def photos(shared_data):
    """Real photos with the index of their label: ten of each label to learn from, ten to check."""
    folder = shared_data / "datasets" / "trashnet-1137"
    rows = list(csv.DictReader((folder / "labels.csv").read_text().splitlines()))
    parts = []
    for split in ("train", "val"):
        chosen = [
            row
            for label in LABELS
            for row in [r for r in rows if r["label"] == label and r["split"] == split][:10]
        ]
        pixels = np.stack([_pixels(folder / row["file"]) for row in chosen])
        parts.append((pixels, np.array([LABELS.index(row["label"]) for row in chosen])))
    return parts


def _pixels(path):
    with Image.open(path) as image:
        resized = image.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        return np.asarray(resized, np.float32)
