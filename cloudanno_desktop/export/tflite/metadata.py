"""The labels, and the meaning of input and output, inside a TensorFlow Lite file.

Two parts that libraries on phones read: a buffer ``TFLITE_METADATA`` (a flatbuffer of schema
``M001``: ``metadata_schema.fbs`` of tflite-support), and a zip with ``labels.txt`` behind the
network, where it also stands how pictures go in. The interpreter ignores both.
"""

import io
import re
import zipfile
from collections.abc import Sequence

import flatbuffers
import numpy as np
from msgspec.structs import replace

from cloudanno_desktop import log
from cloudanno_desktop.dataset.run_folder import Resize
from cloudanno_desktop.export.artifact import METADATA_NAME, ModelSpec, zip_entry
from cloudanno_desktop.export.model_card import (
    ModelMetadata,
    input_rule,
    read_metadata,
    task_of,
)

LABELS_FILE = "labels.txt"
_BUFFER_NAME = b"TFLITE_METADATA"
_SCHEMA = b"M001"
_PARSER = "1.0.0"  # the oldest reader that understands every field written here
_ALIGNMENT = 16  # of every buffer, as TensorFlow Lite's own schema requires
_AXIS_LABELS = 2  # AssociatedFileType.TENSOR_AXIS_LABELS
_IMAGE, _FEATURE = 2, 1  # ContentProperties
_NORMALIZATION = 1  # ProcessUnitOptions
_RGB = 1
_MULTI_LABEL = "Several labels a picture"
_RESIZED: dict[Resize, str] = {"stretch": "stretched", "crop": "cropped", "pad": "padded"}
_SENTENCE = re.compile(
    rb"Upright picture, (stretched|cropped|padded) to (\d{1,4}) x (\d{1,4}), RGB"
)


class _Builder(flatbuffers.Builder):  # type: ignore[misc]  # flatbuffers has no types
    """Writes flatbuffers; tables by slot number, and vectors aligned for weights."""

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:  # noqa: N802, N803
        return int(super().StartVector(elemSize, numElems, max(alignment, _ALIGNMENT)))

    def table(
        self, slots: int, offsets: dict[int, int], small: dict[int, int] | None = None
    ) -> int:
        """Write a table of references, and of numbers of one byte."""
        self.StartObject(slots)
        for slot, offset in offsets.items():
            self.PrependUOffsetTRelativeSlot(slot, offset, 0)
        for slot, number in (small or {}).items():
            self.PrependUint8Slot(slot, number, 0)
        return int(self.EndObject())

    def tables(self, offsets: Sequence[int]) -> int:
        self.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.PrependUOffsetTRelative(offset)
        return int(self.EndVector())

    def floats(self, *values: float) -> int:
        return int(self.CreateNumpyVector(np.array(values, np.float32)))


def with_metadata(body: bytes, spec: ModelSpec) -> bytes:
    """Return the file ``body`` with its labels and the meaning of its input and output."""
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(body))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(spec), np.uint8)
    entry = schema.MetadataT()
    entry.name = _BUFFER_NAME.decode()
    entry.buffer = len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    builder = _Builder(len(body) + (1 << 16))
    builder.Finish(model.Pack(builder), b"TFL3")
    return _with_labels(bytes(builder.Output()), spec)


def read_labels(body: bytes) -> tuple[str, ...]:
    """Return the labels inside a file. Raises ``BadZipFile`` or ``KeyError`` if it has none."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return tuple(archive.read(LABELS_FILE).decode().split("\n"))


def tflite_metadata(body: bytes) -> ModelMetadata | None:
    """Return how pictures go in; of a file without it what the sentence in words says."""
    with log.passing_over(KeyError), zipfile.ZipFile(io.BytesIO(body)) as archive:
        return read_metadata(archive.read(METADATA_NAME))
    found = _SENTENCE.search(body)
    if found is None:
        return None
    task = task_of(_MULTI_LABEL.encode() in body)
    how, width, height = found.groups()
    (resize,) = (name for name, words in _RESIZED.items() if words.encode() == how)
    rule = replace(input_rule(resize), width=int(width), height=int(height))
    return ModelMetadata(task, (), rule)


def _with_labels(body: bytes, spec: ModelSpec) -> bytes:
    """Append the zip; its offsets count from the beginning of the file."""
    file = io.BytesIO(body)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(zip_entry(LABELS_FILE), "\n".join(spec.labels))
        archive.writestr(zip_entry(METADATA_NAME), spec.metadata.encoded())
    return file.getvalue()


def _metadata(spec: ModelSpec) -> bytes:
    builder = _Builder(1024)
    subgraph = builder.table(
        7, {2: builder.tables([_input(builder, spec)]), 3: builder.tables([_output(builder, spec)])}
    )
    kind = _MULTI_LABEL if spec.multi_label else "One label a picture"
    fields = {
        0: builder.CreateString(spec.project or "Image classifier"),
        1: builder.CreateString(f"{kind}: {len(spec.labels)} labels."),
        3: builder.tables([subgraph]),
        5: builder.CreateString(spec.licence),
        7: builder.CreateString(_PARSER),
    }
    builder.Finish(builder.table(8, fields), _SCHEMA)
    return bytes(builder.Output())


def _input(builder: _Builder, spec: ModelSpec) -> int:
    """Describe the picture: RGB 0..255, scaled inside the network."""
    options = builder.table(2, {0: builder.floats(0.0), 1: builder.floats(1.0)})
    unit = builder.table(2, {1: options}, {0: _NORMALIZATION})
    content = builder.table(3, {1: builder.table(2, {}, {0: _RGB})}, {0: _IMAGE})
    stats = builder.table(2, {0: builder.floats(255.0), 1: builder.floats(0.0)})
    text = f"Upright picture, {_RESIZED[spec.resize]} to {spec.width} x {spec.height}, RGB 0..255"
    fields = {
        0: builder.CreateString("image"),
        1: builder.CreateString(text),
        3: content,
        4: builder.tables([unit]),
        5: stats,
    }
    return builder.table(7, fields)


def _output(builder: _Builder, spec: ModelSpec) -> int:
    """Describe the probabilities and name their labels' file."""
    labels = builder.table(4, {0: builder.CreateString(LABELS_FILE)}, {2: _AXIS_LABELS})
    content = builder.table(3, {1: builder.table(0, {})}, {0: _FEATURE})
    stats = builder.table(2, {0: builder.floats(1.0), 1: builder.floats(0.0)})
    fields = {
        0: builder.CreateString("probability"),
        1: builder.CreateString(f"Probability of each of {len(spec.labels)} labels"),
        3: content,
        5: stats,
        6: builder.tables([labels]),
    }
    return builder.table(7, fields)
