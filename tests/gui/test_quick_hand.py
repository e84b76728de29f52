"""A hand that types faster than the database answers: each label is on the picture it was given."""

import threading

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.gui.common.tasks import Lane, Task
from tests.support.program import make_pictures

CTRL = Qt.KeyboardModifier.ControlModifier
NO_KEY = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def birds(window, tmp_path):
    """Twelve pictures and two labels; the first picture is selected among the unlabeled ones."""
    make_pictures(tmp_path / "birds", [f"{number:02}.jpg" for number in range(12)])
    window.open(parse_address(str(tmp_path / "birds"), None))
    for name in ("heron", "stork"):
        window.add_label(name)
    window.do("tab_unlabeled")
    window.wait(lambda: not window.app.runner.is_busy)
    grid = window.app.project_widgets.grid
    grid.set_current(int(grid.ids[0]))
    return window


def hold_database(window):
    """Keep the database from answering until the event that is returned is set."""
    go_on = threading.Event()
    window.app.runner.run(Task(window.app, lambda _task: go_on.wait(), lane=Lane.DATABASE))
    return go_on


def labeled(window):
    workspace = window.app.project.workspace
    names = {row.label.id: row.label.name for row in workspace.labels.labels()}
    ids = workspace.labels.labeled_ids()
    carried = workspace.labels.labels_of(ids)
    rows = workspace.index.rows(ids)  # what carries no label was given another meanwhile
    return {row.key: names[carried[row.id][0]] for row in rows if carried[row.id]}


def selected(window):
    ids = window.app.project_widgets.grid.selected_ids()
    return [row.key for row in window.app.project.workspace.index.rows(ids)]


def test_each_key_labels_the_next_picture_before_the_database_answers(birds):
    go_on = hold_database(birds)
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_1, Qt.Key.Key_2):
        birds.press(key)
    assert selected(birds) == ["04.jpg"]
    go_on.set()
    birds.wait(lambda: len(labeled(birds)) == 4 and len(birds.names()) == 8)
    assert labeled(birds) == {
        "00.jpg": "heron",
        "01.jpg": "stork",
        "02.jpg": "heron",
        "03.jpg": "stork",
    }
    assert selected(birds) == ["04.jpg"]


def test_a_key_that_is_held_labels_one_picture(birds):
    grid = birds.app.project_widgets.grid
    grid.setFocus()
    birds.press(Qt.Key.Key_1)
    for _ in range(10):
        repeat = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1, NO_KEY, "1", autorep=True)
        QApplication.sendEvent(grid, repeat)
    birds.wait(lambda: not birds.app.runner.is_busy)
    assert labeled(birds) == {"00.jpg": "heron"}


def test_the_key_after_an_undo_labels_what_came_back(birds):
    birds.press(Qt.Key.Key_2)
    birds.wait(lambda: not birds.app.runner.is_busy)
    go_on = hold_database(birds)
    birds.press(Qt.Key.Key_Z, CTRL)
    birds.press(Qt.Key.Key_1)
    go_on.set()
    birds.wait(lambda: labeled(birds) == {"00.jpg": "heron"})
    birds.wait(lambda: selected(birds) == ["01.jpg"])


def test_an_undo_selects_all_that_it_changed(birds):
    birds.do("select_all")
    birds.press(Qt.Key.Key_1)
    birds.wait(lambda: len(labeled(birds)) == 12)
    birds.press(Qt.Key.Key_Z, CTRL)
    birds.wait(lambda: len(selected(birds)) == 12)
    assert labeled(birds) == {}


def test_pictures_whose_label_was_refused_come_back(birds):
    def refuse(_workspace):
        raise Failed("not now")

    birds.app.project.session.label(birds.app.project_widgets.grid.selected_ids(), refuse)
    assert len(birds.names()) == 11
    birds.wait(lambda: len(birds.names()) == 12)
    assert labeled(birds) == {}
