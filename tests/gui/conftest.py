"""The window's tests need no display."""

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.settings import Settings
from tests.support.program import Window, make_pictures


@pytest.fixture
def window(qtbot, qapp):
    app = App(qapp, Settings(theme="light"))
    app.show()
    app.window.resize(1200, 800)
    app.window.activateWindow()
    opened = Window(app, qtbot)
    yield opened
    opened.end()
    app.window.deleteLater()
    app.deleteLater()


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "birds"
    make_pictures(folder, ["a.jpg", "b.jpg", "c.jpg", "d.png"])
    return folder
