"""One object into a local file, without overwriting anything by accident."""

import errno
import logging
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from typing import BinaryIO

from cloudanno_desktop.bucket.bucket import Bucket, Fetched, Reading, StoredObject
from cloudanno_desktop.bucket.errors import PreconditionFailed, StorageFailed
from cloudanno_desktop.bucket.keys import numbered
from cloudanno_desktop.errors import DiskFull, FileProblem
from cloudanno_desktop.files import FULL, begin_writing, finish, local_errors, make_folder, stamp
from cloudanno_desktop.transfers.commit_downloads import named
from cloudanno_desktop.transfers.model import Existing, Question, ResumeState, Transfer
from cloudanno_desktop.transfers.plan import MOST_NAMES, folded
from cloudanno_desktop.transfers.result import BufferedDownload, TransferMeter, TransferResult

_log = logging.getLogger(__name__)

SMALL_BYTES = 8 << 20
READ_WHOLE_BYTES = 1 << 20
ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
NO_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class _DownloadAttempt:
    transfer: Transfer
    existing: Existing
    meter: TransferMeter


class Downloads:
    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._taken: set[str] = set()

    def reserve(self, paths: Iterable[Path]) -> None:
        with self._lock:
            self._taken |= {folded(str(path)) for path in paths}

    def move(
        self, transfer: Transfer, existing: Existing, meter: TransferMeter
    ) -> TransferResult | BufferedDownload | Question:
        spec = transfer.spec
        attempt = _DownloadAttempt(transfer, existing, meter)
        for number in range(1, MOST_NAMES):
            meter.check()
            if number == 1:
                result = self._try(spec.path, attempt)
            else:
                path = spec.path.parent / numbered(spec.path.name, number)
                result = self._try_claimed(path, attempt)
            if result is not None:
                return result
        raise FileProblem(str(spec.path), "no name is left")

    def discard(self, transfer: Transfer) -> None:
        part = Path(transfer.memory.part) if transfer.memory.part else _part_of(transfer)
        with local_errors(part):
            if part.exists():  # a disk that is read-only may refuse even what is not there
                part.unlink(missing_ok=True)

    def _try_claimed(
        self, path: Path, attempt: _DownloadAttempt
    ) -> TransferResult | BufferedDownload | Question | None:
        if not self._claim(path):
            return None
        result = None
        try:
            result = self._try(path, attempt)
        finally:
            if not isinstance(result, TransferResult | BufferedDownload):
                self._release(path)
        return result

    def _try(
        self, path: Path, attempt: _DownloadAttempt
    ) -> TransferResult | BufferedDownload | Question | None:
        with local_errors(path):
            status = _status_of(path)
        if status is None:  # unless the name is taken meanwhile
            return self._fetched(path, attempt, may_replace=False) or self._try(path, attempt)
        is_file = S_ISREG(status.st_mode)
        if attempt.existing is Existing.SKIP:
            return TransferResult(path, None, skipped=True)
        there = _entry_of(attempt.transfer)
        if is_file and self._bucket.holds_same_bytes(there, path):
            return TransferResult(path, there, skipped=True)
        if attempt.existing is Existing.ASK and is_file:
            local = datetime.fromtimestamp(status.st_mtime, UTC)
            return Question(str(path), there.size, None, status.st_size, local)
        if attempt.existing is Existing.OVERWRITE and is_file:
            return self._fetched(path, attempt, may_replace=True)
        return None

    def _fetched(
        self, path: Path, attempt: _DownloadAttempt, *, may_replace: bool
    ) -> TransferResult | BufferedDownload | None:
        part = _part_of(attempt.transfer)
        with local_errors(path):
            try:
                start = _size_of(part) if attempt.transfer.memory.part == str(part) else 0
                whole = None if start else self._read_whole(attempt)
                if whole is not None:
                    _fill(part, whole.body)
                    return BufferedDownload(path, whole.entry, part, may_replace)
                entry = self._filled(part, start, attempt)
                is_named = named(part, path, may_replace=may_replace)
            except BaseException as error:
                if attempt.transfer.spec.size <= SMALL_BYTES or _is_full(error):
                    part.unlink(missing_ok=True)
                raise
        return TransferResult(path, entry, skipped=False) if is_named else None

    def _filled(self, part: Path, start: int, attempt: _DownloadAttempt) -> StoredObject:
        if not start:
            return self._streamed(part, attempt)
        try:
            entry = self._append(part, attempt.transfer.memory.etag, start, attempt)
        except PreconditionFailed:
            _log.info("%s has changed and is read from its start", attempt.transfer.spec.key)
            return self._streamed(part, attempt)
        is_same = self._bucket.holds_same_bytes(entry, part)
        return entry if is_same else self._streamed(part, attempt)

    def _read_whole(self, attempt: _DownloadAttempt) -> Fetched | None:
        """Read a photo in one step, which is less work than a stream; ``None`` if it is large."""
        attempt.meter.restart()
        spec = attempt.transfer.spec
        if spec.size > READ_WHOLE_BYTES:
            return None
        whole = self._bucket.get_start(spec.key, READ_WHOLE_BYTES)
        size = len(whole.body)
        if size < whole.entry.size:
            return None  # it has grown
        attempt.meter(size, size)
        return whole

    def _streamed(self, part: Path, attempt: _DownloadAttempt) -> StoredObject:
        attempt.meter.restart()
        with self._bucket.stream(attempt.transfer.spec.key) as reading, _opened(part) as file:
            if reading.entry.size > SMALL_BYTES:
                attempt.meter.remember(ResumeState(etag=reading.entry.etag, part=str(part)))
            self._pour(reading, file, 0, attempt)
        return reading.entry

    def _append(self, part: Path, etag: str, start: int, attempt: _DownloadAttempt) -> StoredObject:
        spec = attempt.transfer.spec
        if start >= spec.size:
            return self._bucket.head(spec.key)
        stream = self._bucket.stream(spec.key, start, etag)
        with stream as reading, part.open("r+b") as file:
            file.seek(reading.start)
            file.truncate()
            attempt.meter.skip(reading.start)
            self._pour(reading, file, reading.start, attempt)
        return reading.entry

    def _pour(self, reading: Reading, file: BinaryIO, done: int, attempt: _DownloadAttempt) -> None:
        size = reading.entry.size
        attempt.meter(done, size)
        for block in reading.blocks:
            file.write(block)
            done += len(block)
            attempt.meter(done, size)
        if done != size:
            action = f"read “{attempt.transfer.spec.key}”"
            raise StorageFailed(self._bucket.address, action, "the answer was cut off")
        finish(file)

    def _claim(self, path: Path) -> bool:
        """Take a numbered name; names that a disk may not tell apart are one."""
        name = folded(str(path))
        with self._lock:
            if name in self._taken:
                return False
            self._taken.add(name)
            return True

    def _release(self, path: Path) -> None:
        with self._lock:
            self._taken.discard(folded(str(path)))


def _part_of(transfer: Transfer) -> Path:
    return transfer.spec.path.parent / f".cloudanno-{transfer.token}.part"


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _fill(part: Path, body: bytes) -> None:
    left = memoryview(body)
    with _opened(part, buffering=0) as file:
        while left:
            left = left[file.write(left) :]
        stamp(file)
        begin_writing(file)


def _opened(part: Path, buffering: int = -1) -> BinaryIO:
    try:
        return part.open("wb", buffering)
    except FileNotFoundError:
        make_folder(part.parent)
        return part.open("wb", buffering)


def _status_of(path: Path) -> os.stat_result | None:
    """Return what has a name, ``None`` for nothing; a link that leads nowhere is itself."""
    try:
        status = path.lstat()
    except OSError as error:
        if error.errno in ABSENT:
            return None
        raise
    if S_ISLNK(status.st_mode):
        with suppress(OSError):
            return path.stat()
    return status


def _entry_of(transfer: Transfer) -> StoredObject:
    spec = transfer.spec
    return StoredObject(spec.key, spec.size, spec.etag, NO_TIME)


def _is_full(error: BaseException) -> bool:
    return isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in FULL)
