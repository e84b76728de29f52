"""What a project needs, loaded while the user still chooses one."""

import importlib
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.gui.app import project_opener
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner

if TYPE_CHECKING:
    from cloudanno_desktop.gui.common.media_process import SpareProcess

FIRST_PAINT_MS = 50  # until then nothing else is begun
WIDGETS_MODULE = "cloudanno_desktop.gui.window.widgets"


class Preloader(QObject):
    """Loads modules, then starts a media process that waits for its project."""

    widgets_loaded = Signal()  # the widgets of a project can be made at once
    prepared = Signal(bool)  # whether there are connections to services

    def __init__(self, runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._is_for_services = False

    @cached_property
    def spare(self) -> "SpareProcess":
        from cloudanno_desktop.gui.common.media_process import SpareProcess

        return SpareProcess(parent=self)

    def begin(self) -> None:
        QTimer.singleShot(FIRST_PAINT_MS, self, self._load_project_widgets)

    def start_spare(self) -> None:
        self.spare.start(for_services=self._is_for_services)

    def _load_project_widgets(self) -> None:
        def load(_task: Task) -> None:
            importlib.import_module(WIDGETS_MODULE)  # slow: the window goes on meanwhile

        self._runner.run(Task(self, load, lambda _nothing: self._load_rest()))

    def _load_rest(self) -> None:
        self.widgets_loaded.emit()
        # a damaged file of connections was reported when the places were shown
        work = Task(self, lambda _task: project_opener.prepare(), self._on_loaded, self._on_loaded)
        self._runner.run(work)

    def _on_loaded(self, outcome: object) -> None:
        self._is_for_services = outcome is True
        self.prepared.emit(self._is_for_services)
