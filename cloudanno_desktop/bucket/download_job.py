"""One object into a local file, without writing over anything."""

import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from cloudanno_desktop.bucket.bucket import Bucket, StoredObject
from cloudanno_desktop.bucket.keys import local_segments, numbered
from cloudanno_desktop.bucket.part_file import local_errors
from cloudanno_desktop.bucket.transfer_pool import FileMeter, Job, Meter, Outcome
from cloudanno_desktop.errors import CloudAnnoError, FileProblem
from cloudanno_desktop.progress import Cancelled

MOST_TRIES = 10_000


class Downloads:
    """What the files of one download share.

    Args:
        bucket: where from.
        folder: where to.
        meter: counts bytes.
    """

    def __init__(self, bucket: Bucket, folder: Path, meter: Meter) -> None:
        self._bucket = bucket
        self._folder = folder
        self._meter = meter
        self._lock = threading.Lock()
        self._taken: set[str] = set()

    def jobs(self, entries: Sequence[StoredObject]) -> Iterator[Job]:
        """Yield one job for each object; names are given in the order of ``entries``."""
        for entry in entries:
            self._taken |= {_folded(above) for above in _folders(_wish(entry))}
        for entry in entries:
            yield partial(self._fetch_all, entry, self._first_free(entry))

    def _first_free(self, entry: StoredObject) -> int:
        return next(n for n in range(1, MOST_TRIES) if self._claim(numbered(_wish(entry), n)))

    def _claim(self, name: str) -> bool:
        """Take a name in this download; names that a disk may not tell apart are one."""
        folded = _folded(name)
        with self._lock:
            if folded in self._taken:
                return False
            self._taken.add(folded)
            return True

    def _fetch_all(self, entry: StoredObject, number: int) -> Iterator[Outcome]:
        meter = FileMeter(self._meter, entry.size)
        try:
            yield self._fetch(entry, number, meter)
        except Cancelled:
            raise
        except CloudAnnoError as error:
            yield Outcome(self._folder / _wish(entry), entry.key, problem=error)
        finally:
            meter.finish()

    def _fetch(self, entry: StoredObject, number: int, meter: FileMeter) -> Outcome:
        """Go on from a claimed name until one is free on disk or holds the same bytes."""
        wish = _wish(entry)
        while number < MOST_TRIES:
            path = self._folder / numbered(wish, number)
            with local_errors(path):
                is_there, is_file = path.exists(), path.is_file()
            if not is_there:
                fetched = self._bucket.download(entry.key, path, meter)
                return Outcome(path, entry.key, fetched)
            if is_file and self._bucket.holds_same_bytes(entry, path):
                return Outcome(path, entry.key, entry, skipped=True)
            number += 1
            while not self._claim(numbered(wish, number)):
                number += 1
        raise FileProblem(wish, "no name is left")


def _wish(entry: StoredObject) -> str:
    return "/".join(local_segments(entry.key))


def _folders(name: str) -> Iterator[str]:
    parts = name.split("/")
    for count in range(1, len(parts)):
        yield "/".join(parts[:count])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
