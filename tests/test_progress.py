"""How work reports and how it is stopped."""

import pytest

from cloudanno_desktop.progress import Cancelled, StopFlag, Throttle


def test_work_ends_at_its_next_report_after_a_stop():
    reports = []
    flag = StopFlag()
    progress = flag.watching(lambda *report: reports.append(report))

    progress(1, 3, "a")
    flag.set()
    with pytest.raises(Cancelled):
        progress(2, 3, "b")

    assert reports == [(1, 3, "a")]
    assert flag.is_set


def test_a_report_that_comes_too_early_is_left_out_unless_it_is_urgent():
    throttle = Throttle(interval_s=3600)

    assert [throttle.is_due() for _ in range(3)] == [True, False, False]
    assert throttle.is_due(at_once=True)
    assert not throttle.is_due()
