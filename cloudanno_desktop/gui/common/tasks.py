"""Short work away from the GUI thread: a serial lane for the database, a free one for the network.

A task belongs to an owner; a result that arrives after its owner closed, or after the task was
cancelled, is dropped, or released where it holds something open.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.progress import Cancelled

NETWORK_THREADS = 6


class Lane(StrEnum):
    """Where a task runs: ``DATABASE`` is serial, ``NETWORK`` is not."""

    DATABASE = "database"
    NETWORK = "network"


@dataclass(eq=False)
class Task:
    """One piece of work; ``done``, ``failed`` and ``progressed`` are called on the GUI thread."""

    owner: QObject
    work: Callable[["Task"], Any]
    done: Callable[[Any], None] | None = None
    failed: Callable[[CloudAnnoError], None] | None = None  # else the message bar shows the error
    progressed: Callable[[int, int | None, str], None] | None = None
    lane: Lane = Lane.NETWORK
    dropped: Callable[[Any], None] | None = None  # is given a result that came too late
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _report: Callable[[Callable[[], None]], None] | None = field(default=None, repr=False)

    def cancel(self) -> None:
        """Stop the work; nothing is called back any more."""
        self._stop.set()

    @property
    def is_needed(self) -> bool:
        return not self._stop.is_set() and shiboken6.isValid(self.owner)

    def __call__(self, done: int, total: int | None, text: str = "") -> None:
        """Report progress from inside ``work``. Raises ``Cancelled`` once no longer needed."""
        if not self.is_needed:
            raise Cancelled
        if self.progressed is not None and self._report is not None:
            self._report(lambda: self._show(done, total, text))

    def _show(self, done: int, total: int | None, text: str) -> None:
        if self.progressed is not None and self.is_needed:
            self.progressed(done, total, text)

    def start_again(self) -> "Task":
        return Task(
            self.owner, self.work, self.done, self.failed, self.progressed, self.lane, self.dropped
        )


class TaskRunner(QObject):
    """Runs tasks and brings their results to the GUI thread."""

    failed = Signal(object, object)  # (error, task): the task has no ``failed`` of its own
    crashed = Signal(object)  # an exception that is a bug
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = {
            Lane.DATABASE: ThreadPoolExecutor(1, "database"),
            Lane.NETWORK: ThreadPoolExecutor(NETWORK_THREADS, "network"),
        }
        self._tasks: set[Task] = set()
        self._is_closed = False
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    def run(self, task: Task) -> Task:
        """Start ``task`` in its lane and return it; after ``close`` nothing is started."""
        if self._is_closed:
            return task
        task._report = self._arrived.emit
        self._tasks.add(task)
        self._lanes[task.lane].submit(self._work, [task])
        return task

    def cancel_all(self, owner: QObject) -> None:
        for task in self._tasks:
            if task.owner is owner:
                task.cancel()

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    def close(self) -> None:
        """End the threads: network work is cancelled, database work is carried through."""
        self._is_closed = True
        for task in self._tasks:
            if task.lane is Lane.NETWORK:
                task.cancel()
        self._lanes[Lane.NETWORK].shutdown(wait=True, cancel_futures=True)
        self._lanes[Lane.DATABASE].shutdown(wait=True)
        for task in self._tasks:
            task.cancel()
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)

    def _work(self, held: list[Task]) -> None:
        """Carry out a task, and let the GUI thread take it out of ``held``, and so drop it last.

        What a task holds may be Qt's, which must not be destroyed in this thread.
        """
        deliver = self._delivery(held[0])
        self._arrived.emit(lambda: self._end(held.pop(), deliver))

    def _delivery(self, task: Task) -> Callable[[Task], None] | None:
        if not task.is_needed:
            return None
        try:
            result = task.work(task)
        except CloudAnnoError as error:
            problem = error
            return lambda task: self._fail(task, problem)
        except Exception as error:  # noqa: BLE001 - a bug must reach the crash dialog
            bug = error
            return lambda task: self._crash(task, bug)
        return lambda task: _finish(task, result)

    def _on_arrived(self, call: Callable[[], None]) -> None:
        call()

    def _end(self, task: Task, deliver: Callable[[Task], None] | None) -> None:
        self._tasks.discard(task)
        if deliver is not None:
            deliver(task)

    def _crash(self, task: Task, bug: Exception) -> None:
        if task.is_needed:
            self.crashed.emit(bug)

    def _fail(self, task: Task, error: CloudAnnoError) -> None:
        if isinstance(error, Cancelled) or not task.is_needed:
            return
        if task.failed is not None:
            task.failed(error)
        else:
            self.failed.emit(error, task)


def _finish(task: Task, result: object) -> None:
    deliver = task.done if task.is_needed else task.dropped
    if deliver is not None:
        deliver(result)
