"""Run a saved neural-network ``.mlmodel`` with numpy.

Core ML itself exists on Apple's systems only. The layers are those that coremltools writes for
convolutional classifiers. Format: ``NeuralNetwork.proto`` of coremltools.
"""

from collections.abc import Callable
from functools import partial
from operator import add, methodcaller, mul
from typing import Any

import numpy as np

from cloudanno_desktop.export.coreml.numpy_ops import (
    Convolution,
    Floats,
    Graph,
    LayerUnknown,
    Step,
    pad_pictures,
    sigmoid,
    softmax,
)
from cloudanno_desktop.export.coreml.spec import Message, coreml_metadata, read_message

Layer = Callable[..., Floats]


class Network:
    """A saved neural-network classifier, from the bytes of its ``.mlmodel`` file.

    Raises ``LayerUnknown``, or ``ValueError`` if it is not a neural-network classifier.
    """

    def __init__(self, model: bytes) -> None:
        saved = read_message(model)
        if saved.WhichOneof("Type") != "neuralNetworkClassifier":
            raise ValueError("it is not a neural-network classifier")
        network = saved.neuralNetworkClassifier
        self.metadata = coreml_metadata(saved)
        self.labels: tuple[str, ...] = tuple(network.stringClassLabels.vector)
        self._graph = Graph(
            [_step(layer) for layer in network.layers],
            saved.description.input[0].name,
            network.labelProbabilityLayerName,
            {},
        )

    def run(self, picture: Floats) -> Floats:
        """Return the probabilities for one picture, 3 × height × width, RGB 0..255."""
        return self._graph.run(picture)


def _step(layer: Message) -> Step:
    inputs, run = tuple(layer.input), _made(layer)
    return Step(
        lambda values: run(*(values[name] for name in inputs)), frozenset(inputs), layer.output[0]
    )


def _made(layer: Message) -> Layer:
    kind = layer.WhichOneof("layer")
    if kind not in _LAYERS:
        raise LayerUnknown(kind)
    return _LAYERS[kind](getattr(layer, kind))


def _convolution(layer: Message) -> Layer:
    if layer.isDeconvolution or layer.same.asymmetryMode:
        raise LayerUnknown("convolution of an unusual kind")
    shape = (layer.outputChannels, layer.kernelChannels, *layer.kernelSize)
    bias = _weights(layer.bias) if layer.hasBias else np.zeros(layer.outputChannels, np.float32)
    return Convolution(
        _weights(layer.weights).reshape(shape),
        bias,
        stride=tuple(layer.stride),
        pad=None if layer.HasField("same") else _edges(layer.valid.paddingAmounts),
        dilation=tuple(layer.dilationFactor),
        groups=layer.nGroups,
    )


def _weights(stored: Message) -> Floats:
    if stored.float16Value:
        return np.frombuffer(stored.float16Value, np.float16).astype(np.float32)
    return np.array(stored.floatValue, np.float32)


def _edges(amounts: Message) -> tuple[int, ...]:
    """Return top, bottom, left, right; zeros if the file names none."""
    return tuple(
        size for edge in amounts.borderAmounts for size in (edge.startEdgeSize, edge.endEdgeSize)
    ) or (0, 0, 0, 0)


def _padding(layer: Message) -> Layer:
    if layer.WhichOneof("PaddingType") != "constant":
        raise LayerUnknown(f"padding {layer.WhichOneof('PaddingType')}")
    amounts, value = _edges(layer.paddingAmounts), layer.constant.value
    return lambda x: pad_pictures(x, amounts, value)


def _activation(layer: Message) -> Layer:
    kind = layer.WhichOneof("NonlinearityType")
    if kind == "linear":
        alpha, beta = np.float32(layer.linear.alpha), np.float32(layer.linear.beta)
        return lambda x: x * alpha + beta if beta else x * alpha
    if kind == "ReLU":
        return lambda x: np.maximum(x, 0)
    if kind == "sigmoid":
        return sigmoid
    raise LayerUnknown(f"activation {kind}")


def _unary(layer: Message) -> Layer:
    if layer.type != layer.THRESHOLD:
        raise LayerUnknown(f"unary {layer.type}")
    alpha, scale, shift = layer.alpha, layer.scale, layer.shift
    return lambda x: np.maximum(x * scale + shift if (scale, shift) != (1, 0) else x, alpha)


def _product(layer: Message) -> Layer:
    """Multiply with a fixed matrix that has a column for each output."""
    columns = layer.weightMatrixSecondDimension
    return _dense(layer, _weights(layer.weights).reshape(-1, columns))


def _inner_product(layer: Message) -> Layer:
    """Multiply with a fixed matrix that has a row for each output."""
    return _dense(layer, _weights(layer.weights).reshape(layer.outputChannels, -1).T)


def _dense(layer: Message, weight: Floats) -> Layer:
    bias = _weights(layer.bias) if layer.hasBias else np.float32(0)
    return lambda x: x @ weight + bias


def _pairwise(combine: Callable[[Any, Any], Floats]) -> Callable[[Message], Layer]:
    """Combine two inputs, or one input and the layer's own number."""

    def made(layer: Message) -> Layer:
        alpha = np.float32(layer.alpha)
        return lambda x, y=alpha: combine(x, y)

    return made


def _concat(layer: Message) -> Layer:
    axis = layer.axis
    return lambda *xs: np.concatenate(xs, axis)


_LAYERS: dict[str, Callable[[Message], Layer]] = {
    "activation": _activation,
    "add": _pairwise(add),
    "batchedMatmul": _product,
    "concatND": _concat,
    "convolution": _convolution,
    "innerProduct": _inner_product,
    "multiply": _pairwise(mul),
    "padding": _padding,
    "reduceMean": lambda layer: methodcaller("mean", tuple(layer.axes), keepdims=layer.keepDims),
    "softmaxND": lambda layer: partial(softmax, axis=layer.axis),
    "transpose": lambda layer: methodcaller("transpose", tuple(layer.axes)),
    "unary": _unary,
}
