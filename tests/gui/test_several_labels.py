"""One label a picture or several, chosen in the menu, and what drags and keys then mean."""

import json

import pytest
from PySide6.QtCore import Qt

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.grid.mime import images_mime
from cloudanno_desktop.gui.labels.folder_question import SingleQuestion
from tests.support.dropping import drop

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def several(window, project):
    """Open a project with two labels where pictures may carry several."""
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    window.add_label("stork")
    choose(window)
    return window


def action(window):
    return window.app.window.actions_set["several_labels"]


def is_multi(window):
    return window.app.project.workspace.labels.project.multi_label


def choose(window):
    """Choose the menu's entry and wait until the other way holds."""
    before = is_multi(window)
    action(window).trigger()
    window.wait(lambda: is_multi(window) != before and not window.app.runner.is_busy)


def drop_on(window, name, modifiers=Qt.KeyboardModifier.NoModifier):
    mime = images_mime(window.app.desk.grid.ids[:1].tolist())
    drop(window.label_list(), window.row_center(name), mime, modifiers)


def told(window):
    messages = []
    window.app.messages.shown.connect(lambda message: messages.append(message.text))
    return messages


def test_the_choice_is_kept_in_the_bucket_and_shown_when_the_project_opens_again(several, project):
    kept = json.loads((project / "_cloudanno" / "project.json").read_text())
    assert kept["multi_label"] is True
    assert action(several).isChecked()

    several.app.close_project()
    several.wait(lambda: several.app.project is None)
    action(several).setChecked(False)
    several.open(parse_address(str(project), None))
    assert action(several).isChecked()


def test_a_drag_adds_a_label_and_with_ctrl_replaces_all(several):
    drop_on(several, "heron")
    drop_on(several, "stork")
    several.wait(lambda: several.counts() == {"heron": 1, "stork": 1})
    drop_on(several, "heron", CTRL)
    several.wait(lambda: several.counts() == {"heron": 1, "stork": 0})


def test_number_keys_give_and_take_each_label_by_itself(several):
    several.app.desk.grid.select_all()
    several.press(Qt.Key.Key_1)
    several.press(Qt.Key.Key_2)
    several.wait(lambda: several.counts() == {"heron": 4, "stork": 4})
    several.press(Qt.Key.Key_1)
    several.wait(lambda: several.counts() == {"heron": 0, "stork": 4})
    several.press(Qt.Key.Key_Z, CTRL)
    several.wait(lambda: several.counts() == {"heron": 4, "stork": 4})


@pytest.fixture
def carrying(several):
    """Four pictures that carry both labels."""
    several.app.desk.grid.select_all()
    several.press(Qt.Key.Key_1)
    several.press(Qt.Key.Key_2)
    several.wait(lambda: several.counts() == {"heron": 4, "stork": 4})
    return several


def answer(window, text):
    question = window.dialog(SingleQuestion)
    assert "4 pictures carry several labels" in question.text()
    next(button for button in question.buttons() if button.text() == text).click()


def test_who_wants_one_label_is_told_first_how_many_pictures_lose_labels(carrying):
    action(carrying).trigger()
    answer(carrying, "Cancel")

    carrying.wait(lambda: action(carrying).isChecked())
    assert is_multi(carrying)
    assert carrying.counts() == {"heron": 4, "stork": 4}


def test_the_pictures_with_several_labels_can_be_looked_at_first(carrying):
    carrying.app.desk.grid.clear_selection()
    action(carrying).trigger()
    answer(carrying, "Show the pictures")

    carrying.wait(lambda: carrying.app.desk.grid.selected_count == 4)
    assert is_multi(carrying)


def test_with_one_label_each_picture_keeps_the_first_of_the_list(carrying):
    messages = told(carrying)
    action(carrying).trigger()
    answer(carrying, "Keep the first label")

    carrying.wait(lambda: not is_multi(carrying) and not carrying.app.runner.is_busy)
    assert not action(carrying).isChecked()
    assert carrying.counts() == {"heron": 4, "stork": 0}
    carrying.do("undo")
    carrying.wait(lambda: any("Allow several labels" in text for text in messages))
    choose(carrying)
    carrying.do("undo")
    carrying.wait(lambda: carrying.counts() == {"heron": 4, "stork": 4})


def test_no_question_where_nothing_is_lost(several):
    drop_on(several, "heron")
    several.wait(lambda: several.counts() == {"heron": 1, "stork": 0})
    choose(several)
    assert not action(several).isChecked()
    drop_on(several, "stork")
    several.wait(lambda: several.counts() == {"heron": 0, "stork": 1})
