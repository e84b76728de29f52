"""Original pictures on this machine: each is brought here once, under a name made by a hash.

A key can be longer or stranger than any file name, so the name is the hash of where the object is,
its key and its ETag. The digest of the bytes lies beside it, so that a file is read only once.
A project that is a folder needs no copies: its own files are the originals.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cloudanno_desktop import log
from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    BucketMissing,
    ObjectDenied,
    StorageFailed,
    Unreachable,
)
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.folder.tree import entry_of
from cloudanno_desktop.errors import CloudAnnoError, DiskFull
from cloudanno_desktop.files import local_errors, write_file
from cloudanno_desktop.progress import Progress, StopFlag, silent

_log = logging.getLogger(__name__)

PARALLEL = 8
TICK_S = 0.1
HOPELESS = (AccessDenied, BucketMissing, Unreachable, DiskFull)  # the next one would fare alike
DIGEST_BYTES = 32
DIGEST_SUFFIX = ".blake2b"


class NeededImage(Protocol):
    """What is needed of an image: a row of the index has it, and so has a message."""

    @property
    def id(self) -> int:
        """Its id in the index."""

    @property
    def key(self) -> str:
        """Its key in the project."""

    @property
    def etag(self) -> str:
        """Its ETag."""


@dataclass(frozen=True, slots=True)
class LocalOriginal:
    path: Path  # not to be written to; for a project in a folder it is the user's own file
    digest: str  # blake2b-256 of the bytes, hex


class OriginalStore:
    """The originals of one project.

    Args:
        kept: another folder of this kind, which is only looked into.
    """

    def __init__(self, folder: Path, bucket: Bucket, kept: Path | None = None) -> None:
        self._folder = folder
        self._bucket = bucket
        self._kept = OriginalStore(kept, bucket) if kept else None

    def name_of(self, image: NeededImage) -> str:
        """Return the name under which an original is kept: a hash."""
        return self._name(image.key, image.etag)

    def place_of(self, image: NeededImage) -> Path:
        return self._path(self.name_of(image))

    def path_of(self, image: NeededImage) -> Path | None:
        path = self.place_of(image)
        if path.is_file():
            return path
        return self._kept.path_of(image) if self._kept else None

    def fetch(
        self,
        images: Sequence[NeededImage],
        progress: Progress = silent,
        on_failure: Callable[[NeededImage, CloudAnnoError], None] | None = None,
    ) -> dict[int, LocalOriginal]:
        """Bring the originals of ``images`` here, several at a time; return them by image id.

        ``progress`` counts images; ``Cancelled`` through it leaves what is here. ``on_failure``
        gets each image that could not be fetched; without it the first such image ends the work
        with its error. A service that does not answer, a wrong key, or a full disk always ends it,
        and so does a service that refuses or fails for each of them.
        Raises ``CloudAnnoError``: what ``Bucket.download`` raises.
        """
        stop = StopFlag()
        with ThreadPoolExecutor(PARALLEL, "originals") as pool:
            waiting = {pool.submit(self._fetch_one, image, stop): image for image in images}
            try:
                return _gather(waiting, progress, on_failure)
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)

    def _fetch_one(self, image: NeededImage, stop: StopFlag) -> LocalOriginal:
        path = self._in_place(image)
        if path is not None:
            return LocalOriginal(path, self._digest(path, self._name(image.key, image.etag)))
        path = self._downloaded(image, stop)
        return LocalOriginal(path, self._digest(path, path.name))

    def _in_place(self, image: NeededImage) -> Path | None:
        if not isinstance(self._bucket, FolderBucket):
            return None
        path = Path(self._bucket.address) / image.key
        try:
            unchanged = entry_of(image.key, path.stat()).etag == image.etag
        except (OSError, ValueError) as error:
            _log.debug("%s is not read in its place: %s", path, error)
            return None  # a key that is no path, or escaped: download finds it
        return path if unchanged else None

    def _downloaded(self, image: NeededImage, stop: StopFlag) -> Path:
        here = self.path_of(image)
        if here is not None:
            with log.passing_over(OSError):
                os.utime(here)  # the longest unused are cleared first
            return here
        path = self.place_of(image)
        path.parent.mkdir(parents=True, exist_ok=True)
        entry = self._bucket.download(image.key, path, stop.watching())
        if entry.etag == image.etag:
            return path
        # Replaced in the bucket since it was listed: keep it under the name of what it is.
        actual = self._path(self._name(image.key, entry.etag))
        actual.parent.mkdir(parents=True, exist_ok=True)
        return path.replace(actual)

    def _digest(self, path: Path, name: str) -> str:
        kept = self._path(name).with_suffix(DIGEST_SUFFIX)
        if kept.is_file():
            return kept.read_text("ascii")
        digest = _digest_of(path)
        write_file(kept, digest.encode())
        return digest

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _name(self, key: str, etag: str) -> str:
        identity = "\0".join((self._bucket.address, key, etag))
        return hashlib.blake2b(identity.encode(), digest_size=20).hexdigest()


def _gather(
    waiting: dict[Future[LocalOriginal], NeededImage],
    progress: Progress,
    on_failure: Callable[[NeededImage, CloudAnnoError], None] | None,
) -> dict[int, LocalOriginal]:
    originals: dict[int, LocalOriginal] = {}
    failed: list[tuple[NeededImage, CloudAnnoError]] = []
    total = len(waiting)
    left: set[Future[LocalOriginal]] = set(waiting)
    while left:
        progress(total - len(left), total)
        ended, left = wait(left, timeout=TICK_S, return_when=FIRST_COMPLETED)
        for future in ended:
            image = waiting[future]
            try:
                originals[image.id] = future.result()
            except CloudAnnoError as error:
                is_about_one = isinstance(error, ObjectDenied)
                if on_failure is None or (isinstance(error, HOPELESS) and not is_about_one):
                    raise
                failed.append((image, error))
    progress(total, total)
    refused = [error for _, error in failed if isinstance(error, ObjectDenied | StorageFailed)]
    if refused and len(refused) == total:
        raise refused[0]
    if on_failure:
        for image, why in sorted(failed, key=lambda one: one[0].key):
            on_failure(image, why)
    return originals


def _digest_of(path: Path) -> str:
    with local_errors(path), path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.blake2b(digest_size=DIGEST_BYTES)
        ).hexdigest()
