"""The annotation files as last seen, stored in the database.

Their bytes are the base from which outside changes are found. They are stored apart from the rest,
because in a large project they are large and hardly ever read.
"""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec
import zstandard

from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.store import LabelStore

LEVEL = 1
PIECE_BYTES = 1 << 20
# MessagePack: an array of up to 15 values; bytes, whose number is in the 4 bytes after this one.
ARRAY, BYTES = 0x90, b"\xc6"
NO_BYTES = b"\xc4\0"


class Body(msgspec.Struct, frozen=True):
    """One annotation file as it was seen."""

    exists: bool
    etag: str  # empty where the service gives none
    body: bytes

    def seen(self) -> "FileVersion":
        return FileVersion(self.exists, self.etag, checksum(self.body))


class FileVersion(msgspec.Struct, frozen=True):
    """Identifies one version of an annotation file without its bytes."""

    exists: bool
    etag: str
    checksum: str

    def has_same_bytes(self, other: "FileVersion") -> bool:
        return (self.exists, self.checksum) == (other.exists, other.checksum)


class AnnotationState(msgspec.Struct, frozen=True):
    """What is stored about the files of one form."""

    files: tuple[FileVersion, ...]
    digest: str = ""  # of their content; empty: not known
    revision: int = 0  # of the labels that they agree with; 0: not known


class AnnotationStates:
    """Stores the state of the files of one form."""

    def __init__(self, store: LabelStore, name: str) -> None:
        self._store = store
        self._name = f"files-{name}"

    def load(self) -> AnnotationState | None:
        """Return the stored state; ``None`` if the files were never read."""
        packed = local_journal.get_state(self._store.database.reader(), self._name)
        return msgspec.msgpack.decode(packed, type=AnnotationState) if packed else None

    def bodies(self) -> tuple[Body, ...]:
        packed = local_journal.get_state(self._store.database.reader(), f"{self._name}-bodies")
        unpacked = zstandard.decompress(packed, max_output_size=0)
        return msgspec.msgpack.decode(unpacked, type=tuple[Body, ...])

    def save(self, state: AnnotationState, bodies: tuple[Body, ...] | None = None) -> None:
        """Store the state; without ``bodies`` the stored bytes stay."""
        with self._store.taking() as writing:
            if bodies is not None:
                local_journal.set_state(writing.connection, f"{self._name}-bodies", _packed(bodies))
            local_journal.set_state(writing.connection, self._name, msgspec.msgpack.encode(state))


def checksum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _packed(bodies: Sequence[Body]) -> bytes:
    """Return files as compressed MessagePack, piece by piece.

    Encoding tens of megabytes at once would block all other threads.
    """
    heads = [_head(body) for body in bodies]
    size = 1 + sum(map(len, heads)) + sum(len(body.body) for body in bodies)
    compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj(size=size)
    packed = [compressor.compress(bytes([ARRAY | len(bodies)]))]
    for head, body in zip(heads, bodies, strict=True):
        packed.append(compressor.compress(head))
        packed += map(compressor.compress, _pieces(body.body))
    return b"".join([*packed, compressor.flush()])


def _head(body: Body) -> bytes:
    """Return what precedes the bytes of a file, which are its last field."""
    empty = msgspec.msgpack.encode(msgspec.structs.replace(body, body=b""))
    return empty.removesuffix(NO_BYTES) + BYTES + len(body.body).to_bytes(4)


def _pieces(body: bytes) -> Iterator[memoryview]:
    for start in range(0, len(body), PIECE_BYTES):
        yield memoryview(body)[start : start + PIECE_BYTES]
