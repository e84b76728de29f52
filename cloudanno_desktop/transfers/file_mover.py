"""One file at a time: move it, or remove what is left of one that was cancelled."""

import logging

from msgspec.structs import replace

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.transfers.batch import TransferJob
from cloudanno_desktop.transfers.download import Downloads
from cloudanno_desktop.transfers.model import (
    Direction,
    Existing,
    Question,
    ResumeState,
    Transfer,
    TransferContext,
    TransferLimits,
)
from cloudanno_desktop.transfers.result import BufferedDownload, TransferMeter, TransferResult
from cloudanno_desktop.transfers.store import TransferStore
from cloudanno_desktop.transfers.upload import Uploads

_log = logging.getLogger(__name__)


class FileMover:
    """Moves files in either direction. Safe from any thread."""

    def __init__(self, store: TransferStore, ends: TransferContext, terms: TransferLimits) -> None:
        self._store = store
        self._terms = terms
        self._downloads = Downloads(ends.bucket)
        self._ways: dict[Direction, Uploads | Downloads] = {
            Direction.UP: Uploads(ends.bucket, ends.is_known),
            Direction.DOWN: self._downloads,
        }

    def reserve(self, transfer: Transfer) -> None:
        if transfer.direction is Direction.DOWN:
            self._downloads.reserve([transfer.spec.path])

    def meter(self, job: TransferJob) -> TransferMeter:
        def remember(memory: ResumeState) -> None:
            self._store.note_memory(job.transfer.id, memory)
            job.transfer = replace(job.transfer, memory=memory)

        is_up = job.transfer.direction is Direction.UP
        return TransferMeter(self._terms.up if is_up else self._terms.down, remember)

    def move(
        self, transfer: Transfer, existing: Existing, meter: TransferMeter
    ) -> TransferResult | BufferedDownload | Question | CloudAnnoError:
        """Move a file; an error is a result like any other."""
        try:
            return self._ways[transfer.direction].move(transfer, existing, meter)
        except CloudAnnoError as error:
            return error

    def discard(self, transfer: Transfer) -> None:
        try:
            self._ways[transfer.direction].discard(transfer)
            self._store.forget([transfer.id])
        except CloudAnnoError as error:  # it is still noted, and tried again at the next start
            _log.debug("%s is removed later: %s", transfer.spec.key, error)
