"""The state of the queue in memory, which its threads share."""

import threading
import time
from dataclasses import dataclass, field

from cloudanno_desktop.transfers.batch import Board, Job
from cloudanno_desktop.transfers.circuit_breaker import Rest
from cloudanno_desktop.transfers.model import Transfer


@dataclass(slots=True)
class QueueState:
    """What is waiting and under way; whoever reads or changes it holds ``turn``.

    Attributes:
        boards: the files of each batch, by its id.
        chores: cancelled files of which something may be left.
        busy: names that are in use.
        dirty: batches of which something changed.
    """

    rest: Rest
    turn: threading.Condition = field(default_factory=threading.Condition)
    boards: dict[int, Board] = field(default_factory=dict)
    chores: list[Transfer] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    dirty: set[int] = field(default_factory=set)
    successes: int = 0

    def chosen(self, batch: int | None) -> list[Board]:
        """Return one batch, if it is still there, or all."""
        return [board for id_, board in self.boards.items() if batch in {None, id_}]

    def take(self) -> Job | None:
        """Return the next file that may be moved now; it is under way then."""
        if not self.rest.lets_through():
            return None
        for board in self.boards.values():
            job = None if board.is_paused else board.take(self.busy)
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
            dues = [board.next_due_s() for board in self.boards.values() if not board.is_paused]
        first = min((due for due in dues if due), default=None)
        return None if first is None else max(0.01, first - time.monotonic())

    def wake(self, boards: list[Board]) -> None:
        """Let the threads look again, and report these batches."""
        self.dirty |= {board.batch.id for board in boards}
        self.turn.notify_all()
