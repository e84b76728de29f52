"""What the database remembers of the annotation files: their bytes as last seen, and what they say.

The bytes are the base against which outside changes are told. They are kept apart from the rest,
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
    """One annotation file as it was seen.

    Attributes:
        exists: false where there was no file.
        etag: empty where the service gives none.
        body: its bytes.
    """

    exists: bool
    etag: str
    body: bytes

    def seen(self) -> "FileVersion":
        """Return what tells this file from others."""
        return FileVersion(self.exists, self.etag, checksum(self.body))


class FileVersion(msgspec.Struct, frozen=True):
    """What tells one annotation file from another, without its bytes."""

    exists: bool
    etag: str
    checksum: str

    def has_same_bytes(self, other: "FileVersion") -> bool:
        """Say whether both were the same file, or both none."""
        return (self.exists, self.checksum) == (other.exists, other.checksum)


class AnnotationState(msgspec.Struct, frozen=True):
    """What is remembered of the files of one form.

    Attributes:
        files: as they were seen last.
        digest: of what they say; empty: not known.
        revision: of the labels that the files were found to agree with; 0: not known.
    """

    files: tuple[FileVersion, ...]
    digest: str = ""
    revision: int = 0


class AnnotationStates:
    """The memory of the files of one form.

    Args:
        name: of the form.
    """

    def __init__(self, store: LabelStore, name: str) -> None:
        self._store = store
        self._name = f"files-{name}"

    def load(self) -> AnnotationState | None:
        """Return what is remembered; ``None`` if the files were never looked at."""
        packed = local_journal.get_state(self._store.database.reader(), self._name)
        return msgspec.msgpack.decode(packed, type=AnnotationState) if packed else None

    def bodies(self) -> tuple[Body, ...]:
        """Return the files themselves; only after ``keep``."""
        packed = local_journal.get_state(self._store.database.reader(), f"{self._name}-bodies")
        unpacked = zstandard.decompress(packed, max_output_size=0)
        return msgspec.msgpack.decode(unpacked, type=tuple[Body, ...])

    def keep(self, kept: AnnotationState, bodies: tuple[Body, ...] | None = None) -> None:
        """Remember the files; the bytes stay those of before if they are left out."""
        with self._store.taking() as writing:
            if bodies is not None:
                local_journal.set_state(writing.connection, f"{self._name}-bodies", _packed(bodies))
            local_journal.set_state(writing.connection, self._name, msgspec.msgpack.encode(kept))


def checksum(body: bytes) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(body).hexdigest()


def _packed(bodies: Sequence[Body]) -> bytes:
    """Return files as compressed MessagePack.

    Piece by piece: nothing else of the program runs while tens of megabytes are encoded at once.
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
    """Return what comes before the bytes of a file, which are its last field."""
    empty = msgspec.msgpack.encode(msgspec.structs.replace(body, body=b""))
    return empty.removesuffix(NO_BYTES) + BYTES + len(body.body).to_bytes(4)


def _pieces(body: bytes) -> Iterator[memoryview]:
    for start in range(0, len(body), PIECE_BYTES):
        yield memoryview(body)[start : start + PIECE_BYTES]
