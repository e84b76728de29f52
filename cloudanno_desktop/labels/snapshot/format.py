"""The format of a snapshot: the registers after all operations up to certain sequences.

Key: ``_cloudanno/snapshots/<clock>.json.zst``, where the clock is its writer's at that moment. The
bytes are one zstandard frame (RFC 8878, with checksum) of UTF-8 text, one JSON value a line: a
``SnapshotHeader``, then parts, then ``End``. Lists that belong together are columns, so that
millions of rows are read without an object for each; columns of small numbers are the base64 text
of 32-bit integers, the lowest byte first. Writers, labels, images and operations are named by their
place in the lists before; operations are in the order of their stamps. Only what registers hold is
in it: history stays in the journal.
"""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, TypeVar

import msgspec
import numpy as np
import zstandard
from numpy.typing import ArrayLike, NDArray

from cloudanno_desktop.labels.journal.hlc import is_time
from cloudanno_desktop.labels.journal.operations import SequenceNo
from cloudanno_desktop.project_keys import SNAPSHOTS

FORMAT = 1
KEY = re.compile(SNAPSHOTS + r"(?P<clock>[0-8][0-9]{14}\.[0-9]{5})\.json\.zst")
ROWS_IN_PART = 20_000
LINE_BYTES = 1 << 26
CHUNK_BYTES = 1 << 20
LEVEL = 3

COLUMN = np.dtype("<i4")

Column = bytes
Ints = NDArray[np.int64]
Flag = Annotated[int, msgspec.Meta(ge=0, le=1)]


class IncludedWriter(msgspec.Struct, frozen=True, array_like=True):
    """How far a writer’s journal is in the snapshot."""

    id: str
    sequence: SequenceNo  # of the last included object
    author: str  # of the last operation; may be empty
    clock: str  # of that operation; may be empty


class SnapshotHeader(msgspec.Struct, frozen=True):
    """The first line."""

    format: int
    clock: str
    writers: tuple[IncludedWriter, ...]


class Operations(msgspec.Struct, frozen=True, tag_field="part", tag="operations"):
    """Place and time of the operations that registers name, the earliest first."""

    clock: list[str]
    writer: Column
    sequence: list[SequenceNo]
    position: Column


class SeenObjects(msgspec.Struct, frozen=True, tag_field="part", tag="seen"):
    """The ``seen`` of journal objects, for finding conflicts."""

    writer: Column
    sequence: list[SequenceNo]
    seen: list[dict[str, SequenceNo]]


class LabelRegisters(msgspec.Struct, frozen=True, array_like=True):
    """One label: each property with the stamp (as text) that wrote it."""

    id: str
    created: bool
    name: tuple[str, str]
    color: tuple[str, str]
    position: tuple[float, str]
    deleted: tuple[Flag, str]
    merged_into: tuple[str, str]
    negative: tuple[Flag, str]
    past_names: tuple[str, ...]


class Labels(msgspec.Struct, frozen=True, tag_field="part", tag="labels"):
    labels: tuple[LabelRegisters, ...]


class Images(msgspec.Struct, frozen=True, tag_field="part", tag="images"):
    """Sorted keys."""

    keys: list[str]


class Pairs(msgspec.Struct, frozen=True, tag_field="part", tag="pairs"):
    """Which image carries (1) or does not carry (0) which label, ordered by image."""

    steps: Column  # from the image of the pair before, at first from place 0
    label: Column
    on: Column
    operation: Column
    seen: Column = b""  # tags of the bytes that were labeled, 0 where unknown


class Clears(msgspec.Struct, frozen=True, tag_field="part", tag="clears"):
    """The last clearing of an image by each writer, ordered by image."""

    steps: Column  # as in ``Pairs``
    writer: Column
    operation: Column


class SnapshotStates(msgspec.Struct, frozen=True, tag_field="part", tag="marks"):
    """Marks of images, such as states and pins."""

    image: Column
    name: list[str]
    value: list[str]
    operation: Column


