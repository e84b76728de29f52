import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from cloudanno_desktop.gui.common.messages import (
    CrashReporter,
    Level,
    Message,
    MessageBar,
    crash_report,
    without_secrets,
)
from cloudanno_desktop.gui.common.theme import DARK, LIGHT, Theme


@pytest.fixture
def theme(qapp):
    return Theme(qapp, "light")


def test_the_bar_offers_what_can_be_done_once(qtbot, theme):
    bar = MessageBar(theme)
    qtbot.addWidget(bar)
    acts = []
    bar.show_message(
        Message(Level.ERROR, "No network.", action="Try again", act=lambda: acts.append(1))
    )
    assert bar.text == "No network."
    button = next(b for b in bar.findChildren(QPushButton) if b.text() == "Try again")
    button.click()
    assert acts == [1]
    assert bar.text == ""


@pytest.mark.parametrize(
    "text",
    [
        "secret_access_key=abcDEF123",
        "X-Amz-Signature=abcDEF123&x=1",
        "Authorization: Bearer abcDEF123",
        "{'aws_session_token': 'abcDEF123'}",
        '"apikey": "abcDEF123"',
    ],
)
def test_a_report_strikes_what_looks_like_a_secret(text):
    assert "abcDEF123" not in without_secrets(text)
    assert without_secrets("the picture bird.jpg") == "the picture bird.jpg"


def test_a_bug_is_shown_once_with_its_trace(qtbot):
    reporter = CrashReporter()
    reports = []
    reporter.reported.connect(reports.append)
    for _ in range(2):
        reporter.report(ValueError("a bug with password=hunter2"))
    shown = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "A bug"]
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
