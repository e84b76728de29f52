"""Merge, split, order, delete, mark, label by folder and by a list: by mouse and by keys."""

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QPlainTextEdit, QPushButton, QTabBar

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.grid.mime import label_mime
from cloudanno_desktop.gui.labels.delete_dialog import DeleteLabelDialog
from cloudanno_desktop.gui.labels.folder_labels_dialog import FolderLabelsDialog
from cloudanno_desktop.gui.labels.label_choice import LabelChoice
from cloudanno_desktop.gui.labels.merge_dialog import MergeDialog, MergeQuestion
from cloudanno_desktop.gui.labels.paste_dialog import PasteDialog
from cloudanno_desktop.gui.labels.rules_dialog import RulesDialog
from cloudanno_desktop.gui.labels.split_dialog import SplitDialog
from cloudanno_desktop.gui.labels.tag_picker import TagPicker
from cloudanno_desktop.gui.labels.trash_dialog import TrashDialog
from cloudanno_desktop.gui.window.filter_box import FilterHelp
from cloudanno_desktop.gui.window.images_page import ImagesTab
from cloudanno_desktop.labels.naming_rules import RuleProfile
from cloudanno_desktop.settings import load_settings
from tests.support.dropping import drop
from tests.support.program import button, make_pictures, rows_of, text_of

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def birds(window, project):
    """Four pictures; the first two are herons."""
    window.open(parse_address(str(project), None))
    for name in ("heron", "stork", "kite"):
        window.add_label(name)
    select(window, "a.jpg", "b.jpg")
    window.press(Qt.Key.Key_1)
    window.wait(lambda: window.counts()["heron"] == 2)
    return window


def select(window, *names):
    index = window.app.project.workspace.index
    window.app.project_widgets.grid.select_ids([index.id_of(name) for name in names])


def names(window):
    return [row.label.name for row in window.app.project.session.labels()]


