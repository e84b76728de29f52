"""Run a saved neural-network ``.mlmodel`` with numpy.

Core ML itself exists on Apple's systems only. The layers are those that coremltools writes for
convolutional classifiers. Format: ``NeuralNetwork.proto`` of coremltools.
"""

from collections.abc import Callable

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
from cloudanno_desktop.export.coreml.spec import Message, read_message

Layer = Callable[..., Floats]


class Network:
    """A saved neural-network classifier.

    Args:
        model: bytes of the ``.mlmodel`` file.

    Raises:
        LayerUnknown: it has a layer that is not known here.
        ValueError: it is no neural-network classifier.
    """

    def __init__(self, model: bytes) -> None:
        saved = read_message(model)
        if saved.WhichOneof("Type") != "neuralNetworkClassifier":
            raise ValueError("it is no neural-network classifier")
        network = saved.neuralNetworkClassifier
        self._labels = tuple(network.stringClassLabels.vector)
        self._graph = Graph(
            [_step(layer) for layer in network.layers],
            saved.description.input[0].name,
            network.labelProbabilityLayerName,
            {},
        )

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

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
    """Return top, bottom, left, right; all zero where nothing is said."""
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
    shape = (layer.weightMatrixFirstDimension, layer.weightMatrixSecondDimension)
    weight = _weights(layer.weights).reshape(shape)
    bias = _weights(layer.bias) if layer.hasBias else np.float32(0)
    return lambda x: x @ weight + bias


def _inner_product(layer: Message) -> Layer:
    """Multiply with a fixed matrix that has a row for each output."""
    weight = _weights(layer.weights).reshape(layer.outputChannels, layer.inputChannels).T
    bias = _weights(layer.bias) if layer.hasBias else np.float32(0)
    return lambda x: x @ weight + bias


def _mean(layer: Message) -> Layer:
    axes, keep = tuple(layer.axes), layer.keepDims
    return lambda x: x.mean(axes, keepdims=keep)


def _transpose(layer: Message) -> Layer:
    axes = tuple(layer.axes)
    return lambda x: x.transpose(axes)


def _add(layer: Message) -> Layer:
    alpha = np.float32(layer.alpha)
    return lambda *xs: xs[0] + xs[1] if len(xs) == 2 else xs[0] + alpha


def _multiply(layer: Message) -> Layer:
    alpha = np.float32(layer.alpha)
    return lambda *xs: xs[0] * xs[1] if len(xs) == 2 else xs[0] * alpha


def _concat(layer: Message) -> Layer:
    axis = layer.axis
    return lambda *xs: np.concatenate(xs, axis)


def _softmax(layer: Message) -> Layer:
    axis = layer.axis
    return lambda x: softmax(x, axis)


_LAYERS: dict[str, Callable[[Message], Layer]] = {
    "activation": _activation,
    "add": _add,
    "batchedMatmul": _product,
    "concatND": _concat,
    "convolution": _convolution,
    "innerProduct": _inner_product,
    "multiply": _multiply,
    "padding": _padding,
    "reduceMean": _mean,
    "softmaxND": _softmax,
    "transpose": _transpose,
    "unary": _unary,
}
