"""Moves of one command: the queue runs until its batch is over, and the result is a report."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.errors import CloudAnnoError, Failed
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.transfers.model import (
    Batch,
    BatchState,
    BatchStatus,
    Direction,
    Existing,
    FileState,
    Question,
    Transfer,
    TransferContext,
    TransferLimits,
)
from cloudanno_desktop.transfers.outcomes import CompletedTransfer
from cloudanno_desktop.transfers.queue import TransferQueue
from cloudanno_desktop.transfers.result import TransferResult
from cloudanno_desktop.transfers.retry import HOPELESS, RetryPolicy
from cloudanno_desktop.transfers.store import TransferStore

TICK_S = 0.05
NOT_RUNNING = {BatchState.FINISHED, BatchState.HELD}


@dataclass(frozen=True, slots=True)
class Transferred:
    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class TransferFailure:
    path: Path
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What became of each file."""

    done: list[Transferred] = field(default_factory=list)
    skipped: list[Transferred] = field(default_factory=list)  # same bytes, or name left alone
    failed: list[TransferFailure] = field(default_factory=list)


Record = Callable[[Transfer, StoredObject], None]
Ask = Callable[[Question], tuple[Existing, bool]]


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears of it.

    Attributes:
        record: called with each upload inside the queue's transaction.
        progress: called in the caller's thread with bytes; its error stops everything cleanly.
        ask: answers for a taken name, and whether for all; needed where ``Existing.ASK`` is used.
    """

    record: Record
    progress: Progress
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do with a name that other bytes have; ``ask`` answers where that is to ask."""

    existing: Existing = Existing.RENAME
    ask: Ask | None = None


BOTH = Choice()
# A command says after a while that there is no network; the window waits for it.
COMMAND_RETRIES = RetryPolicy(offline_tries=4)


def run_batch(
    store: TransferStore,
    ends: TransferContext,
    terms: TransferLimits,
    queued: tuple[Batch, Sequence[Transfer]],
    listeners: Listeners,
) -> TransferReport:
    """Move the files of one batch that was just put into the queue, and return when it is over.

    Files that failed are reported and leave the queue. If the work ends early, by an error or a
    stop, unfinished files stay in the queue until it is resumed.
    Raises ``AccessDenied``, ``BucketMissing``, ``Unreachable``, ``DiskFull`` if that is the answer
    for several files in a row or for all, and what ``progress`` raises.
    """
    batch, transfers = queued
    listeners.progress(0, batch.bytes)
    listener = _ReportRecorder(listeners.record)
    transfer_queue = TransferQueue(store, ends, listener, terms)
    transfer_queue.take(batch, transfers)
    transfer_queue.start(goes_on=False)
    try:
        status = _wait(transfer_queue, batch.id, listeners, listener)
        failed = transfer_queue.failures(batch.id)
    except BaseException:
        transfer_queue.pause(batch.id)
        raise
    finally:
        transfer_queue.close()
    report = listener.report
    report.failed.extend(TransferFailure(t.spec.path, t.spec.key, str(why)) for t, why in failed)
    problem = transfer_queue.problem or _hopeless(failed, report)
    if problem is not None or status.state is not BatchState.FINISHED:
        store.note_paused([batch.id], is_paused=True)
        store.note_state([t.id for t, _ in failed], FileState.WAITING)
        raise problem or Failed("The transfer ended early.")
    store.forget([t.id for t, _ in failed])
    return report


class _ReportRecorder:
    labels_later = False

    def __init__(self, record: Record) -> None:
        self.report = TransferReport()
        self.bug: BaseException | None = None
        self.changed = threading.Event()
        self._record = record

    def note(self, transfer: Transfer, moved: TransferResult) -> int | None:
        if moved.entry is not None:
            self._record(transfer, moved.entry)
        return None

    def entered(self, through: Sequence[CompletedTransfer]) -> None:
        for one in through:
            entry = one.moved.entry
            key = entry.key if entry else one.transfer.spec.key
            listed = self.report.skipped if one.moved.skipped else self.report.done
            is_up = one.transfer.direction is Direction.UP
            listed.append(Transferred(one.transfer.spec.path if is_up else one.moved.path, key))

    def status_changed(self, statuses: Sequence[BatchStatus]) -> None:
        self.changed.set()

    def broke(self, error: BaseException) -> None:
        self.bug = error
        self.changed.set()


def _wait(
    transfer_queue: TransferQueue, batch: int, listeners: Listeners, listener: _ReportRecorder
) -> BatchStatus:
    while True:
        listener.changed.wait(TICK_S)
        listener.changed.clear()
        status = transfer_queue.status(batch)
        listeners.progress(status.done_bytes, status.bytes)
        if listener.bug:
            raise listener.bug
        if status.state in NOT_RUNNING:
            return status
        if status.asked and listeners.ask:
            existing, for_all = listeners.ask(status.asked.question)
            transfer_queue.reply(batch, status.asked.transfer_id, existing, for_all=for_all)


def _hopeless(
    failed: Sequence[tuple[Transfer, CloudAnnoError | str]], report: TransferReport
) -> CloudAnnoError | None:
    if report.done or report.skipped:
        return None
    errors = [why for _, why in failed if isinstance(why, HOPELESS)]
    return errors[-1] if errors and len(errors) == len(failed) else None