class End(msgspec.Struct, frozen=True, tag_field="part", tag="end"):
    """The last line; ``lines`` counts those before it."""

    lines: int


Part = Operations | SeenObjects | Labels | Images | Pairs | Clears | SnapshotStates | End
P = TypeVar("P", bound=msgspec.Struct)

_header_decoder = msgspec.json.Decoder(SnapshotHeader)
_part_decoder: msgspec.json.Decoder[Part] = msgspec.json.Decoder(Part)


class SnapshotUnusable(ValueError):
    """The bytes are no snapshot that this version can use."""


def snapshot_key(clock: str) -> str:
    return f"{SNAPSHOTS}{clock}.json.zst"


def parse_key(key: str) -> str | None:
    """Return the clock of a snapshot’s key, ``None`` for any other key."""
    found = KEY.fullmatch(key)
    return found["clock"] if found else None


def column(numbers: ArrayLike) -> Column:
    """Pack numbers from 0 to 2³¹ − 1."""
    return np.asarray(numbers, COLUMN).tobytes()


def numbers(packed: Column) -> Ints:
    """Unpack a column. Raises ``SnapshotUnusable``."""
    if len(packed) % COLUMN.itemsize:
        raise SnapshotUnusable("a column has no whole number of values")
    found = np.frombuffer(packed, COLUMN).astype(np.int64)
    if found.min(initial=0) < 0:
        raise SnapshotUnusable("it names what it does not hold")
    return found


def steps(images: Ints) -> Column:
    return column(np.diff(images, prepend=0))


def images_after(packed: Column) -> Ints:
    return np.cumsum(numbers(packed))


def pack(header: SnapshotHeader, parts: Iterable[Part]) -> bytes:
    packed = io.BytesIO()
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with compressor.stream_writer(packed, closefd=False) as stream:
        stream.write(msgspec.json.encode(header) + b"\n")
        lines = 1
        for part in parts:
            stream.write(msgspec.json.encode(part) + b"\n")
            lines += 1
        stream.write(msgspec.json.encode(End(lines)) + b"\n")
    return packed.getvalue()


def read_header(body: bytes) -> SnapshotHeader:
    """Parse the header of a snapshot or its beginning. Raises ``SnapshotUnusable``."""
    return _header(next(_lines(body), b""))


def unpack(body: bytes) -> tuple[SnapshotHeader, Iterator[Part]]:
    """Parse a snapshot, part by part; raises ``SnapshotUnusable``, also while parts are read."""
    lines = _lines(body)
    return _header(next(lines, b"")), _parts(lines)


def _header(line: bytes) -> SnapshotHeader:
    header = _decoded(_header_decoder, line)
    if header.format != FORMAT:
        raise SnapshotUnusable(f"format {header.format}")
    if not is_time(header.clock):
        raise SnapshotUnusable("it has no valid clock")
    return header


def _parts(lines: Iterator[bytes]) -> Iterator[Part]:
    for number, line in enumerate(lines, start=1):
        part = _decoded(_part_decoder, line)
        if not isinstance(part, End):
            yield part
        elif part.lines == number and next(lines, None) is None:
            return
        else:
            break
    raise SnapshotUnusable("it is truncated")


def _decoded(decoder: "msgspec.json.Decoder[P]", line: bytes) -> P:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotUnusable(str(error)) from error


def _lines(body: bytes) -> Iterator[bytes]:
    try:
        with zstandard.ZstdDecompressor().stream_reader(body) as stream:
            text = io.BufferedReader(stream, CHUNK_BYTES)
            while line := text.readline(LINE_BYTES):
                if not line.endswith(b"\n"):
                    raise SnapshotUnusable("it has no lines, or is truncated")
                yield line
    except (zstandard.ZstdError, OSError) as error:
        raise SnapshotUnusable(str(error)) from error
