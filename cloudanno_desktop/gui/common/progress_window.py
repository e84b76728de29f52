"""A small window beside the main one that shows how far some work is, and stops it."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QProgressBar, QVBoxLayout, QWidget

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.progress import Cancelled, Progress, StopFlag

APPEARS_AFTER_MS = 500  # shorter work is not worth a window


class ProgressWindow(QDialog):
    """Shows progress; everything else stays usable meanwhile."""

    cancel_requested = Signal()

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(False)
        self.setMinimumWidth(380)
        self._bar = QProgressBar(textVisible=False, maximum=0)
        self._bar.setAccessibleName(title)
        self._state = styled_label("", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(styled_label(title, wraps=True))
        column.addWidget(self._bar)
        column.addWidget(self._state)
        column.addWidget(buttons)
        self.rejected.connect(self.cancel_requested)
        self._appears = QTimer(self, singleShot=True, interval=APPEARS_AFTER_MS)
        self._appears.timeout.connect(self.show)
        self._appears.start()

    def show_progress(self, done: int, total: int | None, _text: str = "") -> None:
        self._bar.setRange(0, total or 0)
        self._bar.setValue(done)
        self._state.setText(f"{done:,} / {total:,}" if total else f"{done:,}")

    def end(self) -> None:
        self._appears.stop()
        self.hide()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.reject()


def run_with_window(
    runner: TaskRunner,
    owner: QObject,
    window: ProgressWindow,
    work: Callable[[Progress], object],
    then: tuple[Callable[[Any], None], Callable[[CloudAnnoError | None], None]],
) -> None:
    """Run ``work``; cancelling ends it through its progress, so that it can clean up.

    The work is cancelled with its owner. ``then`` takes the result; or the error, ``None`` if the
    user cancelled.
    """
    succeeded, failed = then
    stop = StopFlag()
    window.cancel_requested.connect(stop.set)
    owner.destroyed.connect(window.end)

    def run(task: Task) -> tuple[bool, object]:
        try:
            return True, work(stop.watching(task))
        except Cancelled:
            return False, None

    def ended(result: tuple[bool, object]) -> None:
        window.end()
        if result[0]:
            succeeded(result[1])
        else:
            failed(None)

    def broke(error: CloudAnnoError) -> None:
        window.end()
        failed(error)

    runner.run(Task(owner, run, ended, broke, window.show_progress))
