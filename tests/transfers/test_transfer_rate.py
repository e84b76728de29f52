"""The bound on bytes a second, on a clock that only the test moves."""

import pytest

from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.transfers.rate_limit import RateLimit
from cloudanno_desktop.transfers.result import TransferMeter
from cloudanno_desktop.transfers.retry import RetryPolicy
from tests.support.moving import SOON, fresh_store
from tests.support.queue_watch import running


class Clock:
    """Time goes by only while somebody sleeps."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def never_stop():
    pass


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize("step", [100, 16_384, 1_000_000])
def test_bytes_take_the_time_that_the_bound_gives_them(clock, step):
    limit = RateLimit(500_000, clock, clock.sleep)
    begin = clock.now

    for _ in range(0, 10_000_000, step):
        limit.take(step, never_stop)
    limit.take(1, never_stop)

    assert clock.now - begin == pytest.approx(20, rel=0.1)


def test_without_a_bound_nobody_waits(clock):
    limit = RateLimit(0, clock, clock.sleep)

    limit.take(10**12, never_stop)

    assert clock.now == 1000


def test_a_bound_that_is_lifted_lets_go_who_waits(clock):
    limit = RateLimit(1000, clock, clock.sleep)
    limit.take(1_000_000, never_stop)

    def lift_after_a_second():
        if clock.now > 1001:
            limit.change(0)

    limit.take(1_000_000, lift_after_a_second)

    assert clock.now < 1002


def test_a_bound_that_is_set_while_files_move_holds_from_then_on(clock):
    limit = RateLimit(0, clock, clock.sleep)
    limit.take(10**9, never_stop)
    limit.change(1000)
    for _ in range(11):
        limit.take(1000, never_stop)

    assert clock.now - 1000 == pytest.approx(10)


def test_who_waits_for_the_bound_can_be_stopped(clock):
    limit = RateLimit(1, clock, clock.sleep)
    meter = TransferMeter(limit, lambda memory: None)
    meter(1000, 5000)
    meter.stop()

    with pytest.raises(Cancelled):
        meter(2000, 5000)
    assert clock.now == 1000


def test_bytes_that_need_not_be_moved_cost_no_time(clock):
    meter = TransferMeter(RateLimit(1000, clock, clock.sleep), lambda memory: None)
    meter.skip(10**9)
    meter(10**9 + 1000, 2 * 10**9)
    meter(10**9 + 1001, 2 * 10**9)

    assert clock.now - 1000 == pytest.approx(1)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_all_threads_share_one_bound_in_each_direction(whole_bucket, clock, tmp_path, direction):
    folder = tmp_path / "local"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.jpg").write_bytes(bytes([number]) * 400_000)
        whole_bucket.upload(f"there/{number}.jpg", folder / f"{number}.jpg")
    entries = [entry for page in whole_bucket.list_pages() for entry in page.objects]

    with fresh_store() as store, running(store, whole_bucket, retry_policy=SOON) as queue:
        setattr(queue.terms, direction, RateLimit(100_000, clock, clock.sleep))
        if direction == "up":
            queue.wait(queue.upload([folder]))
        else:
            queue.wait(queue.download(entries, tmp_path / "down"))

    # three million bytes at 100,000 a second; the last step may still owe its time
    assert clock.now - 1000 >= (3_200_000 - 400_000) / 100_000


def test_pauses_between_tries_grow_and_are_not_all_the_same():
    retry_policy = RetryPolicy(first_s=1, most_s=30)

    means = [sum(retry_policy.delay_s(n) for _ in range(500)) / 500 for n in range(1, 9)]

    assert means == sorted(means) or means[5:] == pytest.approx([22.5] * 3, rel=0.1)
    assert means[0] == pytest.approx(0.75, rel=0.1)
    assert max(retry_policy.delay_s(50) for _ in range(500)) <= 30
    assert len({retry_policy.delay_s(3) for _ in range(50)}) > 40
