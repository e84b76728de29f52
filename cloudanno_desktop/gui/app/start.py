"""Start the program with a window, and run it until it is closed."""

import gc
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.gui.common.theme import application_icon
from cloudanno_desktop.settings import Settings


def run(project: str = "", connection: str = "", screenshot: Path | None = None) -> int:
    """Open the window on ``project``, if any, and return the exit code when it is closed.

    With a ``screenshot`` path, save pictures of the window there and end.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("CloudAnno")
    application.setWindowIcon(application_icon())
    application.setQuitOnLastWindowClosed(False)
    app = App(application, Settings())
    collect_little(app)
    sys.excepthook = app.hook
    app.ended.connect(application.quit)
    app.use_saved_settings()
    app.show()
    if project:
        app.project_opener.open_text(project, connection)
    return _take_pictures(application, app, screenshot) if screenshot else application.exec()


def collect_little(app: App) -> None:
    """Exempt the program's own modules from garbage collection: it would make frames drop."""
    gc.disable()
    app.prepared.connect(_on_prepared)


def _on_prepared() -> None:
    gc.freeze()
    gc.enable()


def _take_pictures(application: QApplication, app: App, path: Path) -> int:
    from cloudanno_desktop.gui.app.screenshot import Screenshot

    outcomes: list[bool] = []
    Screenshot(app, path).taken.connect(outcomes.append)
    application.exec()
    return 0 if outcomes == [True] else 1
