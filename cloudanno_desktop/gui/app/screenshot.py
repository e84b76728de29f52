"""Screenshots of the window for computers without a display: the photos, the latest results."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.gui.app.app import App

LOOK_MS = 100
CLOSE_WAIT_MS = 60_000
QUIET_MS = 300


class Screenshot(QObject):
    """Waits until the window shows the whole project, saves its pictures and ends the program.

    Args:
        app: with its window shown.
        path: of the picture; the results go beside it as ``<name>-results``.
    """

    taken = Signal(bool)  # whether all of it could be shown and saved

    def __init__(self, app: App, path: Path) -> None:
        super().__init__(app)
        self._app = app
        self._path = path
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._on_look)
        self._look.start()
        self._wait = QTimer(self, singleShot=True, interval=CLOSE_WAIT_MS)
        self._wait.timeout.connect(self._on_wait_ended)
        self._wait.start()

    @property
    def _shows_all(self) -> bool:
        project = self._app.project
        if project is None or project.transfers.scans.is_scanning:
            return False
        return project.workspace.was_scanned and self._app.project_widgets.grid.is_complete

    def _on_look(self) -> None:
        if self._shows_all:
            self._look.stop()
            QTimer.singleShot(QUIET_MS, self, self._save_pictures)

    def _save_pictures(self) -> None:
        saved = self._save(self._path)
        train_controller = self._app.train_controller
        if train_controller is None or not train_controller.has_result:
            self._finish(is_good=saved)
            return
        train_controller.show_results()
        QTimer.singleShot(QUIET_MS, self, self._save_results)

    def _save_results(self) -> None:
        path = self._path.with_name(f"{self._path.stem}-results{self._path.suffix}")
        self._finish(is_good=self._save(path))

    def _save(self, path: Path) -> bool:
        return self._app.window.grab().save(str(path))

    def _on_wait_ended(self) -> None:
        self._look.stop()
        self._save(self._path)
        self._finish(is_good=False)

    def _finish(self, *, is_good: bool) -> None:
        self._wait.stop()
        self.taken.emit(is_good)
        self._app.end()
