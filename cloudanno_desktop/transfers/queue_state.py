"""The state of the queue in memory, which its threads share."""

import threading
import time
from dataclasses import dataclass, field

from cloudanno_desktop.transfers.batch import OpenBatch, TransferJob
from cloudanno_desktop.transfers.circuit_breaker import CircuitBreaker
from cloudanno_desktop.transfers.model import Transfer


@dataclass(slots=True)
class QueueState:
    """What is waiting and under way; whoever reads or changes it holds ``turn``."""

    rest: CircuitBreaker
    turn: threading.Condition = field(default_factory=threading.Condition)
    open_batches: dict[int, OpenBatch] = field(default_factory=dict)
    chores: list[Transfer] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    dirty: set[int] = field(default_factory=set)
    successes: int = 0

    def chosen(self, batch: int | None) -> list[OpenBatch]:
        return [open_batch for id_, open_batch in self.open_batches.items() if batch in {None, id_}]

    def take(self) -> TransferJob | None:
        """Return the next file that may be moved now; it is under way then."""
        if not self.rest.lets_through():
            return None
        for open_batch in self.open_batches.values():
            job = None if open_batch.is_paused else open_batch.take(self.busy)
            if job:
                self.busy.add(job.name)
                self.rest.begin(job)
                return job
        return None

    def nap_s(self) -> float | None:
        """Return how long nothing can begin by itself; ``None`` until another thread notifies."""
        if self.rest.reason:
            dues = [self.rest.next_try_s()]
        else:
            dues = [
                open_batch.next_due_s()
                for open_batch in self.open_batches.values()
                if not open_batch.is_paused
            ]
        first = min((due for due in dues if due), default=None)
        return None if first is None else max(0.01, first - time.monotonic())

    def wake(self, open_batches: list[OpenBatch]) -> None:
        self.dirty |= {open_batch.batch.id for open_batch in open_batches}
        self.turn.notify_all()
