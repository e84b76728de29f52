"""Backbones as Keras networks: loaded, checked, converted. Importing this loads TensorFlow."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from cloudanno_desktop.files import replaced
from cloudanno_desktop.training.backbone_spec import (
    Backbone,
    Weights,
    WeightsUnavailable,
    WeightsUnusable,
)
from cloudanno_desktop.training.preprocess import INPUT_PX

SHAPE = (INPUT_PX, INPUT_PX, 3)
# What Keras and h5py raise for a file whose layers or shapes are not those of the network.
MISFIT = (ValueError, KeyError, TypeError, AttributeError, OSError, IndexError)


def load_network(backbone: Backbone, weights: Weights) -> Any:  # noqa: ANN401  # keras is untyped
    """Return the network from ``image`` (RGB 0..255) to the joined averages of its levels.

    Raises ``WeightsUnusable`` if the weights do not fit.
    """
    try:
        with _named_by_content(weights.path) as path:
            network = _application(backbone, str(path))
    except MISFIT as error:
        reason = f"its layers are not those of {backbone.application} ({_first_line(error)})"
        raise WeightsUnusable(str(weights.path), backbone.name, reason) from error
    return _levels(backbone, network)


def download_weights(backbone: Backbone) -> Path:
    """Have Keras download the ImageNet weights into its cache. Raises ``WeightsUnavailable``."""
    address = (
        "https://storage.googleapis.com/tensorflow/keras-applications/"
        f"{backbone.weights_folder}/{backbone.weights_file}"
    )
    try:
        path = keras.utils.get_file(backbone.weights_file, address, cache_subdir="models")
    except Exception as error:
        if "URL fetch failure" in str(error):  # Keras raises a bare Exception
            raise WeightsUnavailable(backbone.name) from error
        raise
    return Path(path)


def write_random_weights(backbone: Backbone, seed: int, path: Path) -> None:
    """Write weights that were never trained; the same seed gives the same network.

    Random layers make signals fainter and fainter. Normalisation therefore gets the statistics of
    some colored noise, so that the features still distinguish pictures.
    """
    keras.utils.set_random_seed(seed)
    network = _application(backbone, None)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    # As a graph: called eagerly, a network keeps the output of every layer to the end.
    tf.function(lambda pictures: network(pictures, training=True))(_colored_noise(seed))
    with replaced(path) as part:
        network.save_weights(part)


def convert_network(network: Any) -> bytes:  # noqa: ANN401  # keras is untyped
    """Return the network as a float32 TFLite file for one picture at a time.

    Its weights go in as constants: with Keras 3 variables the file would return NaN, and to freeze
    them afterwards takes longer than the conversion.
    """
    learned = [weight.numpy() for weight in network.trainable_variables]
    fixed = [weight.numpy() for weight in network.non_trainable_variables]

    def features(image: Any) -> Any:  # noqa: ANN401  # tensorflow is untyped
        constants = ([tf.constant(value) for value in values] for values in (learned, fixed))
        return network.stateless_call(*constants, image, training=False)[0]

    spec = tf.TensorSpec((1, *SHAPE), tf.float32, name="image")
    traced = tf.function(features).get_concrete_function(spec)
    converted: bytes = tf.lite.TFLiteConverter.from_concrete_functions([traced]).convert()
    return converted


def _application(backbone: Backbone, weights: str | None) -> Any:  # noqa: ANN401  # keras is untyped
    image = keras.Input(SHAPE, name="image")
    scaled = keras.layers.Rescaling(1 / 127.5, -1.0, name="scale")(image)
    build = getattr(keras.applications, backbone.application)
    return build(input_tensor=scaled, alpha=backbone.alpha, include_top=False, weights=weights)


@contextmanager
def _named_by_content(path: Path) -> Iterator[Path]:
    """Yield the weights under a name of their form: Keras goes by the name alone."""
    with h5py.File(path, "r") as file:
        is_older = "layer_names" in file.attrs or "model_weights" in file
    if path.name.endswith(".h5") and is_older != path.name.endswith(".weights.h5"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield shutil.copyfile(path, Path(folder) / ("older.h5" if is_older else "new.weights.h5"))


def _colored_noise(seed: int) -> npt.NDArray[np.float32]:
    """Return pictures of noise with patches of many sizes, as photos have."""
    random = np.random.default_rng(seed)
    pictures = np.zeros((16, *SHAPE), np.float32)
    for patch in (1, 7, 32, 112):
        cells = random.uniform(0, 64, (16, INPUT_PX // patch, INPUT_PX // patch, 3))
        pictures += cells.repeat(patch, axis=1).repeat(patch, axis=2)
    return pictures


def _levels(backbone: Backbone, network: Any) -> Any:  # noqa: ANN401  # keras is untyped
    averages = [
        keras.layers.GlobalAveragePooling2D(name=f"average_{number}")(
            network.get_layer(name).output
        )
        for number, name in enumerate(backbone.levels)
    ]
    (image,) = network.inputs  # a bare tensor: keras.applications wraps it in a list
    return keras.Model(image, keras.layers.Concatenate(name="features")(averages))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:120].rstrip(".")
