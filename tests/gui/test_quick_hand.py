"""A hand that types faster than the database answers: each label is on the picture it was given."""

import random
import threading

import pytest
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.gui.common.tasks import Lane, Task
from cloudanno_desktop.labels.image_states import State
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


def hold(window, key, *, is_known=True, times=9):
    """Press a key and repeat it as X11 does; Qt knows only some of these for repeats."""
    grid = window.app.project_widgets.grid
    window.press(key)
    for moment in range(700, 700 + 40 * times, 40):
        kinds = (QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride)
        release, press = (QKeyEvent(kind, key, NO_KEY, "", autorep=is_known) for kind in kinds)
        for event in (release, press):
            event.setTimestamp(moment)
            event.ignore()
            QApplication.sendEvent(grid, event)
        if not press.isAccepted():
            window.press(key)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_key_that_is_held_labels_one_picture(birds, is_known):
    hold(birds, Qt.Key.Key_1, is_known=is_known)
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


def test_an_undo_that_is_quicker_than_its_label_takes_it_back(birds):
    go_on = hold_database(birds)
    birds.press(Qt.Key.Key_1)
    birds.press(Qt.Key.Key_Z, CTRL)
    birds.press(Qt.Key.Key_2)
    go_on.set()
    birds.wait(lambda: labeled(birds) == {"00.jpg": "stork"})


def test_a_redo_that_is_quicker_than_its_undo_is_done(birds):
    birds.press(Qt.Key.Key_1)
    birds.wait(lambda: not birds.app.runner.is_busy)
    go_on = hold_database(birds)
    birds.press(Qt.Key.Key_Z, CTRL)
    birds.press(Qt.Key.Key_Y, CTRL)
    birds.press(Qt.Key.Key_2)
    go_on.set()
    birds.wait(lambda: labeled(birds) == {"00.jpg": "heron", "01.jpg": "stork"})


def test_skipping_after_an_undo_skips_what_came_back(birds):
    birds.press(Qt.Key.Key_1)
    birds.wait(lambda: not birds.app.runner.is_busy)
    go_on = hold_database(birds)
    birds.press(Qt.Key.Key_Z, CTRL)
    birds.press(Qt.Key.Key_S)
    go_on.set()
    birds.wait(lambda: not birds.app.runner.is_busy)
    workspace = birds.app.project.workspace
    (skipped,) = workspace.labels.ids_in(State.SKIPPED)
    assert workspace.index.id_of("00.jpg") == skipped


class QuickHand(QObject):
    """Types digits 30 to 200 ms apart, holds some, takes some back; notes what each was given."""

    def __init__(self, birds, keys, seed):
        super().__init__()
        self.birds = birds
        self.grid = birds.app.project_widgets.grid
        self.random = random.Random(seed)
        self.left = keys
        self.given = []  # (ids, name of the label), in the order of the acts
        self.undone = None

    def type(self):
        self.left -= 1
        if self.left % 6 == 0:  # the database answers after the next keys
            QTimer.singleShot(self.random.randint(0, 400), hold_database(self.birds).set)
        if self.given and self.random.random() < 0.2:
            self.undone, _label = self.given.pop()
            self.birds.press(Qt.Key.Key_Z, CTRL)
        else:
            self.label(self.random.randrange(2))
        if self.left:
            QTimer.singleShot(self.random.randint(30, 200), self, self.type)

    def label(self, place):
        seen = self.undone or self.grid.selected_ids().tolist()
        assert not any(set(seen) & set(ids) for ids, _label in self.given), "labeled already"
        self.given.append((seen, ("heron", "stork")[place]))
        self.undone = None
        is_known, times = self.random.choice(((True, 9), (False, 9), (True, 0), (True, 0)))
        hold(self.birds, Qt.Key(Qt.Key.Key_1 + place), is_known=is_known, times=times)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_quick_hand_typed_is_what_the_pictures_carry(window, tmp_path, seed):
    make_pictures(tmp_path / "birds", [f"{number:02}.jpg" for number in range(60)])
    window.open(parse_address(str(tmp_path / "birds"), None))
    for name in ("heron", "stork"):
        window.add_label(name)
    window.do("tab_unlabeled")
    window.wait(lambda: not window.app.runner.is_busy)
    hand = QuickHand(window, 40, seed)
    hand.grid.set_current(int(hand.grid.ids[10]))
    hand.type()
    window.wait(lambda: hand.left == 0 and not window.app.runner.is_busy)
    index = window.app.project.workspace.index
    given = {row.key: name for ids, name in hand.given for row in index.rows(ids)}
    assert labeled(window) == given
    assert len(window.names()) == 60 - len(given)
