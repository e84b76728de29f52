"""Run the program inside a saved ``.mlpackage`` with numpy.

Core ML itself exists on Apple's systems only. Here the saved bytes are read (program and weight
file), the weights as they are stored, the arithmetic in float32.
Format: ``MIL.proto`` of coremltools; the weight file has a header of 64 bytes, each blob one more.
"""

import struct
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.export.coreml.numpy_ops import (
    Convolution,
    Floats,
    Graph,
    LayerUnknown,
    Step,
    Value,
    sigmoid,
    softmax,
)
from cloudanno_desktop.export.coreml.spec import Message, coreml_metadata, read_message

Names = str | list[str]

_BLOB = struct.Struct("<IIQQ")  # sentinel, data type, size, offset of the data
_SENTINEL = 0xDEADBEEF
_DTYPES = {1: np.bool_, 10: np.float16, 11: np.float32, 12: np.float64, 21: np.int8, 23: np.int32}


class Program:
    """The main function of a saved program.

    Takes the bytes of the package's ``model.mlmodel`` and ``weights/weight.bin``. Raises
    ``LayerUnknown``, or ``ValueError`` if it is damaged.
    """

    def __init__(self, model: bytes, weights: bytes) -> None:
        saved = read_message(model)
        self.metadata = coreml_metadata(saved)
        function = saved.mlProgram.functions["main"]
        self._weights = weights
        self._constants: dict[str, Value] = {}
        self._steps: list[Step] = []
        self.labels: tuple[str, ...] = ()
        self._reply = ""
        for operation in function.block_specializations[function.opset].operations:
            self._take(operation)
        self._graph = Graph(self._steps, function.inputs[0].name, self._reply, self._constants)

    def run(self, picture: Floats) -> Floats:
        """Return the probabilities for one picture, 3 × height × width, RGB 0..255."""
        return self._graph.run(picture)

    def _take(self, operation: Message) -> None:
        output = operation.outputs[0].name
        if operation.type == "const":
            self._constants[output] = self._read(operation.attributes["val"])
            return
        arguments = {
            key: self._names(output, key, operation.inputs[key]) for key in operation.inputs
        }
        if operation.type == "classify":
            self.labels = tuple(self._constants[str(arguments["classes"])])
            self._reply = str(arguments["probabilities"])
            return
        if operation.type not in _OPERATIONS:
            raise LayerUnknown(operation.type)
        self._steps.append(_step(_OPERATIONS[operation.type], arguments, output))

    def _names(self, output: str, key: str, argument: Message) -> Names:
        """Return under which names the values of an argument are found."""
        names = []
        for place, binding in enumerate(argument.arguments):
            name = binding.name or f"{output}/{key}/{place}"
            if not binding.name:
                self._constants[name] = self._read(binding.value)
            names.append(name)
        return names if key == "values" else names[0]

    def _read(self, value: Message) -> Value:
        kind = value.type.tensorType
        if value.WhichOneof("value") == "blobFileValue":
            return _from_bytes(kind, self._blob(value.blobFileValue.offset))
        immediate = value.immediateValue
        if immediate.WhichOneof("value") == "list":
            return [self._read(item) for item in immediate.list.values]
        return _from_message(kind, immediate.tensor)

    def _blob(self, offset: int) -> bytes:
        sentinel, _, size, start = _BLOB.unpack_from(self._weights, offset)
        if sentinel != _SENTINEL:
            raise ValueError("the weight file does not belong to the program")
        return self._weights[start : start + size]


def _step(operation: Callable[..., Floats], arguments: dict[str, Names], output: str) -> Step:
    """Bind an operation to the names of its arguments."""

    def run(values: Mapping[str, Value]) -> Floats:
        return operation(
            **{
                key: values[names] if isinstance(names, str) else [values[name] for name in names]
                for key, names in arguments.items()
            }
        )

    inputs = [[names] if isinstance(names, str) else names for names in arguments.values()]
    return Step(run, frozenset(chain(*inputs)), output)


def _from_message(kind: Message, tensor: Message) -> Value:
    field = tensor.WhichOneof("value")
    values = getattr(tensor, field).values
    if field == "bytes":
        return _from_bytes(kind, values)
    if field == "strings":
        return values[0]
    return _shaped(kind, np.array(list(values)))


def _from_bytes(kind: Message, body: bytes) -> Value:
    return _shaped(kind, np.frombuffer(body, _DTYPES[kind.dataType]))


def _shaped(kind: Message, array: npt.NDArray[Any]) -> Value:
    """Give an array its shape, and its numbers float32; make a scalar a number."""
    if array.dtype.kind == "f":
        array = array.astype(np.float32)
    if kind.rank == 0:
        return array.item()
    return array.reshape([dimension.constant.size for dimension in kind.dimensions])


def _ints(array: npt.NDArray[np.int32]) -> tuple[int, ...]:
    return tuple(array.tolist())


def _conv(x: Floats, weight: Floats, bias: Floats | None = None, **how: Value) -> Floats:
    pads = {"same": None, "valid": (0, 0, 0, 0), "custom": _ints(how["pad"])}
    if how["pad_type"] not in pads:
        raise LayerUnknown(f"conv {how['pad_type']}")
    return Convolution(
        weight,
        np.zeros(len(weight), np.float32) if bias is None else bias,
        stride=_ints(how["strides"]),
        pad=pads[how["pad_type"]],
        dilation=_ints(how["dilations"]),
        groups=how["groups"],
    )(x)


def _concat(values: list[Floats], axis: int, interleave: Value = False) -> Floats:
    if interleave:
        raise LayerUnknown("concat interleave")
    return np.concatenate(values, axis)


def _pad(x: Floats, pad: npt.NDArray[np.int32], mode: str, constant_val: float = 0.0) -> Floats:
    if mode != "constant":
        raise LayerUnknown(f"pad {mode}")
    amounts = [(0, 0)] * (x.ndim - len(pad) // 2) + pad.reshape(-1, 2).tolist()
    return np.pad(x, amounts, constant_values=constant_val)


def _matmul(x: Floats, y: Floats, transpose_x: Value = False, transpose_y: Value = False) -> Floats:
    left = x.swapaxes(-1, -2) if transpose_x else x
    right = y.swapaxes(-1, -2) if transpose_y else y
    product: Floats = left @ right
    return product


_OPERATIONS: dict[str, Callable[..., Floats]] = {
    "add": lambda x, y: x + y,
    "cast": lambda x, dtype: x,  # all arithmetic is float32
    "clip": lambda x, alpha, beta: x.clip(alpha, beta),
    "concat": _concat,
    "conv": _conv,
    "linear": lambda x, weight, bias=0: x @ weight.T + bias,
    "matmul": _matmul,
    "mul": lambda x, y: x * y,
    "pad": _pad,
    "reduce_mean": lambda x, axes, keep_dims: x.mean(_ints(axes), keepdims=keep_dims),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: x.clip(0, 6),
    "reshape": lambda x, shape: x.reshape(_ints(shape)),
    "sigmoid": sigmoid,
    "softmax": softmax,
    "squeeze": lambda x, axes: x.squeeze(_ints(axes)),
    "transpose": lambda x, perm: x.transpose(_ints(perm)),
}
