"""The layers of the evaluators against slow sums that nobody can misread."""

import numpy as np
import pytest

from cloudanno_desktop.export.coreml.numpy_ops import Convolution, pad_pictures, sigmoid, softmax

random = np.random.default_rng(5)


def normal(*shape):
    return random.normal(size=shape).astype(np.float32)


def slowly(layer, x, pad):
    """Convolve with one pair of numbers at a time."""
    top, bottom, left, right = pad
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (top, bottom), (left, right)))
    outputs, inputs, rows, columns = layer.weight.shape
    step, reach = layer.stride[0], layer.dilation[0]
    height = (x.shape[2] - reach * (rows - 1) - 1) // step + 1
    width = (x.shape[3] - reach * (columns - 1) - 1) // step + 1
    result = np.zeros((len(x), outputs, height, width))
    for n, o, y, z in np.ndindex(*result.shape):
        first = o // (outputs // layer.groups) * inputs
        for i, r, c in np.ndindex(inputs, rows, columns):
            value = x[n, first + i, y * step + r * reach, z * step + c * reach]
            result[n, o, y, z] += value * layer.weight[o, i, r, c]
    return result + layer.bias[:, None, None]


def close(actual, expected):
    return actual.shape == expected.shape and np.allclose(actual, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("weight", "how"),
    [
        ((4, 6, 1, 1), {}),
        ((4, 6, 1, 1), {"stride": (2, 2)}),
        ((4, 6, 1, 1), {"pad": (1, 0, 0, 1)}),
        ((4, 6, 3, 3), {"stride": (2, 2), "pad": (0, 1, 0, 1)}),
        ((6, 1, 3, 3), {"groups": 6, "pad": (1, 1, 1, 1)}),
        ((6, 1, 3, 3), {"groups": 6, "stride": (2, 2), "pad": (0, 1, 2, 0)}),
        ((6, 1, 3, 3), {"groups": 6, "dilation": (2, 2)}),
        ((12, 1, 3, 3), {"groups": 6, "pad": (1, 1, 1, 1)}),
        ((4, 3, 3, 3), {"groups": 2, "dilation": (2, 2)}),
    ],
)
def test_convolutions_of_every_kind_are_right(weight, how):
    x = normal(2, 6, 9, 8)
    layer = Convolution(normal(*weight), normal(weight[0]), **how)
    assert close(layer(x), slowly(layer, x, how.get("pad", (0, 0, 0, 0))))


@pytest.mark.parametrize(("size", "pad"), [(8, (0, 1, 0, 1)), (9, (1, 1, 1, 1))])
def test_same_padding_puts_the_odd_pixel_last(size, pad):
    x = normal(1, 2, size, size)
    layer = Convolution(normal(3, 2, 3, 3), normal(3), (2, 2), None)
    assert close(layer(x), slowly(layer, x, pad))


def test_a_border_has_its_own_value_and_size():
    padded = pad_pictures(np.ones((1, 1, 2, 3), np.float32), (1, 0, 0, 2), 7)
    assert padded[0, 0].tolist() == [[7, 7, 7, 7, 7], [1, 1, 1, 7, 7], [1, 1, 1, 7, 7]]


def test_large_logits_do_not_overflow():
    assert softmax(np.array([[1000.0, 0.0]], np.float32)).tolist() == [[1.0, 0.0]]
    assert sigmoid(np.array([-1000.0, 0.0, 1000.0], np.float32)).tolist() == [0.0, 0.5, 1.0]
