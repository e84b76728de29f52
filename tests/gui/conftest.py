"""The window's tests need no display."""

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QAbstractItemModelTester

from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.gui.browser.tree_model import TreeModel
from cloudanno_desktop.settings import Settings
from tests.support.program import Window, make_pictures

LOGGED = QAbstractItemModelTester.FailureReportingMode.Warning


@pytest.fixture
def watch(qtlog):
    """Have Qt check item models at each change; what it finds fails the test."""
    testers = []

    def begin(model):
        tester = QAbstractItemModelTester(model, LOGGED)
        tester.setUseFetchMore(False)
        testers.append(tester)

    yield begin
    assert not [record.message for record in qtlog.records if record.message.startswith("FAIL!")]


@pytest.fixture
def window(qtbot, qapp, watch):
    app = App(qapp, Settings(theme="light"))
    watch(app.window.findChild(TreeModel))
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
