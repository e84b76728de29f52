"""Conflicts, histories, labels as of a moment, and other people, in the window."""

from threading import Event

import pytest
from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import QDateTimeEdit, QPushButton, QTabBar

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.history.as_of_dialog import AsOfDialog
from cloudanno_desktop.gui.history.history_dialog import HistoryDialog
from cloudanno_desktop.gui.window.images_page import ImagesTab
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.labels.query import Query
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.support.program import button, make_pictures, rows_of, text_of

LONG_S = 60


@pytest.fixture
def disputed(window, tmp_path):
    """Ada, in the window, and Bob, elsewhere, labeled the first two of three pictures apart."""
    folder = tmp_path / "birds"
    make_pictures(folder, ["a.jpg", "b.jpg", "c.jpg"])
    address = parse_address(str(folder), None)
    window.open(address)
    for name in ("heron", "stork"):
        window.add_label(name)
    synchronise(window)
    with Workspace.open(address, Settings(author="Bob")) as other:
        other.refresh()
        other.synchronise()
        give(window, "heron", "a.jpg", "b.jpg")
        ids = list(other.index.ids_of(["a.jpg", "b.jpg"]).values())
        other.apply(Assign((other.label_named("stork").id,), ids))
        other.synchronise()
    synchronise(window)
    window.app.project.session.note_outside_change()
    window.wait(
        lambda: window.app.project_widgets.images.findChild(QTabBar).isTabVisible(
            ImagesTab.CONFLICTS
        )
    )
    return window


def synchronise(window):
    window.app.project.sync_controller.synchronise()
    window.wait(lambda: not window.app.runner.is_busy)


def give(window, name, *keys):
    index = window.app.project.workspace.index
    window.app.project_widgets.grid.select_ids([index.id_of(key) for key in keys])
    window.app.project.labels.label_controller.toggle(
        window.label_id(name), window.app.project_widgets.grid.selected_ids()
    )
    window.wait(lambda: not window.app.runner.is_busy)


def chips(window, name):
    index = window.app.project.workspace.index
    (cell,) = window.app.project.session.cells([index.id_of(name)])
    return {chip.text for chip in cell.chips}


def test_conflicts_show_both_labels_and_one_press_settles_one(disputed):
    bar = disputed.app.project_widgets.images.findChild(QTabBar)
    assert bar.tabText(ImagesTab.CONFLICTS) == "Conflicts  2"
    disputed.do("tab_conflicts")
    disputed.wait(lambda: disputed.names() == ["a.jpg", "b.jpg"])
    assert chips(disputed, "a.jpg") == {"heron", "stork"}

    grid = disputed.app.project_widgets.grid
    grid.set_current(int(grid.ids[0]))
    conflict_bar = disputed.app.project_widgets.images.conflict_bar
    disputed.wait(lambda: conflict_bar.findChild(QPushButton, "stork") is not None)
    conflict_bar.findChild(QPushButton, "stork").click()
    disputed.wait(lambda: disputed.names() == ["b.jpg"])
    assert chips(disputed, "a.jpg") == {"stork"}
    assert grid.current_id == int(grid.ids[0])

    disputed.press(Qt.Key.Key_1)
    disputed.wait(lambda: disputed.names() == [])
    assert chips(disputed, "b.jpg") == {"heron"}
    assert disputed.counts() == {"heron": 1, "stork": 1}


def test_all_shown_conflicts_are_kept_as_they_show(disputed):
    before = disputed.counts()
    disputed.do("tab_conflicts")
    disputed.wait(lambda: len(disputed.names()) == 2)
    button(disputed.app.project_widgets.images.conflict_bar, "Keep first label of all").click()
    disputed.wait(lambda: disputed.names() == [])
    assert disputed.counts() == before
    assert disputed.app.project.workspace.labels.conflicts() == []


def test_the_status_bar_says_who_else_works_here(disputed):
    status = disputed.app.window.status
    disputed.app.project.labels.history_controller.show_collaborators()
    disputed.wait(lambda: text_of(status, "people").startswith("1 other user, active"))


def test_the_history_of_a_picture_says_who_did_what(disputed):
    grid = disputed.app.project_widgets.grid
    disputed.app.window.set_filter("a.jpg")
    disputed.wait(lambda: disputed.names() == ["a.jpg"])
    grid.set_current(int(grid.ids[0]))
    disputed.press(Qt.Key.Key_H)
    dialog = disputed.dialog(HistoryDialog)
    disputed.wait(lambda: len(rows_of(dialog)) == 2)
    assert {row[2] for row in rows_of(dialog)} == {"set “heron” (2)", "set “stork” (2)"}
    assert "Bob" in {row[1] for row in rows_of(dialog)}


