"""The TensorFlow Lite file: float16 weights, names of the outputs inside.

The network is frozen first: its variables become constants. Unfrozen, it would become a small file
that returns NaN.
"""

from pathlib import Path
from typing import Any

from cloudanno_desktop.export.artifact import ExportBroken, Format, ModelSpec
from cloudanno_desktop.export.silence import quiet
from cloudanno_desktop.export.tflite.metadata import with_metadata

Network = Any  # keras and tensorflow have no types


def write_tflite(model: Network, spec: ModelSpec, path: Path) -> None:
    with quiet():
        body = _float16(_frozen(model, spec))
    path.write_bytes(with_metadata(body, spec))


def _frozen(model: Network, spec: ModelSpec) -> Network:
    """Return the network as a function of one picture whose weights are constants."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = (1, spec.height, spec.width, 3)
    function = tf.function(lambda image: model(image, training=False))
    traced = function.get_concrete_function(tf.TensorSpec(shape, tf.float32, name="image"))
    return convert_variables_to_constants_v2(traced)


def _float16(function: Network) -> bytes:
    import tensorflow as tf
    from tensorflow.lite.python.convert import ConverterError

    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    try:
        body: bytes = converter.convert()
    except ConverterError as error:
        raise ExportBroken(Format.TFLITE.caption, "the conversion stopped") from error
    return body
