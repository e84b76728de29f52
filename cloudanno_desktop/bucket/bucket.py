"""The one protocol through which the program sees object storage.

``S3Bucket`` and ``FolderBucket`` implement it with the same semantics, and ``RootedBucket`` narrows
either to a project's prefix; one contract suite holds all to it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from cloudanno_desktop.bucket.errors import DeleteFailure
from cloudanno_desktop.progress import Progress, silent


class StoredObject(msgspec.Struct, frozen=True):
    """One object as a listing or a HEAD shows it; made a million times in a large scan.

    Attributes:
        key: name in the bucket, any Unicode text.
        size: bytes.
        etag: opaque validator without quotes; changes whenever the bytes change.
        modified: time of the last write, UTC.
    """

    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing: up to 1000 objects and, with a delimiter, the common prefixes."""

    objects: list[StoredObject]
    prefixes: list[str]


class Fetched(msgspec.Struct, frozen=True):
    entry: StoredObject
    body: bytes


@dataclass(frozen=True, slots=True)
class PutOptions:
    """Headers and condition of a write.

    Attributes:
        content_type: ``None`` to guess it from the key.
        if_absent: write only if the key does not exist (``If-None-Match: *``).
        if_match: write only if the object still has this ETag (``If-Match``).
    """

    content_type: str | None = None
    cache_control: str | None = None
    if_absent: bool = False
    if_match: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An object that is being read; ``blocks`` begin at ``start``.

    ``start`` is 0 if the service cannot begin elsewhere.
    """

    entry: StoredObject
    start: int
    blocks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class PartsMemory:
    """What lets a multipart upload resume after the program has ended.

    Attributes:
        upload_id: what ``begun`` received before; empty if nothing was begun.
        begun: called with the service's name for the upload before the first part is sent.
        kept: called with the number of bytes that need not be sent again.
    """

    upload_id: str
    begun: Callable[[str], None]
    kept: Callable[[int], None]


def pour(blocks: Iterator[bytes], file: BinaryIO, size: int, progress: Progress) -> None:
    """Write blocks to a file, and count their bytes."""
    done = 0
    progress(done, size)
    for block in blocks:
        file.write(block)
        done += len(block)
        progress(done, size)


class Bucket(Protocol):
    """A flat store of objects by key; safe to use from several threads.

    Every method may raise ``AccessDenied``, ``BucketMissing``, ``Unreachable`` and
    ``StorageFailed`` besides the errors named there.
    """

    @property
    def name(self) -> str:
        """Name of the bucket or folder, such as ``my-photos``."""

    @property
    def address(self) -> str:
        """Unique among all buckets: endpoint and name, or an absolute path."""

    def list_pages(self, prefix: str = "", delimiter: str = "") -> Iterator[Page]:
        """List objects below ``prefix``, page by page, in no particular order.

        The listing is complete only if the iteration ends without an error. An object that a
        service lists twice comes twice.
        """

    def get(self, key: str, if_none_match: str | None = None) -> Fetched:
        """Read one object whole. Raises ``ObjectMissing``, ``NotModified``."""

    def get_start(self, key: str, length: int) -> Fetched:
        """Read the first ``length`` bytes; the entry is that of the whole object.

        Raises ``ObjectMissing``.
        """

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read at most ``length`` bytes from ``start``. Raises ``ObjectMissing``."""

    def download(self, key: str, path: Path, progress: Progress = silent) -> StoredObject:
        """Stream one object to ``path``: written aside, replaced when whole.

        ``progress`` counts bytes. Raises ``ObjectMissing``, ``Cancelled``, ``DiskFull``.
        """

    def stream(
        self, key: str, start: int = 0, if_match: str | None = None
    ) -> AbstractContextManager[Reading]:
        """Read one object from ``start`` on, block by block.

        Raises ``ObjectMissing``; ``PreconditionFailed`` if it has not the ETag ``if_match``.
        """

    def head(self, key: str) -> StoredObject:
        """Describe one object. Raises ``ObjectMissing``."""

    def content_type(self, key: str) -> str:
        """Return the MIME type that one object is served with. Raises ``ObjectMissing``."""

    def put(self, key: str, body: bytes, options: PutOptions = PutOptions()) -> StoredObject:
        """Write one object atomically from memory.

        Raises ``PreconditionFailed``, ``ConditionRefused``, ``KeyRefused``.
        """

    def upload(
        self,
        key: str,
        path: Path,
        options: PutOptions = PutOptions(),
        progress: Progress = silent,
        memory: PartsMemory | None = None,
    ) -> StoredObject:
        """Write one object atomically from a file, in parts above 8 MiB; count bytes.

        ``progress`` may be called from several threads. With a ``memory``, parts that were sent
        stay when this ends early, and are not sent again.

        Raises ``PreconditionFailed``, ``ConditionRefused``, ``KeyRefused``, ``FileProblem``,
        ``Cancelled``.
        """

    def abandon(self, key: str, upload_id: str) -> None:
        """Drop the parts of an upload that will not be resumed; raises nothing."""

    def holds_same_bytes(self, entry: StoredObject, path: Path) -> bool:
        """Return whether the stored object has exactly the bytes of a local file."""

    def copy(self, source: str, target: str) -> StoredObject:
        """Copy inside the bucket, on the server. Raises ``ObjectMissing``, ``KeyRefused``."""

    def delete(self, keys: Sequence[str]) -> list[DeleteFailure]:
        """Delete keys (a missing one is no failure); return those that could not be deleted."""

    def presign(self, key: str, expires_s: int) -> str:
        """Return a link that reads the object for ``expires_s`` seconds.

        Raises ``PresignImpossible`` where the kind of bucket or credentials has none.
        """

    def close(self) -> None: ...
