"""What is told of transfers, and when."""

import pytest

from cloudanno_desktop import progress
from cloudanno_desktop.transfers.batch import Board, Job
from cloudanno_desktop.transfers.circuit_breaker import Rest
from cloudanno_desktop.transfers.model import Batch, Direction, Existing, Transfer, Wish
from cloudanno_desktop.transfers.outcomes import Books
from cloudanno_desktop.transfers.queue_state import QueueState
from cloudanno_desktop.transfers.retry import Patience
from tests.support.queue_watch import Watch


@pytest.fixture
def clock(monkeypatch):
    """A time that a test sets; a list of one number."""
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


def test_changes_are_told_ten_times_a_second_and_an_end_at_once(clock, tmp_path):
    board = Board.of(Batch(1, Direction.DOWN, "", Existing.RENAME, False, 1, 5))
    board.load(Transfer(7, 1, Direction.DOWN, Wish(tmp_path / "a", "a", 5), "0" * 16))
    patience, watch = Patience(), Watch()
    state = QueueState(Rest(patience), boards={1: board})
    told = Books(None, watch, state, patience)

    def change():
        state.dirty.add(1)
        told.tell()

    change()
    for _ in range(8):
        clock[0] += 0.01
        change()
    assert len(watch.states) == 1
    clock[0] += 0.02
    told.tell()  # of what came meanwhile
    assert len(watch.states) == 2
    assert isinstance(board.waiting.pop(), Job)
    change()
    assert watch.states[2:] == ["finished"]
