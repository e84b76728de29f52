"""One file into a bucket, without writing over anything."""

import threading
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from cloudanno_desktop.bucket.bucket import (
    Bucket,
    ConditionRefused,
    ObjectMissing,
    PreconditionFailed,
    PutOptions,
    StorageFailed,
    StoredObject,
)
from cloudanno_desktop.bucket.keys import numbered
from cloudanno_desktop.bucket.part_file import local_errors
from cloudanno_desktop.bucket.transfer_pool import FileMeter, Job, Meter, Outcome
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.progress import Cancelled

MOST_TRIES = 10_000


class Uploads:
    """What the files of one upload share.

    Args:
        bucket: where to.
        meter: counts bytes.
    """

    def __init__(self, bucket: Bucket, meter: Meter) -> None:
        self._bucket = bucket
        self._meter = meter
        self._lock = threading.Lock()
        self._writing: set[str] = set()
        self._has_conditions = True

    def jobs(self, files: Iterable[tuple[Path, str]]) -> Iterator[Job]:
        """Yield jobs; files that want the same key follow each other in one."""
        by_key: dict[str, list[Path]] = {}
        for path, key in files:
            by_key.setdefault(key, []).append(path)
        for key, paths in by_key.items():
            yield partial(self._upload_all, key, paths)

    def _upload_all(self, key: str, paths: list[Path]) -> Iterator[Outcome]:
        known: dict[str, StoredObject] = {}
        for path in paths:
            yield self._upload(key, path, known)

    def _upload(self, key: str, path: Path, known: dict[str, StoredObject]) -> Outcome:
        meter = FileMeter(self._meter, 0)
        try:
            with local_errors(path):
                meter = FileMeter(self._meter, path.stat().st_size)
            entry, skipped = self._place(key, path, known, meter)
        except Cancelled:
            raise
        except CloudAnnoError as error:
            meter.finish()
            return Outcome(path, key, problem=error)
        meter.finish()
        return Outcome(path, key, entry, skipped)

    def _place(
        self, wanted: str, path: Path, known: dict[str, StoredObject], meter: FileMeter
    ) -> tuple[StoredObject, bool]:
        """Find the first key that is free or has the same bytes, and fill it.

        Args:
            wanted: the key asked for.
            path: the local file.
            known: objects of this name that were met before.
            meter: counts the file's bytes.
        """
        for number in range(1, MOST_TRIES):
            self._meter.check()
            key = numbered(wanted, number)
            there = known.get(key) or self._existing(key)
            if there is None:
                written = self._written(key, path, meter)
                if written is not None:
                    known[key] = written
                    return written, False
                there = self._existing(key)  # somebody else was faster
            if there is None:
                continue
            known[key] = there
            if self._bucket.holds_same_bytes(there, path):
                return there, True
        raise StorageFailed(self._bucket.address, f"write “{wanted}”", "no name is left")

    def _existing(self, key: str) -> StoredObject | None:
        try:
            return self._bucket.head(key)
        except ObjectMissing:
            return None

    def _written(self, key: str, path: Path, meter: FileMeter) -> StoredObject | None:
        """Upload to a key that was free a moment ago; return ``None`` if it is not any more.

        Where the service knows no conditions, at least no two threads write the same key.
        """
        if not self._claim(key):
            return None
        try:
            return self._bucket.upload(key, path, PutOptions(if_absent=self._has_conditions), meter)
        except PreconditionFailed:
            return None
        except ConditionRefused:
            self._has_conditions = False
            return self._bucket.upload(key, path, PutOptions(), meter)
        finally:
            with self._lock:
                self._writing.discard(key)

    def _claim(self, key: str) -> bool:
        with self._lock:
            if key in self._writing:
                return False
            self._writing.add(key)
            return True
