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
def multi_label(window, project):
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
    mime = images_mime(window.app.project_widgets.grid.ids[:1].tolist())
    drop(window.label_list(), window.row_center(name), mime, modifiers)


def reported(window):
    messages = []
    window.app.messages.shown.connect(lambda message: messages.append(message.text))
    return messages


def test_the_choice_is_kept_in_the_bucket_and_shown_when_the_project_opens_again(
    multi_label, project
):
    kept = json.loads((project / "_cloudanno" / "project.json").read_text())
    assert kept["multi_label"] is True
    assert action(multi_label).isChecked()

    multi_label.app.close_project()
    multi_label.wait(lambda: multi_label.app.project is None)
    action(multi_label).setChecked(False)
    multi_label.open(parse_address(str(project), None))
    assert action(multi_label).isChecked()


def test_a_drag_adds_a_label_and_with_ctrl_replaces_all(multi_label):
    drop_on(multi_label, "heron")
    drop_on(multi_label, "stork")
    multi_label.wait(lambda: multi_label.counts() == {"heron": 1, "stork": 1})
    drop_on(multi_label, "heron", CTRL)
    multi_label.wait(lambda: multi_label.counts() == {"heron": 1, "stork": 0})


def test_number_keys_give_and_take_each_label_by_itself(multi_label):
    multi_label.app.project_widgets.grid.select_all()
    multi_label.press(Qt.Key.Key_1)
    multi_label.press(Qt.Key.Key_2)
    multi_label.wait(lambda: multi_label.counts() == {"heron": 4, "stork": 4})
    multi_label.press(Qt.Key.Key_1)
    multi_label.wait(lambda: multi_label.counts() == {"heron": 0, "stork": 4})
    multi_label.press(Qt.Key.Key_Z, CTRL)
    multi_label.wait(lambda: multi_label.counts() == {"heron": 4, "stork": 4})


@pytest.fixture
def copying(multi_label):
    """Four pictures that carry both labels."""
    multi_label.app.project_widgets.grid.select_all()
    multi_label.press(Qt.Key.Key_1)
    multi_label.press(Qt.Key.Key_2)
    multi_label.wait(lambda: multi_label.counts() == {"heron": 4, "stork": 4})
    return multi_label


def reply(window, text):
    question = window.dialog(SingleQuestion)
    assert "4 pictures with more than one label" in question.text()
    next(button for button in question.buttons() if button.text() == text).click()


def test_who_wants_one_label_is_told_first_how_many_pictures_lose_labels(copying):
    action(copying).trigger()
    reply(copying, "Cancel")

    copying.wait(lambda: action(copying).isChecked())
    assert is_multi(copying)
    assert copying.counts() == {"heron": 4, "stork": 4}


def test_the_pictures_with_several_labels_can_be_looked_at_first(copying):
    copying.app.project_widgets.grid.clear_selection()
    action(copying).trigger()
    reply(copying, "Show the pictures")

    copying.wait(lambda: copying.app.project_widgets.grid.selected_count == 4)
    assert is_multi(copying)


def test_with_one_label_each_picture_keeps_the_first_of_the_list(copying):
    messages = reported(copying)
    action(copying).trigger()
    reply(copying, "Keep the first label")

    copying.wait(lambda: not is_multi(copying) and not copying.app.runner.is_busy)
    assert not action(copying).isChecked()
    assert copying.counts() == {"heron": 4, "stork": 0}
    copying.do("undo")
    copying.wait(lambda: any("Allow several labels" in text for text in messages))
    choose(copying)
    copying.do("undo")
    copying.wait(lambda: copying.counts() == {"heron": 4, "stork": 4})


def test_no_question_where_nothing_is_lost(multi_label):
    drop_on(multi_label, "heron")
    multi_label.wait(lambda: multi_label.counts() == {"heron": 1, "stork": 0})
    choose(multi_label)
    assert not action(multi_label).isChecked()
    drop_on(multi_label, "stork")
    multi_label.wait(lambda: multi_label.counts() == {"heron": 0, "stork": 1})
