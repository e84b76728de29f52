from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QUrl, Slot
from PySide6.QtGui import QCursor, QDesktopServices
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from cloudanno_desktop import log, paths
from cloudanno_desktop.gui.common.messages import (
    CrashReporter,
    Level,
    Message,
    MessageBar,
    crash_report,
    show_log,
)
from cloudanno_desktop.gui.common.theme import DARK, LIGHT, Theme


@pytest.fixture
def theme(qapp):
    return Theme(qapp, "light")


def test_the_bar_offers_what_can_be_done_once(qtbot, theme):
    room = QWidget()
    bar = MessageBar(theme, room)
    qtbot.addWidget(room)
    acts = []
    bar.show_message(
        Message(Level.ERROR, "No network.", action="Try again", act=lambda: acts.append(1))
    )
    assert bar.text == "No network."
    button = next(b for b in bar.findChildren(QPushButton) if b.text() == "Try again")
    button.click()
    assert acts == [1]
    assert bar.text == ""


def test_a_message_does_not_come_up_under_the_pointer(qtbot, theme):
    room = QWidget()
    qtbot.addWidget(room)
    room.resize(700, 500)
    room.show()
    bar = MessageBar(theme, room)
    for aimed_at in (QPoint(350, 480), QPoint(350, 20), QPoint(350, 250)):
        QCursor.setPos(room.mapToGlobal(aimed_at))
        bar.show_message(Message(Level.INFO, "Found folders.", action="Label by folder…"))
        assert room.rect().contains(bar.geometry())
        assert not bar.geometry().contains(aimed_at)
        bar.hide()


class Viewer(QObject):
    """What the system opens files with."""

    def __init__(self):
        super().__init__()
        self.opened = []

    @Slot(QUrl)
    def show(self, url):
        self.opened.append(Path(url.toLocalFile()))


@pytest.fixture
def viewer(qapp):
    viewer = Viewer()
    QDesktopServices.setUrlHandler("file", viewer, "show")
    yield viewer
    QDesktopServices.unsetUrlHandler("file")


@pytest.mark.logs_warning
def test_from_a_bug_one_comes_to_the_log_that_holds_it(qtbot, viewer):
    reporter = CrashReporter()
    with log.writing("window"):
        reporter.report(ValueError("a bug with password=hunter2"))
    (shown,) = [
        w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Something went wrong"
    ]
    next(b for b in shown.findChildren(QPushButton) if b.text() == "Show log").click()

    (opened,) = viewer.opened
    assert "ValueError: a bug with password=•••" in opened.read_text()
    shown.close()


def test_without_a_log_its_folder_is_shown(viewer):
    show_log()
    assert viewer.opened == [paths.log_dir()]


@pytest.mark.logs_warning
def test_a_bug_is_shown_once_with_its_trace(qtbot):
    reporter = CrashReporter()
    reports = []
    reporter.reported.connect(reports.append)
    for _ in range(2):
        reporter.report(ValueError("a bug with password=hunter2"))
    shown = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Something went wrong"]
    assert len(reports) == 2
    assert len(shown) == 1
    assert "ValueError" in reports[0]
    assert "hunter2" not in crash_report(ValueError("a bug with password=hunter2"))
    shown[0].close()


def test_the_colors_follow_the_choice(qapp):
    theme = Theme(qapp, "light")
    changes = []
    theme.changed.connect(lambda: changes.append(theme.colors))
    theme.choose("dark")
    theme.choose("light")
    assert changes == [DARK, LIGHT]
    assert qapp.palette().text().color().name() == LIGHT.text


def test_an_icon_has_the_color_of_the_theme(qapp):
    theme = Theme(qapp, "dark")
    image = theme.pixmap("check", 32, "#ff0000").toImage()
    drawn = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert drawn == {"#ff0000"}
