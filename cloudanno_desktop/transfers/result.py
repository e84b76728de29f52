"""What the movers of single files share: how they count, and how they end."""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.progress import StopFlag
from cloudanno_desktop.transfers.model import ResumeState
from cloudanno_desktop.transfers.rate_limit import RateLimit


class TransferResult(msgspec.Struct, frozen=True):
    """A file that needs no more work.

    Attributes:
        entry: the object with the same bytes; ``None`` if the taken name was to be left alone.
        skipped: nothing had to be moved.
    """

    path: Path
    entry: StoredObject | None
    skipped: bool


class BufferedDownload(msgspec.Struct, frozen=True):
    """A small file whose bytes lie beside it, not forced to the disk yet."""

    path: Path
    entry: StoredObject  # the object with the same bytes
    part: Path
    may_replace: bool  # whether the user gave up a file of that name


class TransferMeter:
    """Counts the bytes of one file, holds them back and stops them. Safe from any thread."""

    def __init__(self, limit: RateLimit, remember: Callable[[ResumeState], None]) -> None:
        self.remember = remember
        self._limit = limit
        self._lock = threading.Lock()
        self._stop = StopFlag()
        self._done = 0

    @property
    def done(self) -> int:
        return self._done

    def __call__(self, done: int, total: int | None, text: str = "") -> None:
        with self._lock:
            fresh = done - self._done
            self._done = max(self._done, done)
        self.check()
        if fresh > 0:
            self._limit.take(fresh, self.check)

    def skip(self, count: int) -> None:
        with self._lock:
            self._done = max(self._done, count)

    def restart(self) -> None:
        with self._lock:
            self._done = 0

    def stop(self) -> None:
        self._stop.set()

    def check(self) -> None:
        self._stop.check()
