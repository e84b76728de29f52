"""Where the files of one batch stand while the program runs."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.transfers.model import (
    Asked,
    Batch,
    BatchState,
    BatchStatus,
    Direction,
    Existing,
    FileState,
    Problem,
    Question,
    Transfer,
)
from cloudanno_desktop.transfers.plan import folded
from cloudanno_desktop.transfers.result import TransferMeter
from cloudanno_desktop.transfers.retry import HOPELESS

LOOK_AHEAD = 64
SHOWN_PROBLEMS = 100
MISSED_S = 1.0  # a time that came between two looks; who waits longer waits for a name


@dataclass(slots=True)
class TransferJob:
    transfer: Transfer
    tries: int = 0  # attempts that failed
    due_s: float = 0.0
    successes_seen: int = -1
    meter: TransferMeter | None = None
    is_needed: bool = True
    name: str = field(init=False)  # what no two files that are moved at the same time may share

    def __post_init__(self) -> None:
        spec = self.transfer.spec
        is_up = self.transfer.direction is Direction.UP
        self.name = f"{self.transfer.direction} {spec.key if is_up else folded(str(spec.path))}"


@dataclass(slots=True)
class OpenBatch:
    """The files of one batch that are not through, by what they wait for."""

    batch: Batch
    waiting: deque[TransferJob] = field(default_factory=deque)
    running: dict[int, TransferJob] = field(default_factory=dict)
    failed: dict[int, tuple[TransferJob, CloudAnnoError | str]] = field(default_factory=dict)
    asking: dict[int, tuple[TransferJob, Question]] = field(default_factory=dict)
    left_out: list[Problem] = field(default_factory=list)
    is_paused: bool = False
    existing: Existing = Existing.RENAME
    done: int = 0
    skipped: int = 0
    done_bytes: int = 0

    @classmethod
    def of(cls, batch: Batch) -> "OpenBatch":
        return cls(
            batch,
            is_paused=batch.is_paused,
            existing=batch.existing,
            done=batch.done,
            skipped=batch.skipped,
            done_bytes=batch.done_bytes,
        )

    @property
    def is_over(self) -> bool:
        return not (self.waiting or self.running or self.asking)

    def load(self, transfer: Transfer) -> None:
        if transfer.state is FileState.WAITING:
            self.waiting.append(TransferJob(transfer))
        elif transfer.state is FileState.FAILED:
            self.failed[transfer.id] = (TransferJob(transfer), transfer.reason)

    def stop_running(self) -> None:
        for job in self.running.values():
            if job.meter:
                job.meter.stop()

    def hurry(self) -> None:
        for job in self.waiting:
            job.due_s = 0.0

    def given_up(self) -> list[Transfer]:
        """Cancel all files; return those that are not running."""
        self.stop_running()
        for job in self.all_jobs():
            job.is_needed = False
        return [job.transfer for job in self.all_jobs() if job.transfer.id not in self.running]

    def take(self, busy: set[str]) -> TransferJob | None:
        """Start the next file that is due and whose name is not in use; return it."""
        now = time.monotonic()
        for position, job in enumerate(self.waiting):
            if position == LOOK_AHEAD:
                return None
            if job.due_s <= now and job.name not in busy:
                del self.waiting[position]
                self.running[job.transfer.id] = job
                return job
        return None

    def next_due_s(self) -> float | None:
        now = time.monotonic()
        first = [job.due_s for job in islice(self.waiting, LOOK_AHEAD)]
        return min((due for due in first if due > now - MISSED_S), default=None)

    def put_back(self, job: TransferJob) -> None:
        self.running.pop(job.transfer.id, None)
        self.waiting.appendleft(job)

    def release(self, ids: Iterable[int] | None = None) -> list[TransferJob]:
        chosen = list(self.failed) if ids is None else [i for i in ids if i in self.failed]
        jobs = [self.failed.pop(id_)[0] for id_ in chosen]
        for job in jobs:
            job.tries, job.due_s = 0, 0.0
            self.waiting.append(job)
        return jobs

    def release_hopeless(self) -> list[TransferJob]:
        """Let files wait again that failed for what had nothing to do with them; return them."""
        return self.release([i for i, (_, why) in self.failed.items() if isinstance(why, HOPELESS)])

    def asks(self, job: TransferJob) -> bool:
        """Say whether a taken name is still to be asked about; an answer for all may have come."""
        return (job.transfer.existing or self.existing) is Existing.ASK

    def replied(self, transfer_id: int | None) -> list[TransferJob]:
        """Let files with a question wait again, one or all; return them."""
        chosen = list(self.asking) if transfer_id is None else [transfer_id]
        jobs = [self.asking.pop(id_)[0] for id_ in chosen if id_ in self.asking]
        self.waiting.extendleft(reversed(jobs))
        return jobs

    def all_jobs(self) -> Iterator[TransferJob]:
        yield from self.waiting
        yield from self.running.values()
        yield from (job for job, _ in self.failed.values())
        yield from (job for job, _ in self.asking.values())

    def status(self, *, is_offline: bool, reason: str) -> BatchStatus:
        """Return what can be shown; ``reason`` is why the whole queue rests, empty if it runs."""
        under_way = sum(job.meter.done for job in self.running.values() if job.meter)
        state = self._state(is_offline=is_offline, is_held=bool(reason) and not is_offline)
        asked = next((Asked(id_, q) for id_, (_, q) in self.asking.items()), None)
        return BatchStatus(
            id=self.batch.id,
            direction=self.batch.direction,
            title=self.batch.title,
            state=state,
            reason=reason if state in {BatchState.OFFLINE, BatchState.HELD} else "",
            files=self.batch.files,
            done=self.done,
            skipped=self.skipped,
            failed=len(self.failed) + len(self.left_out),
            bytes=self.batch.bytes,
            done_bytes=min(self.done_bytes + under_way, self.batch.bytes),
            problems=tuple(self._problems()),
            asked=None if self.is_paused else asked,
        )

    def _state(self, *, is_offline: bool, is_held: bool) -> BatchState:
        if self.is_over:
            return BatchState.FINISHED
        if self.is_paused:
            return BatchState.PAUSED
        if is_offline:
            return BatchState.OFFLINE
        if is_held:
            return BatchState.HELD
        if self.running:
            return BatchState.RUNNING
        return BatchState.WAITING if self.waiting else BatchState.ASKING

    def _problems(self) -> list[Problem]:
        listed = [
            Problem(id_, _name(job.transfer), str(problem))
            for id_, (job, problem) in list(self.failed.items())[:SHOWN_PROBLEMS]
        ]
        return [*listed, *self.left_out[: SHOWN_PROBLEMS - len(listed)]]


def _name(transfer: Transfer) -> str:
    if transfer.direction is Direction.DOWN:
        return transfer.spec.key
    return str(transfer.spec.path).encode("utf-8", "surrogateescape").decode(errors="replace")
