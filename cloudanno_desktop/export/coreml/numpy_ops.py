"""The layers that saved Core ML files are made of, in numpy.

Arrays are float32, pictures channels first: n × channels × height × width.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.errors import CloudAnnoError

Value = Any  # an array, a number, a text or a list of texts, as the file says

Floats = npt.NDArray[np.float32]


@dataclass(eq=False)
class LayerUnknown(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The Core ML file uses “{layer}”, which only Core ML itself can run. "
        "Try it on a Mac, or use the TensorFlow Lite file."
    )

    layer: str


@dataclass(frozen=True, slots=True)
class Convolution:
    """A two-dimensional convolution.

    Attributes:
        weight: outputs × inputs of the group × kernel height × kernel width.
        bias: one for each output.
        pad: top, bottom, left, right; ``None`` is TensorFlow's SAME.
        groups: how many parts the channels are divided into.
    """

    weight: Floats
    bias: Floats
    stride: tuple[int, ...] = (1, 1)
    pad: tuple[int, ...] | None = (0, 0, 0, 0)
    dilation: tuple[int, ...] = (1, 1)
    groups: int = 1

    def __call__(self, pictures: Floats) -> Floats:
        if self._is_pointwise:
            return self._pointwise(pictures)
        padded = pad_pictures(pictures, self._amounts(pictures))
        if self.groups == pictures.shape[1] == len(self.weight):
            return self._depthwise(padded)
        return self._grouped(padded)

    @property
    def _is_pointwise(self) -> bool:
        return (
            self.weight.shape[2:] == (1, 1)
            and self.stride == (1, 1)
            and self.groups == 1
            and not any(self.pad or ())
        )

    def _pointwise(self, pictures: Floats) -> Floats:
        count, channels, height, width = pictures.shape
        flat: Floats = np.matmul(self.weight[:, :, 0, 0], pictures.reshape(count, channels, -1))
        flat += self.bias[:, None]
        return flat.reshape(count, -1, height, width)

    def _depthwise(self, padded: Floats) -> Floats:
        """Add up one shifted product for each tap of the kernel."""
        result = np.empty(self._result_shape(padded), np.float32)
        result[:] = self.bias[:, None, None]
        product = np.empty_like(result)
        for row in range(self.weight.shape[2]):
            for column in range(self.weight.shape[3]):
                tap = self.weight[:, 0, row, column, None, None]
                np.multiply(self._shifted(padded, row, column), tap, out=product)
                result += product
        return result

    def _grouped(self, padded: Floats) -> Floats:
        """Lay out the patches as columns and multiply each group with its weights."""
        count, outputs, height, width = self._result_shape(padded)
        rows, columns = self.weight.shape[2:]
        patches = np.stack(
            [self._shifted(padded, y, x) for y in range(rows) for x in range(columns)], axis=2
        ).reshape(count, self.groups, -1, height * width)
        weight = self.weight.reshape(self.groups, outputs // self.groups, -1)
        result: Floats = np.matmul(weight, patches).reshape(count, outputs, height, width)
        result += self.bias[:, None, None]
        return result

    def _shifted(self, padded: Floats, row: int, column: int) -> Floats:
        """Return what the tap at ``row``, ``column`` sees at every place of the result."""
        height, width = self._result_shape(padded)[2:]
        top, left = row * self.dilation[0], column * self.dilation[1]
        down, right = self.stride
        return padded[
            :,
            :,
            top : top + down * (height - 1) + 1 : down,
            left : left + right * (width - 1) + 1 : right,
        ]

    def _result_shape(self, padded: Floats) -> tuple[int, int, int, int]:
        spans = [
            (size - reach * (kernel - 1) - 1) // step + 1
            for size, reach, kernel, step in zip(
                padded.shape[2:], self.dilation, self.weight.shape[2:], self.stride, strict=True
            )
        ]
        return len(padded), len(self.weight), spans[0], spans[1]

    def _amounts(self, pictures: Floats) -> tuple[int, ...]:
        if self.pad is not None:
            return self.pad
        amounts: list[int] = []
        for axis in (0, 1):
            size, step = pictures.shape[2 + axis], self.stride[axis]
            reach = self.dilation[axis] * (self.weight.shape[2 + axis] - 1) + 1
            total = max((-(-size // step) - 1) * step + reach - size, 0)
            amounts += [total // 2, total - total // 2]
        return tuple(amounts)


def pad_pictures(pictures: Floats, amounts: tuple[int, ...], value: float = 0) -> Floats:
    """Put a border (top, bottom, left, right) of one value around pictures."""
    if not any(amounts):
        return pictures
    top, bottom, left, right = amounts
    count, channels, height, width = pictures.shape
    shape = (count, channels, height + top + bottom, width + left + right)
    padded = np.full(shape, value, np.float32)
    padded[:, :, top : top + height, left : left + width] = pictures
    return padded


def softmax(x: Floats, axis: int = -1) -> Floats:
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    shares: Floats = powers / powers.sum(axis=axis, keepdims=True)
    return shares


def sigmoid(x: Floats) -> Floats:
    """Return the probability that belongs to each logit, without overflow."""
    halved: Floats = 0.5 * np.tanh(0.5 * x) + np.float32(0.5)
    return halved


@dataclass(frozen=True, slots=True)
class Step:
    """One layer.

    Attributes:
        run: computes the output; looks its inputs up by name.
    """

    run: Callable[[Mapping[str, Value]], Floats]
    inputs: frozenset[str]
    output: str


class Graph:
    """Steps, each after those whose outputs it takes.

    ``picture`` is the name of the input, ``prediction`` that of the result; ``constants`` are there
    from the beginning.
    """

    def __init__(
        self, steps: Sequence[Step], picture: str, prediction: str, constants: dict[str, Value]
    ) -> None:
        self._steps = steps
        self._picture = picture
        self._reply = prediction
        self._constants = constants
        self._forgotten = _last_uses(steps, {prediction, *constants})

    def run(self, picture: Floats) -> Floats:
        """Return the probabilities for one picture, 3 × height × width, RGB 0..255."""
        values = {**self._constants, self._picture: picture[None]}
        for step, forgotten in zip(self._steps, self._forgotten, strict=True):
            values[step.output] = step.run(values)
            for name in forgotten:
                del values[name]
        prediction: Floats = values[self._reply]
        return prediction.reshape(-1)


def _last_uses(steps: Sequence[Step], lasting: set[str]) -> list[frozenset[str]]:
    """Return for each step the values that no later step takes, so that their memory is freed."""
    seen = set(lasting)
    forgotten: list[frozenset[str]] = []
    for step in reversed(steps):
        forgotten.append(step.inputs - seen)
        seen |= step.inputs
    return forgotten[::-1]
