"""Windows fit the screen that is there."""

import pytest
from PySide6.QtGui import QGuiApplication

from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.common.widgets import FRAME, resize_to_screen
from cloudanno_desktop.gui.settings.settings_dialog import SettingsDialog
from cloudanno_desktop.gui.window.main_window import MainWindow
from cloudanno_desktop.gui.window.shortcut_overlay import ShortcutOverlay
from cloudanno_desktop.settings import Settings


@pytest.mark.parametrize(
    "make",
    [
        MainWindow,
        lambda theme: SettingsDialog(theme, Settings()),
        lambda _theme: ShortcutOverlay(),
    ],
)
def test_a_window_opens_inside_the_screen(qtbot, qapp, make):
    window = make(Theme(qapp, "light"))
    qtbot.addWidget(window)
    room = QGuiApplication.primaryScreen().availableSize() - FRAME
    assert window.size() == window.size().boundedTo(room)
    resize_to_screen(window, 10_000, 10_000)
    assert window.size() == room


def test_the_settings_work_in_a_small_window(qtbot, qapp):
    dialog = SettingsDialog(Theme(qapp, "light"), Settings())
    qtbot.addWidget(dialog)
    hint = dialog.minimumSizeHint()
    assert hint.width() <= 900 - FRAME.width()
    assert hint.height() <= 600 - FRAME.height()