def test_the_history_of_a_label_begins_with_its_making(disputed):
    disputed.app.project_widgets.sidebar.rename_requested.emit(disputed.label_id("heron"), "egret")
    disputed.wait(lambda: "egret" in disputed.counts())
    disputed.label_list().select_label(disputed.label_id("egret"))
    disputed.do("label_history")
    dialog = disputed.dialog(HistoryDialog)
    disputed.wait(lambda: len(rows_of(dialog)) >= 3)
    assert rows_of(dialog)[0][2] == "renamed the label to “egret”"
    assert rows_of(dialog)[-1][2] == "created the label “heron”"


def test_labels_as_of_a_moment_are_compared_and_brought_back(window, project):
    window.open(parse_address(str(project), None))
    window.add_label("heron")
    give(window, "heron", "a.jpg", "b.jpg")
    then = QDateTime.currentDateTime()
    window.wait(lambda: QDateTime.currentDateTime() > then.addSecs(1))  # a moment is a second long
    give(window, "heron", "a.jpg")
    window.add_label("stork")

    window.do("labels_as_of")
    dialog = window.dialog(AsOfDialog)
    dialog.findChild(QDateTimeEdit).setDateTime(then)
    button(dialog, "Show").click()
    window.wait(button(dialog, "Restore").isEnabled)
    assert rows_of(dialog) == [("heron", "2", "1"), ("stork", "0", "0")]
    assert text_of(dialog, "note").startswith("1 picture")
    button(dialog, "Restore").click()
    window.wait(lambda: window.counts() == {"heron": 2})
    window.do("undo")
    window.wait(lambda: window.counts() == {"heron": 1, "stork": 0})


def test_conflicts_that_a_dropped_search_found_are_found_again(disputed, monkeypatch):
    session, labels = disputed.app.project.session, disputed.app.project.workspace.labels
    read, is_read, may_go_on = type(labels).conflicts, Event(), Event()

    def slowly(store):
        found = read(store)
        is_read.set()
        assert may_go_on.wait(LONG_S)
        return found

    monkeypatch.setattr(type(labels), "conflicts", slowly)
    session.conflicts = {}
    session.note_outside_change()
    session.select(Query(), lambda _: None)  # replaced before it is done
    assert is_read.wait(LONG_S)
    session.select(Query(), lambda _: None)
    may_go_on.set()

    disputed.wait(lambda: len(session.conflicts) == 2)


def test_a_card_shows_the_label_that_settled_its_conflict(disputed):
    disputed.add_label("kite")
    grid = disputed.app.project_widgets.grid
    grid.set_current(disputed.app.project.workspace.index.id_of("a.jpg"))
    disputed.press(Qt.Key.Key_3)
    disputed.wait(lambda: chips(disputed, "a.jpg") == {"kite"})
    assert chips(disputed, "b.jpg") == {"heron", "stork"}


def test_pictures_that_changed_stand_beside_the_conflicts_until_one_act(window, tmp_path):
    folder = tmp_path / "birds"
    make_pictures(folder, ["a.jpg", "b.jpg", "c.jpg"])
    window.open(parse_address(str(folder), None))
    window.add_label("heron")
    give(window, "heron", "a.jpg", "b.jpg")
    (folder / "a.jpg").write_bytes((folder / "c.jpg").read_bytes())
    (folder / "b.jpg").rename(folder / "d.jpg")
    window.do("refresh")
    tabs = window.app.project_widgets.images.findChild(QTabBar)
    window.wait(lambda: tabs.isTabVisible(ImagesTab.CONFLICTS))
    window.do("tab_conflicts")
    window.wait(lambda: window.names() == ["a.jpg"])
    bar = window.app.project_widgets.images.conflict_bar

    window.wait(lambda: button(bar, "Label as before").isVisible())
    button(bar, "Label as before").click()
    window.wait(lambda: window.counts() == {"heron": 2})
    button(bar, "Keep labels").click()
    window.wait(lambda: window.names() == [])
    assert window.counts() == {"heron": 2}
    assert not button(bar, "Keep labels").isVisible()
    window.do("undo")
    window.wait(lambda: window.names() == ["a.jpg"])
