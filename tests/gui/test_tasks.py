import threading

import pytest
from PySide6.QtCore import QObject

from cloudanno_desktop.errors import Failed
from cloudanno_desktop.gui.common.tasks import Lane, Task, TaskRunner


@pytest.fixture
def runner(qapp):
    runner = TaskRunner()
    yield runner
    runner.close()


@pytest.fixture
def owner(qapp):
    return QObject()


def test_an_answer_arrives_on_the_thread_of_the_window(runner, owner, qtbot):
    seen = []
    task = Task(owner, lambda _task: threading.get_ident(), seen.append)
    task.done = lambda ident: seen.append((ident, threading.get_ident()))
    runner.run(task)
    qtbot.waitUntil(lambda: bool(seen))
    (worked_in, answered_in) = seen[0]
    assert worked_in != answered_in == threading.get_ident()


def test_the_database_lane_keeps_the_order(runner, owner, qtbot):
    order = []
    for number in range(20):
        task = Task(owner, lambda _task, number=number: order.append(number), lane=Lane.DATABASE)
        runner.run(task)
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert order == list(range(20))


def test_a_late_answer_of_a_closed_owner_is_dropped(runner, owner, qtbot):
    go_on, replies = threading.Event(), []
    runner.run(Task(owner, lambda _task: go_on.wait(10), replies.append))
    runner.cancel_all(owner)
    go_on.set()
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert replies == []


def test_progress_that_was_under_way_when_the_user_cancelled_is_dropped(runner, owner, qtbot):
    reported, shown = threading.Event(), []

    def work(task):
        task(1, 2)
        reported.set()

    task = runner.run(Task(owner, work, progressed=lambda *progress: shown.append(progress)))
    assert reported.wait(10)
    task.cancel()
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert shown == []


def test_an_error_of_the_world_can_be_tried_again(runner, owner, qtbot):
    attempts, reported = [], []

    def work(_task):
        attempts.append(1)
        if len(attempts) == 1:
            raise Failed("The cable is out.")
        return "worked"

    replies = []
    runner.failed.connect(lambda error, task: reported.append((str(error), task)))
    runner.run(Task(owner, work, replies.append))
    qtbot.waitUntil(lambda: bool(reported))
    assert reported[0][0] == "The cable is out."
    runner.run(reported[0][1].start_again())
    qtbot.waitUntil(lambda: replies == ["worked"])


def test_a_bug_is_told_apart_from_an_error_of_the_world(runner, owner, qtbot):
    with qtbot.waitSignal(runner.crashed) as heard:
        runner.run(Task(owner, lambda _task: 1 / 0))
    assert isinstance(heard.args[0], ZeroDivisionError)


def test_cancelled_work_ends_at_its_next_progress_and_calls_nothing_back(runner, owner, qtbot):
    began, go_on, reached = threading.Event(), threading.Event(), []

    def work(task):
        began.set()
        go_on.wait(10)
        task(1, 2)
        reached.append("after")

    task = runner.run(Task(owner, work, reached.append))
    assert began.wait(10)
    task.cancel()
    go_on.set()
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert reached == []


def test_progress_is_told_on_the_thread_of_the_window(runner, owner, qtbot):
    steps = []

    def progressed(done, total, text):
        steps.append((done, total, text, threading.get_ident()))

    runner.run(Task(owner, lambda task: task(3, 4, "three"), progressed=progressed))
    qtbot.waitUntil(lambda: bool(steps))
    assert steps == [(3, 4, "three", threading.get_ident())]


def test_closing_carries_waiting_database_work_through(qapp, owner):
    runner, done = TaskRunner(), []
    for number in range(5):
        task = Task(owner, lambda _task, number=number: done.append(number), lane=Lane.DATABASE)
        runner.run(task)
    runner.close()
    assert done == list(range(5))


@pytest.mark.parametrize("ends", ["cancel_all", "close"])
def test_what_a_late_answer_holds_open_is_released(runner, owner, qtbot, ends):
    go_on, replies, released = threading.Event(), [], []
    runner.run(Task(owner, lambda _task: go_on.wait(10), replies.append, dropped=released.append))
    runner.cancel_all(owner)
    go_on.set()
    if ends == "close":
        runner.close()
    else:
        qtbot.waitUntil(lambda: not runner.is_busy)
    assert replies == []
    assert released == [True]