def press_on(window, name, key, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press a key while a label of the sidebar has the focus."""
    view = window.label_list()
    view.setFocus()
    view.select_label(window.label_id(name))
    window.qtbot.keyClick(view, key, modifiers)


def undo(window):
    window.do("undo")  # a closed dialog stays the active window offscreen, so no key arrives


def chips(window, name):
    index = window.app.project.workspace.index
    (cell,) = window.app.project.session.cells([index.id_of(name)])
    return [chip.text for chip in cell.chips]


def test_a_label_dropped_on_another_counts_as_it_after_a_question(birds):
    mime = label_mime(birds.label_id("heron"))
    drop(birds.label_list(), birds.row_center("stork"), mime)
    question = birds.dialog(MergeQuestion)
    assert "Merge “heron” into “stork”?" in question.text()
    assert "2 pictures" in question.informativeText()
    question.defaultButton().click()
    birds.wait(lambda: birds.counts() == {"stork": 2, "kite": 0})
    undo(birds)
    birds.wait(lambda: birds.counts() == {"heron": 2, "stork": 0, "kite": 0})


def test_a_label_without_pictures_is_merged_without_a_question(birds):
    mime = label_mime(birds.label_id("kite"))
    drop(birds.label_list(), birds.row_center("stork"), mime)
    birds.wait(lambda: birds.counts() == {"heron": 2, "stork": 0})


def test_labels_are_merged_by_keys_alone(birds):
    press_on(birds, "heron", Qt.Key.Key_M)
    dialog = birds.dialog(MergeDialog)
    birds.qtbot.keyClicks(dialog.focusWidget(), "ki")
    birds.qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    birds.wait(lambda: birds.counts() == {"stork": 0, "kite": 2})


def test_a_label_dropped_between_others_stands_there(birds):
    below = birds.row_center("kite") + QPoint(0, birds.label_list().sizeHintForRow(0) // 2 - 1)
    drop(birds.label_list(), below, label_mime(birds.label_id("heron")))
    birds.wait(lambda: names(birds) == ["stork", "kite", "heron"])
    undo(birds)
    birds.wait(lambda: names(birds) == ["heron", "stork", "kite"])


def test_labels_are_ordered_by_keys_and_stay_selected(birds):
    press_on(birds, "heron", Qt.Key.Key_Down, ALT)
    birds.wait(lambda: names(birds) == ["stork", "heron", "kite"])
    assert birds.app.project_widgets.sidebar.current_label() == birds.label_id("heron")
    press_on(birds, "heron", Qt.Key.Key_Down, ALT)
    birds.wait(lambda: names(birds) == ["stork", "kite", "heron"])
    press_on(birds, "kite", Qt.Key.Key_Up, ALT)
    birds.wait(lambda: names(birds) == ["kite", "stork", "heron"])
    select(birds, "c.jpg")
    birds.press(Qt.Key.Key_1)
    birds.wait(lambda: birds.counts()["kite"] == 1)


def test_only_the_label_is_deleted(birds):
    press_on(birds, "heron", Qt.Key.Key_Delete)
    dialog = birds.dialog(DeleteLabelDialog)
    birds.qtbot.keyClick(button(dialog, "Only the label"), Qt.Key.Key_Return)
    birds.wait(lambda: names(birds) == ["stork", "kite"])
    assert len(birds.names()) == 4
    undo(birds)
    birds.wait(lambda: birds.counts() == {"heron": 2, "stork": 0, "kite": 0})


def test_a_label_is_deleted_with_the_pictures_that_have_only_it(birds, project):
    press_on(birds, "heron", Qt.Key.Key_Delete)
    dialog = birds.dialog(DeleteLabelDialog)
    button(dialog, "The label, and remove").click()
    button(dialog, "Delete").click()
    birds.wait(lambda: birds.names() == ["c.jpg", "d.png"])
    assert (project / "a.jpg").exists()

    birds.do("trash")
    trash = birds.dialog(TrashDialog)
    birds.wait(button(trash, "Put").isEnabled)
    button(trash, "Put").click()
    birds.wait(lambda: len(birds.names()) == 4)


def test_the_files_are_deleted_only_after_their_number_was_typed(birds, project):
    press_on(birds, "heron", Qt.Key.Key_Delete)
    dialog = birds.dialog(DeleteLabelDialog)
    button(dialog, "The label, and delete").click()
    assert not button(dialog, "Delete").isEnabled()
    birds.qtbot.keyClicks(dialog.findChild(QLineEdit), "3")
    assert not button(dialog, "Delete").isEnabled()
    dialog.findChild(QLineEdit).clear()
    birds.qtbot.keyClicks(dialog.findChild(QLineEdit), "2")
    button(dialog, "Delete").click()
    birds.wait(lambda: birds.names() == ["c.jpg", "d.png"] and names(birds) == ["stork", "kite"])
    birds.wait(lambda: not (project / "a.jpg").exists())
    birds.wait(lambda: not birds.app.runner.is_busy)

    restore(birds)
    birds.wait(lambda: birds.counts() == {"heron": 2, "stork": 0, "kite": 0})
    assert (project / "a.jpg").exists()


def restore(window):
    window.do("trash")
    trash = window.dialog(TrashDialog)
    window.wait(button(trash, "Restore").isEnabled)
    button(trash, "Restore").click()


def test_deleted_pictures_come_back_from_the_trash_with_their_labels(birds, project):
    body = (project / "a.jpg").read_bytes()
    birds.do("unsure")
    birds.wait(lambda: chips(birds, "a.jpg") == ["heron", "not sure"])
    birds.press(Qt.Key.Key_Delete)
    delete_button(birds).click()
    birds.wait(lambda: birds.names() == ["c.jpg", "d.png"] and birds.counts()["heron"] == 0)
    assert not (project / "a.jpg").exists()

    restore(birds)
    birds.wait(lambda: birds.counts()["heron"] == 2 and len(birds.names()) == 4)
    assert (project / "a.jpg").read_bytes() == body
    assert chips(birds, "a.jpg") == ["heron", "not sure"]


def delete_button(window):
    found = []

    def is_there():
        buttons = window.app.window.findChildren(QPushButton)
        found[:] = [b for b in buttons if b.text() == "Delete" and b.isVisible()]
        return bool(found)

    window.wait(is_there)
    return found[0]


def test_the_trash_is_emptied_after_a_question(birds, project):
    birds.press(Qt.Key.Key_Delete)
    delete_button(birds).click()
    birds.wait(lambda: birds.names() == ["c.jpg", "d.png"] and not birds.app.runner.is_busy)

    birds.do("trash")
    trash = birds.dialog(TrashDialog)
    birds.wait(button(trash, "Restore").isEnabled)
    assert "2 files" in text_of(trash, "note")
    trash.empty_requested.emit()
    trash.accept()
    birds.wait(lambda: not list((project / "_cloudanno" / "trash").rglob("*0000*")))


def test_states_are_given_and_taken_by_keys_and_shown_as_chips(birds):
    select(birds, "c.jpg", "d.png")
    birds.press(Qt.Key.Key_S)
    birds.wait(lambda: chips(birds, "c.jpg") == ["skipped"])
    select(birds, "c.jpg")
    birds.press(Qt.Key.Key_U)
    birds.press(Qt.Key.Key_X)
    birds.press(Qt.Key.Key_V, SHIFT)
    shown = ["skipped", "not sure", "excluded", "always validation"]
    birds.wait(lambda: chips(birds, "c.jpg") == shown)
    birds.press(Qt.Key.Key_S)
    birds.press(Qt.Key.Key_A, SHIFT)
    birds.wait(lambda: chips(birds, "c.jpg") == ["not sure", "excluded"])
    birds.app.window.set_filter("unsure excluded")
    birds.wait(lambda: birds.names() == ["c.jpg"])


def test_skipped_pictures_are_passed_over_on_the_way_to_the_next_unlabeled(birds):
    select(birds, "c.jpg")
    birds.press(Qt.Key.Key_S)
    birds.wait(lambda: chips(birds, "c.jpg") == ["skipped"])
    birds.press(Qt.Key.Key_N)
    index = birds.app.project.workspace.index
    assert birds.app.project_widgets.grid.current_id == index.id_of("d.png")


def test_the_numbers_on_the_tabs_follow_the_filter(birds):
    bar = birds.app.project_widgets.images.findChild(QTabBar)
    birds.wait(lambda: bar.tabText(ImagesTab.LABELED) == "Labeled  2")
    birds.app.window.set_filter("-a.jpg")
    birds.wait(lambda: bar.tabText(ImagesTab.LABELED) == "Labeled  1")
    assert bar.tabText(ImagesTab.ALL) == "All  3"
    assert bar.tabText(ImagesTab.UNLABELED) == "Unlabeled  2"
    assert not bar.isTabVisible(ImagesTab.CONFLICTS)


def test_the_selection_gets_another_label_instead(birds):
    select(birds, "b.jpg", "c.jpg")
    birds.press(Qt.Key.Key_R, SHIFT)
    dialog = birds.dialog(SplitDialog)
    birds.qtbot.keyClicks(dialog.focusWidget(), "labeled")
    assert "reserved" in dialog.findChild(LabelChoice).problem
    dialog.findChild(LabelChoice).field.setEditText("")
    birds.qtbot.keyClicks(dialog.findChild(LabelChoice).field, "egret")
    birds.qtbot.keyClick(dialog.findChild(LabelChoice).field, Qt.Key.Key_Return)
    birds.wait(lambda: birds.counts() == {"heron": 1, "stork": 0, "kite": 0, "egret": 1})
    undo(birds)
    birds.wait(lambda: birds.counts() == {"heron": 2, "stork": 0, "kite": 0})


def test_folders_of_an_unlabeled_project_are_offered_as_labels_once(window, tmp_path):
    folder = tmp_path / "sorted"
    for name in ("heron", "stork"):
        make_pictures(folder / name, ["a.jpg"])
    window.open(parse_address(str(folder), None))
    offer = "Are the names of your folders labels?"
    window.wait(lambda: window.app.messages.text == offer)
    button(window.app.messages, "Label by folder").click()
    dialog = window.dialog(FolderLabelsDialog)
    window.wait(lambda: len(rows_of(dialog)) == 2)
    dialog.reject()
    window.do("refresh")
    window.wait(lambda: not window.app.runner.is_busy)
    assert window.app.messages.text == ""


def test_folders_are_not_offered_where_there_are_labels_or_none_lie_in_folders(window, tmp_path):
    make_pictures(tmp_path / "flat", ["a.jpg"])
    make_pictures(tmp_path / "one" / "heron", ["a.jpg"])
    for name in ("flat", "one"):
        window.open(parse_address(str(tmp_path / name), None))
        assert window.app.messages.text == ""


def test_pictures_get_the_names_of_their_folders(window, tmp_path):
    folder = tmp_path / "sorted"
    for name in ("owl", "all"):
        make_pictures(folder / name, [f"{name}{n}.jpg" for n in range(2)])
    window.open(parse_address(str(folder), None))
    window.do("label_by_folder")
    dialog = window.dialog(FolderLabelsDialog)
    window.wait(button(dialog, "Label").isEnabled)
    assert "2 pictures" in text_of(dialog, "summary")
    window.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    window.wait(lambda: window.counts() == {"owl": 2})
    undo(window)
    window.wait(lambda: window.counts() == {})


def test_a_pasted_list_is_labeled_and_says_what_it_lacks(birds):
    birds.do("paste_keys")
    dialog = birds.dialog(PasteDialog)
    dialog.findChild(QPlainTextEdit, "list").setPlainText(
        '"c.jpg"\r\ns3://birds/d.png\nnowhere.jpg\n'
    )
    birds.wait(lambda: "2 pictures found" in text_of(dialog, "summary"))
    assert text_of(dialog, "left-out") == "nowhere.jpg"
    assert not button(dialog, "Label").isEnabled()
    birds.qtbot.keyClicks(dialog.findChild(LabelChoice).field, "stork")
    button(dialog, "Label").click()
    birds.wait(lambda: birds.counts() == {"heron": 2, "stork": 2, "kite": 0})


def test_rules_for_names_hold_while_a_name_is_typed(birds, project):
    birds.do("label_rules")
    dialog = birds.dialog(RulesDialog)
    button(dialog, "Custom").click()
    dialog.findChild(QLineEdit).setText("(a+)+")
    assert "group" in text_of(dialog, "meaning")
    assert not button(dialog, "Apply").isEnabled()
    dialog.findChild(QLineEdit).setText("[a-z]{4,5}|kite")
    assert text_of(dialog, "meaning") == "All label names follow these rules."
    dialog.findChild(QLineEdit).setText("[a-z]{5}")
    assert "“kite”" in text_of(dialog, "meaning")
    button(dialog, "Apply").click()
    labels = birds.app.project.workspace.labels
    birds.wait(lambda: labels.project.profile is RuleProfile.CUSTOM)
    assert (
        json.loads((project / "_cloudanno" / "project.json").read_text())["pattern"] == "[a-z]{5}"
    )

    sidebar = birds.app.project_widgets.sidebar
    sidebar.start_new_label()
    birds.qtbot.keyClicks(sidebar.findChild(QLineEdit, "new-label"), "ow")
    assert "pattern" in text_of(sidebar, "name-problem")
    birds.qtbot.keyClicks(sidebar.findChild(QLineEdit, "new-label"), "let")
    assert text_of(sidebar, "name-problem") == ""


def test_a_bad_name_is_refused_while_a_label_is_renamed(birds):
    press_on(birds, "stork", Qt.Key.Key_F2)
    editor = birds.label_list().viewport().findChild(QLineEdit)
    editor.selectAll()
    birds.qtbot.keyClicks(editor, "heron")
    assert "already" in text_of(birds.app.project_widgets.sidebar, "name-problem")
    editor.selectAll()
    birds.qtbot.keyClicks(editor, "egret")
    assert text_of(birds.app.project_widgets.sidebar, "name-problem") == ""
    birds.qtbot.keyClick(editor, Qt.Key.Key_Return)
    birds.wait(lambda: names(birds) == ["heron", "egret", "kite"])


def test_a_label_stands_for_none_of_the_above(birds):
    birds.label_list().select_label(birds.label_id("kite"))
    birds.do("negative_label")
    birds.wait(lambda: birds.app.project_widgets.sidebar.label_at(2).label.negative)
    text = birds.label_list().model().index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "none of the above" in text
    undo(birds)
    birds.wait(lambda: not birds.app.project_widgets.sidebar.label_at(2).label.negative)


def test_pictures_are_taken_out_of_the_project_and_undo_brings_them_back(birds):
    birds.press(Qt.Key.Key_X, SHIFT)
    birds.wait(lambda: birds.names() == ["c.jpg", "d.png"])
    undo(birds)
    birds.wait(lambda: len(birds.names()) == 4)
    assert birds.counts()["heron"] == 2


def test_a_new_label_is_not_lost_when_the_window_closes_at_once(birds, project):
    birds.app.project.session.assign_new_label("owl", birds.app.project_widgets.grid.selected_ids())
    birds.app.close_project()
    birds.wait(lambda: birds.app.project is None)
    written = json.loads((project / "_annotations.json").read_text())["annotations"]
    assert written == {"a.jpg": [{"label": "owl"}], "b.jpg": [{"label": "owl"}]}


def test_filters_are_saved_and_offered_again(birds):
    box = birds.app.window.filter_box
    box.setText("label:heron -b.jpg")
    birds.wait(lambda: birds.names() == ["a.jpg"])
    entry(box, "Save this filter").trigger()
    assert load_settings().filters == ("label:heron -b.jpg",)
    box.clear()
    entry(box, "label:heron -b.jpg").trigger()
    birds.wait(lambda: birds.names() == ["a.jpg"])
    entry(box, "Remove this filter").trigger()
    assert load_settings().filters == ()


def entry(box, text):
    return next(action for action in box.saved_menu().actions() if action.text() == text)


def test_an_example_of_the_filter_help_is_typed_by_a_press(birds):
    box = birds.app.window.filter_box
    box.setText("a.jpg")
    box.show_help()
    helped = birds.dialog(FilterHelp)
    next(b for b in helped.findChildren(QPushButton) if b.text() == "unlabeled").click()
    assert box.text() == "a.jpg unlabeled"
    birds.wait(lambda: birds.names() == [])


def test_the_picker_offers_no_label_whose_name_is_refused(birds):
    birds.press(Qt.Key.Key_Return)
    picker = birds.dialog(TagPicker)
    field = picker.findChild(QLineEdit)
    birds.qtbot.keyClicks(field, "unlabeled")
    field.returnPressed.emit()  # offscreen a popup has no focus, so the key would go to the grid
    assert picker.isVisible()
    assert "reserved" in picker.findChild(QListWidget).item(0).text()
    field.clear()
    birds.qtbot.keyClicks(field, "egret")
    field.returnPressed.emit()
    birds.wait(lambda: birds.counts().get("egret") == 2)
