"""The quick look of an open project: what keys do there, and what shows."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.grid.quick_look import QuickLook
from cloudanno_desktop.gui.labels.tag_picker import TagPicker
from tests.support.program import make_pictures

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def look(window, project):
    """Look at the first of four pictures, in a project with two labels."""
    window.open(parse_address(str(project), None))
    for name in ("heron", "stork"):
        window.add_label(name)
    window.app.project_widgets.grid.set_current(int(window.app.project_widgets.grid.ids[0]))
    window.do("quick_look")
    look = window.dialog(QuickLook)
    look.activateWindow()
    window.wait(look.isActiveWindow)
    return look


def press(window, look, key, shown, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press a key in the quick look and wait until it says of its picture what is expected."""
    window.qtbot.keyClick(look, key, modifiers)
    window.wait(lambda: look.accessibleDescription().startswith(shown))


def test_every_key_that_labels_or_marks_works_as_in_the_grid(window, look):
    press(window, look, Qt.Key.Key_1, "a.jpg; heron;")
    press(window, look, Qt.Key.Key_S, "a.jpg; heron, skipped;")
    press(window, look, Qt.Key.Key_U, "a.jpg; heron, skipped, not sure;")
    press(window, look, Qt.Key.Key_X, "a.jpg; heron, skipped, not sure, excluded;")
    press(window, look, Qt.Key.Key_S, "a.jpg; heron, not sure, excluded;")
    press(window, look, Qt.Key.Key_Backspace, "a.jpg; not sure, excluded;")
    press(window, look, Qt.Key.Key_Z, "a.jpg; heron, not sure, excluded;", CTRL)
    assert window.counts() == {"heron": 1, "stork": 0}


def test_next_unlabeled_shows_that_picture(window, look):
    press(window, look, Qt.Key.Key_1, "a.jpg; heron;")
    press(window, look, Qt.Key.Key_N, "b.jpg; no label;")
    press(window, look, Qt.Key.Key_2, "b.jpg; stork;")


def test_what_a_label_takes_out_of_the_tab_makes_room_for_the_next(window, look):
    window.do("tab_unlabeled")
    window.wait(lambda: not window.app.runner.is_busy)
    for name, following in (("a", "b.jpg"), ("b", "c.jpg"), ("c", "d.png")):
        window.wait(lambda name=name: window.names()[0].startswith(name))
        press(window, look, Qt.Key.Key_1, f"{following}; no label;")
    window.qtbot.keyClick(look, Qt.Key.Key_1)
    window.wait(lambda: not look.isVisible())


def test_a_label_is_chosen_by_typing(window, look):
    window.qtbot.keyClick(look, Qt.Key.Key_Return)
    window.wait(lambda: look.findChild(TagPicker) is not None)
    (picker,) = look.findChildren(TagPicker)
    field = picker.findChild(QLineEdit)
    window.qtbot.keyClicks(field, "st")
    window.qtbot.keyClick(field, Qt.Key.Key_Return)
    window.wait(lambda: look.accessibleDescription().startswith("a.jpg; stork;"))


def keyed(look):
    texts = [label.text() for label in look.findChildren(QLabel) if "heron" in label.text()]
    return QTextDocumentFragment.fromHtml(texts[0]).toPlainText().split()


def test_the_look_fills_the_window_and_says_which_key_gives_which_label(window, look):
    assert look.geometry() == window.app.window.geometry()
    assert keyed(look) == ["1", "heron", "2", "stork"]
    press(window, look, Qt.Key.Key_2, "a.jpg; stork;")
    assert keyed(look) == ["1", "heron", "2", "stork", "✓"]


@pytest.mark.parametrize("place", [0, -1])
def test_the_list_of_labels_opens_beside_the_picture(window, project, place):
    make_pictures(project, [f"more{number:02}.jpg" for number in range(20)])
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    grid = window.app.project_widgets.grid
    columns = grid.grid_layout.columns
    position = place % columns
    grid.set_current(int(grid.ids[position]))
    window.do("pick_label")
    picker = next(w for w in QApplication.topLevelWidgets() if isinstance(w, TagPicker))
    picture = grid.cell_rect(position)
    picture.moveTo(grid.viewport().mapToGlobal(picture.topLeft()))
    assert not picker.geometry().intersects(picture)
    picker.close()
