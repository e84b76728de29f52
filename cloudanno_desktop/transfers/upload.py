"""One file into a bucket, without overwriting anything by accident."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudanno_desktop.bucket.atomic import write_if
from cloudanno_desktop.bucket.bucket import Bucket, PartsMemory, PutOptions, StoredObject
from cloudanno_desktop.bucket.bulk import find
from cloudanno_desktop.bucket.errors import ConditionRefused, PreconditionFailed, StorageFailed
from cloudanno_desktop.bucket.keys import numbered
from cloudanno_desktop.files import local_errors
from cloudanno_desktop.transfers.model import Existing, Question, ResumeState, Transfer
from cloudanno_desktop.transfers.plan import MOST_NAMES
from cloudanno_desktop.transfers.result import TransferMeter, TransferResult

_log = logging.getLogger(__name__)

SMALL_BYTES = 8 << 20


@dataclass(slots=True)
class _UploadAttempt:
    """One file under way; ``size`` and ``modified_ns`` are those of the local file now."""

    transfer: Transfer
    existing: Existing
    meter: TransferMeter
    size: int
    modified_ns: int

    @property
    def is_large(self) -> bool:
        return self.size > SMALL_BYTES


class Uploads:
    """What uploads into one bucket share.

    A name that seems free is not looked up: the write itself is conditional. Where the service
    honours no conditions, and for what is large, every name is looked up before.
    """

    def __init__(self, bucket: Bucket, is_known: Callable[[str], bool]) -> None:
        self._bucket = bucket
        self._is_known = is_known
        self._lock = threading.Lock()
        self._writing: set[str] = set()
        self._honours = {True: True, False: True}  # by whether it is sent in parts

    def move(
        self, transfer: Transfer, existing: Existing, meter: TransferMeter
    ) -> TransferResult | Question:
        path = transfer.spec.path
        with local_errors(path):
            status = path.stat()
        attempt = _UploadAttempt(transfer, existing, meter, status.st_size, status.st_mtime_ns)
        for number in range(1, MOST_NAMES):
            meter.check()
            result = self._try(numbered(transfer.spec.key, number), attempt)
            if result is not None:
                return result
        action = f"write “{transfer.spec.key}”"
        raise StorageFailed(self._bucket.address, action, "no name is left")

    def discard(self, transfer: Transfer) -> None:
        self._abandon(transfer.memory)

    def _try(self, key: str, attempt: _UploadAttempt) -> TransferResult | Question | None:
        path = attempt.transfer.spec.path
        honours = self._honours[attempt.is_large]
        must_look = attempt.is_large or not honours or self._is_known(key)
        there = find(self._bucket, key) if must_look else None
        if there is None:
            try:
                written = self._written(key, attempt, PutOptions(if_absent=honours))
            except ConditionRefused:
                _log.info("%s: names are looked up, as no condition is honoured", key)
                self._honours[attempt.is_large] = False
                return self._try(key, attempt)
            if written is not None:
                return TransferResult(path, written, skipped=False)
            there = find(self._bucket, key)  # another writer took it
        if there is None:
            return None
        return self._about_taken(there, attempt)

    def _about_taken(
        self, there: StoredObject, attempt: _UploadAttempt
    ) -> TransferResult | Question | None:
        path = attempt.transfer.spec.path
        skips = attempt.existing is Existing.SKIP
        # what is skipped is looked at for its label, from which a kill may have kept it
        looks = not skips or attempt.transfer.spec.labels
        if looks and self._bucket.holds_same_bytes(there, path):
            return TransferResult(path, there, skipped=True)
        if skips:
            return TransferResult(path, None, skipped=True)
        if attempt.existing is Existing.ASK:
            modified = datetime.fromtimestamp(attempt.modified_ns / 1e9, UTC)
            return Question(there.key, attempt.size, modified, there.size, there.modified)
        if attempt.existing is Existing.OVERWRITE:
            return TransferResult(path, self._overwritten(there, attempt), skipped=False)
        return None

    def _overwritten(self, there: StoredObject, attempt: _UploadAttempt) -> StoredObject:
        return write_if(
            self._bucket,
            there.key,
            there.etag,
            PutOptions(),
            lambda options: self._sent(there.key, attempt, options),
        )

    def _written(
        self, key: str, attempt: _UploadAttempt, options: PutOptions
    ) -> StoredObject | None:
        """Upload to a key that seems free; return ``None`` if it is not.

        Where the service knows no conditions, at least no two threads write the same key.
        """
        if not self._claim(key):
            return None
        try:
            return self._sent(key, attempt, options)
        except PreconditionFailed:
            _log.debug("%s was taken meanwhile", key)
            return None
        finally:
            with self._lock:
                self._writing.discard(key)

    def _sent(self, key: str, attempt: _UploadAttempt, options: PutOptions) -> StoredObject:
        path = attempt.transfer.spec.path
        if not attempt.is_large:
            return self._bucket.upload(key, path, options, attempt.meter)
        known = attempt.transfer.memory
        is_same = (known.key, known.size, known.modified_ns) == (
            key,
            attempt.size,
            attempt.modified_ns,
        )
        if not is_same:
            self._abandon(known)

        def begun(upload_id: str) -> None:
            attempt.meter.remember(ResumeState(upload_id, key, attempt.modified_ns, attempt.size))

        memory = PartsMemory(known.upload_id if is_same else "", begun, attempt.meter.skip)
        return self._bucket.upload(key, path, options, attempt.meter, memory)

    def _abandon(self, memory: ResumeState) -> None:
        if memory.upload_id:
            self._bucket.abandon(memory.key, memory.upload_id)

    def _claim(self, key: str) -> bool:
        with self._lock:
            if key in self._writing:
                return False
            self._writing.add(key)
            return True
