"""Record the outcomes of attempts: on disk first, then in memory, then reported."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum, auto
from time import monotonic
from typing import Protocol

import msgspec
from msgspec.structs import replace

from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.files import sync_folder
from cloudanno_desktop.progress import Cancelled, Throttle
from cloudanno_desktop.transfers.batch import OpenBatch, TransferJob
from cloudanno_desktop.transfers.model import BatchStatus, Direction, FileState, Question, Transfer
from cloudanno_desktop.transfers.queue_state import QueueState
from cloudanno_desktop.transfers.result import TransferResult
from cloudanno_desktop.transfers.retry import RetryPolicy, is_passing, stops_all
from cloudanno_desktop.transfers.store import TransferStore

_log = logging.getLogger(__name__)

REPORT_EVERY_S = 0.09


class CompletedTransfer(msgspec.Struct, frozen=True):
    """A file that is through; ``image_id`` is what ``TransferListener.note`` returned."""

    transfer: Transfer
    moved: TransferResult
    image_id: int | None


class TransferListener(Protocol):
    """What is done with files that are through. All calls come from one thread."""

    @property
    def labels_later(self) -> bool:
        """Whether uploads with labels stay in the queue until they are applied."""

    def note(self, transfer: Transfer, moved: TransferResult) -> int | None:
        """Note an upload inside the queue's transaction; return its image's id if it has one."""

    def entered(self, through: Sequence[CompletedTransfer]) -> None:
        """Take files that are through, on disk."""

    def status_changed(self, statuses: Sequence[BatchStatus]) -> None:
        """Take what changed, at most ten times a second."""

    def broke(self, error: BaseException) -> None:
        """Report a bug; the queue has stopped."""


class NextStep(Enum):
    THROUGH = auto()
    ASK = auto()
    AGAIN = auto()
    FAILED = auto()
    DISCARD = auto()


class Outcome(msgspec.Struct, frozen=True):
    job: TransferJob
    result: TransferResult | Question | CloudAnnoError


class OutcomeRecorder:
    def __init__(
        self,
        store: TransferStore,
        listener: TransferListener,
        state: QueueState,
        retry_policy: RetryPolicy,
    ) -> None:
        self._store = store
        self._listener = listener
        self._state = state
        self._retry_policy = retry_policy
        self._throttle = Throttle(REPORT_EVERY_S)

    def enter(self, outcomes: Sequence[Outcome]) -> None:
        """Take outcomes in one durable step; a disk that is full makes the queue rest."""
        with self._state.turn:
            judged = [(outcome, self._judge(outcome)) for outcome in outcomes]
        try:
            through = self._write(judged)
        except CloudAnnoError as error:
            with self._state.turn:
                self._state.rest.hold(error)
            self._place_all([(outcome, NextStep.AGAIN) for outcome in outcomes])
            return
        self._place_all(judged)
        self._listener.entered(through)

    def report(self) -> None:
        state = self._state
        with state.turn:
            chosen = [
                open_batch
                for id_, open_batch in state.open_batches.items()
                if open_batch.running or id_ in state.dirty
            ]
            if not self._throttle.is_due(at_once=any(open_batch.is_over for open_batch in chosen)):
                return
            state.dirty.clear()
            reason, is_offline = state.rest.reason, state.rest.is_offline
            statuses = [
                open_batch.status(is_offline=is_offline, reason=reason) for open_batch in chosen
            ]
        if statuses:
            self._listener.status_changed(statuses)

    def _judge(self, outcome: Outcome) -> NextStep:
        job, result, rest = outcome.job, outcome.result, self._state.rest
        if isinstance(result, TransferResult | Question):
            rest.note_reply(job, is_success=True)
            self._state.successes += 1
            return NextStep.THROUGH if isinstance(result, TransferResult) else NextStep.ASK
        if isinstance(result, Cancelled) or not job.is_needed:
            rest.note_stop(job)
            return NextStep.AGAIN if job.is_needed else NextStep.DISCARD
        if isinstance(result, Unreachable):
            return self._judge_unreachable(job, result)
        rest.note_reply(job, is_success=False)
        if stops_all(result):
            is_held = rest.problem is not None
            rest.note_hopeless(result)
            return NextStep.AGAIN if is_held else NextStep.FAILED
        return self._another_try(job, result) if is_passing(result) else NextStep.FAILED

    def _judge_unreachable(self, job: TransferJob, error: CloudAnnoError) -> NextStep:
        """Wait for the network; but where others get through, the fault is with this file."""
        self._state.rest.note_unreachable(job, error)
        if job.successes_seen in {-1, self._state.successes}:
            job.successes_seen = self._state.successes
            return NextStep.AGAIN
        job.successes_seen = self._state.successes
        return self._another_try(job, error)

    def _another_try(self, job: TransferJob, error: CloudAnnoError) -> NextStep:
        job.tries += 1
        if job.tries >= self._retry_policy.tries:
            return NextStep.FAILED
        delay_s = self._retry_policy.delay_s(job.tries)
        job.due_s = monotonic() + delay_s
        _log.info("retry %d of %s in %.1f s: %s", job.tries, job.name, delay_s, error)
        return NextStep.AGAIN

    def _write(self, judged: Sequence[tuple[Outcome, NextStep]]) -> list[CompletedTransfer]:
        results = [(o.job, o.result) for o, next_step in judged if next_step is NextStep.THROUGH]
        moved = [(job, result) for job, result in results if isinstance(result, TransferResult)]
        _sync_folders([(job.transfer, result) for job, result in moved])
        with self._store.together():
            through = [self._note(job.transfer, result) for job, result in moved]
            self._count(through)
            self._store.forget(t.transfer.id for t in through if not self._waits_for_labels(t))
            for outcome, next_step in judged:
                if next_step is NextStep.FAILED:
                    reason = str(outcome.result)
                    _log.info("%s failed: %s", outcome.job.name, reason)
                    self._store.note_state([outcome.job.transfer.id], FileState.FAILED, reason)
        return through

    def _note(self, transfer: Transfer, moved: TransferResult) -> CompletedTransfer:
        is_upload = transfer.direction is Direction.UP and moved.entry is not None
        through = CompletedTransfer(
            transfer, moved, self._listener.note(transfer, moved) if is_upload else None
        )
        if self._waits_for_labels(through) and through.image_id is not None:
            self._store.note_stored(transfer.id, through.image_id)
        return through

    def _waits_for_labels(self, through: CompletedTransfer) -> bool:
        has_labels = bool(through.transfer.spec.labels) and through.image_id is not None
        return has_labels and self._listener.labels_later

    def _count(self, through: Sequence[CompletedTransfer]) -> None:
        by_batch: dict[int, list[CompletedTransfer]] = defaultdict(list)
        for one in through:
            by_batch[one.transfer.batch].append(one)
        for batch, files in by_batch.items():
            skipped = sum(one.moved.skipped for one in files)
            size = sum(one.transfer.spec.size for one in files)
            self._store.note_done(batch, done=len(files) - skipped, skipped=skipped, size=size)

    def _place_all(self, judged: Sequence[tuple[Outcome, NextStep]]) -> None:
        with self._state.turn:
            for outcome, next_step in judged:
                self._place(outcome, next_step)
            self._state.turn.notify_all()

    def _place(self, outcome: Outcome, next_step: NextStep) -> None:
        """Change the state in memory; the caller holds the turn."""
        job, state = outcome.job, self._state
        state.busy.discard(job.name)
        open_batch = state.open_batches.get(job.transfer.batch)
        if not job.is_needed or open_batch is None:
            if next_step is not NextStep.THROUGH:
                state.chores.append(job.transfer)
        elif next_step is NextStep.AGAIN or (
            next_step is NextStep.ASK and not open_batch.asks(job)
        ):
            open_batch.put_back(job)
        else:
            open_batch.running.pop(job.transfer.id, None)
            _resolve(open_batch, outcome)
        state.dirty.add(job.transfer.batch)


def _resolve(open_batch: OpenBatch, outcome: Outcome) -> None:
    job, result = outcome.job, outcome.result
    if isinstance(result, Question):
        open_batch.asking[job.transfer.id] = (job, result)
    elif isinstance(result, CloudAnnoError):
        job.transfer = replace(job.transfer, state=FileState.FAILED, reason=str(result))
        open_batch.failed[job.transfer.id] = (job, result)
    else:
        open_batch.skipped += result.skipped
        open_batch.done += not result.skipped
        open_batch.done_bytes += job.transfer.spec.size


def _sync_folders(moved: Sequence[tuple[Transfer, TransferResult]]) -> None:
    folders = {
        result.path.parent
        for transfer, result in moved
        if transfer.direction is Direction.DOWN and not result.skipped
    }
    for folder in folders:
        with suppress(OSError):  # the file is there; only a power cut could take its name
            sync_folder(folder)
