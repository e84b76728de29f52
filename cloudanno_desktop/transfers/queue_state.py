"""The state of the queue in memory, which its threads share."""

import threading
import time
from dataclasses import dataclass, field

from cloudanno_desktop.transfers.batch import TransferJob, WaitingTransfers
from cloudanno_desktop.transfers.circuit_breaker import CircuitBreaker
from cloudanno_desktop.transfers.model import Transfer


@dataclass(slots=True)
class QueueState:
    """What is waiting and under way; whoever reads or changes it holds ``turn``."""

    rest: CircuitBreaker
    turn: threading.Condition = field(default_factory=threading.Condition)
    boards: dict[int, WaitingTransfers] = field(default_factory=dict)
    chores: list[Transfer] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    dirty: set[int] = field(default_factory=set)
    successes: int = 0

    def chosen(self, batch: int | None) -> list[WaitingTransfers]:
        return [waiting for id_, waiting in self.boards.items() if batch in {None, id_}]

    def take(self) -> TransferJob | None:
        """Return the next file that may be moved now; it is under way then."""
        if not self.rest.lets_through():
            return None
        for waiting in self.boards.values():
            job = None if waiting.is_paused else waiting.take(self.busy)
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
                waiting.next_due_s() for waiting in self.boards.values() if not waiting.is_paused
            ]
        first = min((due for due in dues if due), default=None)
        return None if first is None else max(0.01, first - time.monotonic())

    def wake(self, boards: list[WaitingTransfers]) -> None:
        self.dirty |= {waiting.batch.id for waiting in boards}
        self.turn.notify_all()
