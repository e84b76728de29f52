"""The trained network as one Keras model. Importing this loads TensorFlow."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from cloudanno_desktop.files import replaced
from cloudanno_desktop.training.classifier_head import Head

LOGITS = "logits"


def build_model(network: Any, head: Head) -> Any:  # noqa: ANN401  # keras is untyped
    """Put the head on a backbone: RGB 0..255 named ``image`` in, probabilities out, float32.

    The network comes from ``keras_backbone.load_network``; the head was fitted on its features.
    """
    dense = keras.layers.Dense(len(head.bias), name=LOGITS)
    activation = "sigmoid" if head.multi_label else "softmax"
    prediction = keras.layers.Activation(activation, dtype="float32", name="probabilities")
    model = keras.Model(network.input, prediction(dense(network.output)))
    dense.set_weights([head.weights, head.bias])
    return model


def soften(model: Any, temperature: float) -> None:  # noqa: ANN401  # keras is untyped
    """Divide the model's logits by a temperature."""
    dense = model.get_layer(LOGITS)
    dense.set_weights([weights / temperature for weights in dense.get_weights()])


def save_model(model: Any, path: Path) -> None:  # noqa: ANN401  # keras is untyped
    with replaced(path) as part:
        model.save(part)


def load_model(path: Path) -> Any:  # noqa: ANN401  # keras is untyped
    return keras.models.load_model(path, compile=False)


def replies_of(model: Any, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:  # noqa: ANN401  # keras is untyped
    """Return the probabilities of a batch n × 224 × 224 × 3."""
    return np.asarray(model.predict_on_batch(pixels), np.float32)
