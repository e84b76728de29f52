"""The one queue of uploads and downloads: threads that move files, and one that keeps the books.

Movers take the next file, move it and hand over how it went. The bookkeeper alone writes outcomes
to the database, many in one durable step, and reports only what is on disk. One condition guards
the state in memory and wakes whoever waits for work. The database is never
waited for inside the bookkeeper's transaction while holding it.
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence

from msgspec.structs import replace

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.transfers.batch import OpenBatch, TransferJob
from cloudanno_desktop.transfers.circuit_breaker import CircuitBreaker
from cloudanno_desktop.transfers.commit_downloads import Tried, land
from cloudanno_desktop.transfers.file_mover import FileMover
from cloudanno_desktop.transfers.model import (
    Batch,
    BatchStatus,
    Existing,
    FileState,
    Problem,
    Question,
    Transfer,
    TransferContext,
    TransferLimits,
)
from cloudanno_desktop.transfers.outcomes import OutcomeRecorder, TransferListener
from cloudanno_desktop.transfers.queue_state import QueueState
from cloudanno_desktop.transfers.result import BufferedDownload, TransferResult
from cloudanno_desktop.transfers.store import TransferStore

_log = logging.getLogger(__name__)

TICK_S = 0.1
GATHER_S = 0.03  # each durable step costs the disk's time
MOST_AT_ONCE = 500
CLOSE_S = 5.0
THREAD_NAME = "transfer"


class TransferQueue:
    """Moves what is in the queue until it is closed. Safe from any thread."""

    def __init__(
        self,
        store: TransferStore,
        ends: TransferContext,
        listener: TransferListener,
        terms: TransferLimits,
    ) -> None:
        self._store = store
        self._listener = listener
        self._terms = terms
        self._mover = FileMover(store, ends, terms)
        self._state = QueueState(CircuitBreaker(terms.retry_policy))
        self._turn, self._breaker = self._state.turn, self._state.rest
        self._open_batches = self._state.open_batches
        self._recorder = OutcomeRecorder(store, listener, self._state, terms.retry_policy)
        self._tried: queue.SimpleQueue[Tried | None] = queue.SimpleQueue()
        self._movers: list[threading.Thread] = []
        self._recorder_thread = threading.Thread(
            target=self._record_outcomes, name=THREAD_NAME, daemon=True
        )
        self._is_closing = False

    @property
    def problem(self) -> CloudAnnoError | None:
        """Why the queue rests and waits for the user; ``None`` if it does not."""
        with self._turn:
            return self._breaker.problem

    def start(self, *, goes_on: bool = True) -> None:
        with self._turn:
            if goes_on:
                self._open_batches.update(
                    {batch.id: OpenBatch.of(batch) for batch in self._store.batches()}
                )
            for transfer in self._store.files(None if goes_on else FileState.CANCELLED):
                self._load(transfer)
            self._state.dirty |= set(self._open_batches)
        self._recorder_thread.start()
        self.use_parallel(self._terms.parallel)

    def take(
        self, batch: Batch, transfers: Sequence[Transfer], left_out: Sequence[Problem] = ()
    ) -> None:
        with self._turn:
            open_batch = self._open_batches[batch.id] = OpenBatch.of(batch)
            open_batch.left_out.extend(left_out)
            for transfer in transfers:
                self._load(transfer)
            self._state.wake([open_batch])

    def use_parallel(self, parallel: int) -> None:
        with self._turn:
            self._terms.parallel = max(1, parallel)
            for _ in range(self._terms.parallel - len(self._movers)):
                mover = threading.Thread(target=self._move_all, name=THREAD_NAME, daemon=True)
                self._movers.append(mover)
                mover.start()
            self._turn.notify_all()

    def status(self, batch: int) -> BatchStatus:
        """Return what can be shown of a batch. Raises ``KeyError``."""
        with self._turn:
            rest = self._breaker
            return self._open_batches[batch].status(is_offline=rest.is_offline, reason=rest.reason)

    def failures(self, batch: int) -> list[tuple[Transfer, CloudAnnoError | str]]:
        with self._turn:
            return [(job.transfer, why) for job, why in self._open_batches[batch].failed.values()]

    def pause(self, batch: int | None = None) -> None:
        """Let one batch rest, or all; files under way keep what they have."""
        with self._turn:
            open_batches = [
                open_batch for open_batch in self._state.chosen(batch) if not open_batch.is_over
            ]
            self._store.note_paused(
                [open_batch.batch.id for open_batch in open_batches], is_paused=True
            )
            for open_batch in open_batches:
                open_batch.is_paused = True
                open_batch.stop_running()
            self._state.wake(open_batches)

    def resume(self, batch: int | None = None) -> None:
        with self._turn:
            open_batches = self._state.chosen(batch)
            self._store.note_paused(
                [open_batch.batch.id for open_batch in open_batches], is_paused=False
            )
            for open_batch in open_batches:
                open_batch.is_paused = False
                open_batch.hurry()
                again = [job.transfer.id for job in open_batch.release_hopeless()]
                self._store.note_state(again, FileState.WAITING)
            self._breaker.end()
            self._state.wake(list(self._open_batches.values()))

    def note_network(self) -> None:
        """Take note that the service was just reached; what rests for the user still rests."""
        with self._turn:
            self._breaker.note_network()
            self._turn.notify_all()

    def retry(self, batch: int, transfer_id: int | None = None) -> None:
        with self._turn:
            for open_batch in self._state.chosen(batch):
                jobs = open_batch.release(None if transfer_id is None else [transfer_id])
                self._store.note_state([job.transfer.id for job in jobs], FileState.WAITING)
            self._breaker.end()
            self._state.wake(list(self._open_batches.values()))

    def reply(self, batch: int, transfer_id: int, existing: Existing, *, for_all: bool) -> None:
        with self._turn:
            for open_batch in self._state.chosen(batch):
                for job in open_batch.replied(None if for_all else transfer_id):
                    self._store.note_reply(job.transfer, existing, for_all=for_all)
                    job.transfer = replace(job.transfer, existing=existing)
                if for_all:
                    open_batch.existing = existing
                self._state.wake([open_batch])

    def cancel(self, batch: int | None = None) -> None:
        """Take a batch, or all, off the queue; what is done stays, what was begun is removed."""
        with self._turn:
            for open_batch in self._state.chosen(batch):
                self._store.note_state(
                    [job.transfer.id for job in open_batch.all_jobs()], FileState.CANCELLED
                )
                self._state.chores += open_batch.given_up()
                del self._open_batches[open_batch.batch.id]
            self._turn.notify_all()

    def clear(self) -> None:
        with self._turn:
            for batch in [
                id_ for id_, open_batch in self._open_batches.items() if open_batch.is_over
            ]:
                self.cancel(batch)

    def close(self) -> bool:
        """Stop; what is not through stays in the queue. Say whether all threads have ended."""
        with self._turn:
            self._is_closing = True
            for open_batch in self._open_batches.values():
                open_batch.stop_running()
            self._turn.notify_all()
            movers = tuple(self._movers)
        deadline = time.monotonic() + CLOSE_S
        for mover in movers:
            mover.join(max(0.0, deadline - time.monotonic()))
        self._tried.put(None)  # nothing more comes, so the bookkeeper need not wait
        if self._recorder_thread.ident:
            self._recorder_thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in (*movers, self._recorder_thread))

    def _load(self, transfer: Transfer) -> None:
        if transfer.state is FileState.CANCELLED:
            self._state.chores.append(transfer)
        open_batch = self._open_batches.get(transfer.batch)
        if open_batch is not None:
            open_batch.load(transfer)
            self._mover.reserve(transfer)

    def _move_all(self) -> None:
        try:
            while (task := self._next()) is not None:
                if isinstance(task, TransferJob):
                    self._tried.put((task, self._moved(task)))
                else:
                    self._mover.discard(task)
        except BaseException as error:  # noqa: BLE001 the listener reports whatever ends a thread
            _log.error("a thread ended by a bug", exc_info=error)
            self._listener.broke(error)

    def _next(self) -> TransferJob | Transfer | None:
        with self._turn:
            while not self._is_closing:
                if len(self._movers) > self._terms.parallel:
                    self._movers.remove(threading.current_thread())
                    return None
                if self._state.chores and not self._breaker.is_offline:
                    return self._state.chores.pop()
                job = self._state.take()
                if job:
                    job.meter = self._mover.meter(job)
                    return job
                self._turn.wait(self._state.nap_s())
        return None

    def _moved(
        self, job: TransferJob
    ) -> TransferResult | BufferedDownload | Question | CloudAnnoError:
        open_batch = self._open_batches.get(job.transfer.batch)
        if job.meter is None or open_batch is None:
            return Cancelled()
        existing = job.transfer.existing or open_batch.existing
        return self._mover.move(job.transfer, existing, job.meter)

    def _record_outcomes(self) -> None:
        try:
            while True:
                has_ended = self._is_closing and not any(m.is_alive() for m in self._movers)
                outcomes = land(self._drained(0.0 if has_ended else TICK_S))
                if outcomes:
                    self._recorder.enter(outcomes)
                self._recorder.report()
                if has_ended and not outcomes:
                    return
        except BaseException as error:  # noqa: BLE001 the listener reports whatever ends a thread
            _log.error("a thread ended by a bug", exc_info=error)
            self._listener.broke(error)

    def _drained(self, longest_s: float) -> list[Tried]:
        tried: list[Tried] = []
        try:
            one = self._tried.get(timeout=longest_s)
            if self._is_moving_others():
                time.sleep(GATHER_S)
            while one is not None:
                tried.append(one)
                one = None if len(tried) == MOST_AT_ONCE else self._tried.get_nowait()
        except queue.Empty:
            pass
        return tried

    def _is_moving_others(self) -> bool:
        with self._turn:
            return sum(len(open_batch.running) for open_batch in self._open_batches.values()) > 1
