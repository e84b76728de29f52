"""Which label uploads get is always said, and easily let go of."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from cloudanno_desktop.bucket.connections.address import parse_address
from tests.support.program import make_pictures


@pytest.fixture
def birds(window, project):
    window.open(parse_address(str(project), None))
    for name in ("heron", "stork"):
        window.add_label(name)
    return window


def click(window, name):
    viewport = window.label_list().viewport()
    window.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=window.row_center(name))


def button_text(window):
    return window.app.window.actions_set["upload"].iconText()


def test_the_upload_button_says_the_label_until_it_is_let_go(birds):
    assert button_text(birds) == "Upload"
    click(birds, "heron")
    assert button_text(birds) == "Upload as heron"
    click(birds, "stork")
    assert button_text(birds) == "Upload as stork"
    click(birds, "stork")
    assert button_text(birds) == "Upload"
    click(birds, "stork")
    birds.qtbot.keyClick(birds.label_list(), Qt.Key.Key_Escape)
    assert button_text(birds) == "Upload"
    assert birds.app.project_widgets.grid.hasFocus()


def test_escape_among_the_pictures_lets_go_of_the_label_too(birds):
    click(birds, "heron")
    birds.do("select_all")
    birds.press(Qt.Key.Key_Escape)
    assert button_text(birds) == "Upload as heron"
    birds.press(Qt.Key.Key_Escape)
    assert button_text(birds) == "Upload"


def test_a_rename_chooses_no_label_for_uploads(birds):
    click(birds, "heron")
    birds.label_list().edit_current()
    editor = birds.app.window.focusWidget()
    birds.qtbot.keyClicks(editor, "on")
    birds.qtbot.keyClick(editor, Qt.Key.Key_Return)
    birds.wait(lambda: button_text(birds) == "Upload")
    birds.wait(lambda: "on" in birds.counts())
    assert button_text(birds) == "Upload"


def test_what_the_menu_of_a_label_does_chooses_no_label_for_uploads(birds):
    birds.app.window.activateWindow()
    click(birds, "heron")
    viewport = birds.label_list().viewport()
    birds.label_list().setFocus()
    birds.qtbot.mouseClick(viewport, Qt.MouseButton.RightButton, pos=birds.row_center("stork"))
    assert button_text(birds) == "Upload as heron"
    birds.app.project_widgets.grid.select_all()
    birds.do("give_label")
    birds.wait(lambda: birds.counts() == {"heron": 0, "stork": 4})
    birds.do("show_labeled")
    assert birds.app.window.filter_box.text() == "label:stork"
    birds.do("rename_label")
    editor = birds.label_list().findChild(QLineEdit)
    assert editor.text() == "stork"
    birds.qtbot.keyClick(editor, Qt.Key.Key_Escape)


def test_the_label_for_uploads_stays_when_labels_change_order(birds):
    click(birds, "stork")
    birds.do("label_up")
    birds.wait(lambda: list(birds.counts()) == ["stork", "heron"])
    assert button_text(birds) == "Upload as stork"


@pytest.mark.parametrize(
    ("action", "title", "heron"),
    [("upload", "Upload pictures as “heron”", 1), ("upload_unlabeled", "Upload pictures", 0)],
)
def test_the_dialog_says_the_label_and_keeps_to_it(birds, tmp_path, action, title, heron):
    (new,) = make_pictures(tmp_path / "desk", ["new.jpg"])
    click(birds, "heron")
    birds.do(action)
    dialog = birds.dialog(QFileDialog)
    assert dialog.windowTitle() == title
    assert dialog.labelText(QFileDialog.DialogLabel.Accept) == title.replace(" pictures", "")
    click(birds, "heron")  # the dialog has said it: what is chosen meanwhile counts for the next
    dialog.filesSelected.emit([str(new)])
    dialog.reject()
    birds.wait(lambda: "new.jpg" in birds.names())
    birds.wait(lambda: birds.counts() == {"heron": heron, "stork": 0})
