"""Work on many objects, run with a small window that shows how far it is and stops it."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.progress_window import WorkWindow
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.progress import Cancelled, Progress


def run_with_window(
    runner: TaskRunner,
    owner: QObject,
    window: WorkWindow,
    work: Callable[[Progress], object],
    then: tuple[Callable[[Any], None], Callable[[CloudAnnoError | None], None]],
) -> None:
    """Run ``work``; a stop ends it through its progress, so that it can end in good order.

    Args:
        runner: runs it.
        owner: wants the result; when it goes, the work is stopped.
        window: belongs to this work alone.
        work: what to do; returns a result, or raises ``Cancelled``.
        then: takes the result; or the error, ``None`` if the person stopped it.
    """
    succeeded, failed = then
    stop = threading.Event()
    window.cancel_wanted.connect(stop.set)
    owner.destroyed.connect(window.end)

    def run(task: Task) -> tuple[bool, object]:
        def progress(done: int, total: int | None, text: str = "") -> None:
            if stop.is_set():
                raise Cancelled
            task(done, total, text)

        try:
            return True, work(progress)
        except Cancelled:
            return False, None

    def ended(answer: tuple[bool, object]) -> None:
        window.end()
        if answer[0]:
            succeeded(answer[1])
        else:
            failed(None)

    def broke(error: CloudAnnoError) -> None:
        window.end()
        failed(error)

    runner.run(Task(owner, run, ended, broke, window.show_progress))
