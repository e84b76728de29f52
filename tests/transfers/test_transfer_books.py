"""What is told of transfers, and when."""

import pytest

from cloudanno_desktop import progress
from cloudanno_desktop.transfers.batch import OpenBatch, TransferJob
from cloudanno_desktop.transfers.circuit_breaker import CircuitBreaker
from cloudanno_desktop.transfers.model import Batch, Direction, Existing, Transfer, TransferSpec
from cloudanno_desktop.transfers.outcomes import OutcomeRecorder
from cloudanno_desktop.transfers.queue_state import QueueState
from cloudanno_desktop.transfers.retry import RetryPolicy
from tests.support.queue_watch import Watch


@pytest.fixture
def clock(monkeypatch):
    """A time that a test sets; a list of one number."""
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


def test_changes_are_told_ten_times_a_second_and_an_end_at_once(clock, tmp_path):
    board = OpenBatch.of(Batch(1, Direction.DOWN, "", Existing.RENAME, False, 1, 5))
    board.load(Transfer(7, 1, Direction.DOWN, TransferSpec(tmp_path / "a", "a", 5), "0" * 16))
    retry_policy, watch = RetryPolicy(), Watch()
    state = QueueState(CircuitBreaker(retry_policy), open_batches={1: board})
    status_changed = OutcomeRecorder(None, watch, state, retry_policy)

    def change():
        state.dirty.add(1)
        status_changed.report()

    change()
    for _ in range(8):
        clock[0] += 0.01
        change()
    assert len(watch.states) == 1
    clock[0] += 0.02
    status_changed.report()  # of what came meanwhile
    assert len(watch.states) == 2
    assert isinstance(board.waiting.pop(), TransferJob)
    change()
    assert watch.states[2:] == ["finished"]
