"""A hand at the real window: ``python -m tests.support.soak FOLDER ACTS SEED TRAININGS``.

It types 30 to 200 ms apart, drags, undoes, filters, changes tabs, themes and projects, uploads,
trains, and pulls the network's plug. What each act says of labels is written down from what the
window shows at that moment. The program ends with 0 if at the end all labels are what the acts
said, no exception was raised, and the event loop never stood still for two seconds.
"""

import faulthandler
import os
import random
import sys
import threading
import time
import traceback
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer
from PIL import Image
from PySide6.QtCore import Qt, QTimer, qInstallMessageHandler
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.gui.browser.tree_model import TreeModel
from cloudanno_desktop.gui.grid.mime import images_mime, label_mime
from cloudanno_desktop.gui.labels.label_list import LabelList
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.support.dropping import drop, files_mime
from tests.support.faulty_service import faulty_service, reset

STANDSTILL_S, BEAT_MS, TICK_S = 2.0, 50, 0.1
PICTURES = 120
NAMES = ("apple", "kiwi", "lemon", '1/2" bolt', "stork")
WORDS = ("IMG_00", "label:kiwi", "unlabeled", "-label:apple", "size:>1", "nothing like it")
OPTIONS = TrainOptions(weights="none", backbone="mobilenet_v1_025", formats=("keras",))
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NO_KEY = Qt.KeyboardModifier.NoModifier
SETTLE_MS = 180_000


def say(line):
    os.write(1, f"{line}\n".encode())


class Watchdog(threading.Thread):
    """Ends the program with every thread's stack once the event loop has stood still.

    It counts its own turns, so that a computer that lets the whole program wait is not blamed.
    """

    def __init__(self):
        super().__init__(daemon=True, name="watchdog")
        self.beats = 0
        self.longest = 0

    def beat(self):
        self.beats += 1

    def run(self):
        seen, turns = -1, 0
        while True:
            time.sleep(TICK_S)
            turns = turns + 1 if self.beats == seen else 0
            seen = self.beats
            self.longest = max(self.longest, turns)
            if turns * TICK_S >= STANDSTILL_S:
                say("the event loop stood still")
                faulthandler.dump_traceback(all_threads=True)
                os._exit(3)


@dataclass
class Book:
    """What the acts say of one project: the label of each picture, and what can be undone."""

    labels: dict = field(default_factory=dict)  # label id by key of the picture
    undone: list = field(default_factory=list)
    done: list = field(default_factory=list)

    def write(self, change):
        """Note an edit that gives ``change``, label ids by key, to pictures."""
        self.done.append({key: (self.labels.get(key, ""), label) for key, label in change.items()})
        self.undone.clear()
        self.labels.update(change)

    def toggle(self, label, keys):
        takes_away = all(self.labels.get(key, "") == label for key in keys)
        self.write(dict.fromkeys(keys, "" if takes_away else label))

    def undo(self):
        if self.done:
            self.undone.append(self.done.pop())
            self.labels.update({key: old for key, (old, _new) in self.undone[-1].items()})

    def redo(self):
        if self.undone:
            self.done.append(self.undone.pop())
            self.labels.update({key: new for key, (_old, new) in self.done[-1].items()})

    def open_again(self):
        """Forget what can be undone, as the window does with a project that it closes."""
        self.done.clear()
        self.undone.clear()


class Hand:
    """Does one act after the other, each one when the pause after the one before is over."""

    def __init__(self, app, places, service, desk, seed):
        self.app, self.places, self.service, self.desk = app, places, service, desk
        self.random = random.Random(seed)
        self.books = {address.identity: Book() for address in places}
        self.here = None
        self.uploads = 0
        self.trainings = 0
        self.counts = {}
        self.acts = (
            (30, self.label_quickly),
            (14, self.press_digit),
            (10, self.walk),
            (7, self.select_some),
            (5, self.undo),
            (4, self.redo),
            (4, self.clear),
            (6, self.change_tab),
            (4, self.type_filter),
            (4, self.drop_label_on_picture),
            (4, self.drop_pictures_on_label),
            (3, self.mark),
            (3, self.next_unlabeled),
            (2, self.look),
            (2, self.change_theme),
            (2, self.change_size),
            (2, self.open_dialog),
            (2, self.refresh),
            (1, self.add_label),
            (1, self.upload),
            (1, self.switch_network),
            (1, self.open_project),
        )

    @property
    def grid(self):
        return self.app.project_widgets.grid

    @property
    def book(self):
        return self.books[self.here.identity]

    def script(self, acts, trainings):
        """Yield what to wait for after each step: milliseconds, or a condition."""
        yield from self.open_project()
        for number in range(acts):
            weights = [weight for weight, _act in self.acts]
            (act,) = self.random.choices([act for _weight, act in self.acts], weights)
            self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1
            yield from act()
            yield self.random.randint(20, 150)
            if trainings and number % (acts // trainings + 1) == acts // (trainings + 1):
                yield from self.train()
        self.service.heal()
        yield lambda: not self.app.runner.is_busy
        yield lambda: self.app.train_controller is None or not self.app.train_controller.is_training

    # what a hand does

    def key(self, key, modifiers=NO_KEY):
        QTest.keyClick(self.grid, key, modifiers)
        return self.random.randint(30, 200)

    def shown(self):
        """Return the keys of the pictures that the eye sees selected."""
        ids = self.grid.selected_ids().tolist()
        return [row.key for row in self.app.project.workspace.index.rows(ids)]

    def labels_on_show(self):
        sidebar = self.app.project_widgets.sidebar
        rows = (sidebar.label_at(position) for position in range(9))
        return [row.label for row in rows if row is not None]

    def press_digit(self):
        labels = self.labels_on_show()
        if not labels:
            return
        place = self.random.randrange(len(labels))
        keys = self.shown()
        if keys:
            self.book.toggle(labels[place].id, keys)
        yield self.key(Qt.Key.Key_1 + place)

    def label_quickly(self):
        """Label one unlabeled picture after the other, faster than any database answers."""
        self.do(Action.TAB_UNLABELED)
        yield 150
        yield lambda: not self.app.runner.is_busy
        self.grid.setFocus()
        yield self.key(Qt.Key.Key_Home)
        labeled = set()
        for _ in range(self.random.randint(2, 15)):
            keys = self.shown()
            again = labeled.intersection(keys)
            if again:
                raise AssertionError(f"the key for the next picture went to {again} again")
            if len(keys) == 1:
                labeled.update(keys)
            yield from self.press_digit()

    def walk(self):
        keys = (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_J)
        for _ in range(self.random.randint(1, 8)):
            yield self.key(self.random.choice(keys))

    def select_some(self):
        keys = (Qt.Key.Key_Right, Qt.Key.Key_Down)
        for _ in range(self.random.randint(1, 5)):
            yield self.key(self.random.choice(keys), SHIFT)

    def undo(self):
        self.book.undo()
        yield self.key(Qt.Key.Key_Z, CTRL)

    def redo(self):
        self.book.redo()
        yield self.key(Qt.Key.Key_Z, CTRL | SHIFT)

    def clear(self):
        keys = self.shown()
        if keys:
            self.book.write(dict.fromkeys(keys, ""))
        yield self.key(Qt.Key.Key_Backspace)

    def change_tab(self):
        self.do(self.random.choice((Action.TAB_ALL, Action.TAB_ALL, Action.TAB_LABELED)))
        yield self.random.randint(30, 300)

    def type_filter(self):
        box = self.app.window.filter_box.findChild(QLineEdit) or self.app.window.filter_box
        box.setFocus()
        for letter in self.random.choice(WORDS):
            QTest.keyClick(box, letter)
            yield self.random.randint(30, 200)
        yield self.random.randint(50, 500)
        box.clear()
        self.grid.setFocus()

    def drop_label_on_picture(self):
        labels, point = self.labels_on_show(), self.picture_point()
        if not labels or point is None:
            return
        label = self.random.choice(labels)
        position, at = point
        image_id = int(self.grid.ids[position])
        ids = self.grid.selected_ids().tolist()
        onto = ids if image_id in ids else [image_id]
        keys = [row.key for row in self.app.project.workspace.index.rows(onto)]
        self.book.write(dict.fromkeys(keys, label.id))
        drop(self.grid, at, label_mime(label.id))
        yield self.random.randint(30, 200)

    def drop_pictures_on_label(self):
        labels, keys = self.labels_on_show(), self.shown()
        if not labels or not keys:
            return
        label = self.random.choice(labels)
        mime = images_mime(self.grid.selected_ids().tolist())
        view = self.label_list()
        self.book.write(dict.fromkeys(keys, label.id))
        drop(view, view.visualRect(self.row_of(label)).center(), mime)
        yield self.random.randint(30, 200)

    def mark(self):
        key = self.random.choice((Qt.Key.Key_S, Qt.Key.Key_U, Qt.Key.Key_X))
        if self.shown():
            self.book.write({})
        yield self.key(key)

    def next_unlabeled(self):
        yield self.key(Qt.Key.Key_N)

    def look(self):
        self.do(Action.QUICK_LOOK)
        yield self.random.randint(50, 600)
        self.close_dialogs()

    def change_theme(self):
        self.app.theme.choose(self.random.choice(("light", "dark")))
        yield 50

    def change_size(self):
        self.do(self.random.choice((Action.LARGER, Action.SMALLER)))
        yield 50

    def open_dialog(self):
        actions = (
            Action.SHORTCUTS,
            Action.SETTINGS,
            Action.TRASH,
            Action.ABOUT,
            Action.LABEL_RULES,
        )
        self.do(self.random.choice(actions))
        yield self.random.randint(50, 800)
        self.close_dialogs()

    def refresh(self):
        self.do(Action.REFRESH)
        yield 50

    def add_label(self):
        names = [name for name in NAMES if name not in [x.name for x in self.labels_on_show()]]
        yield lambda: not self.app.runner.is_busy
        if names:
            self.book.write({})
            self.app.project_widgets.sidebar.label_requested.emit(names[0])
            yield lambda: names[0] in [label.name for label in self.labels_on_show()]

    def upload(self):
        """Drop a picture from the desktop on a label, and wait until it is there and labeled."""
        labels = self.labels_on_show()
        if not labels or self.service.plan:
            return
        yield lambda: not self.app.runner.is_busy
        label = self.random.choice(labels)
        self.uploads += 1
        path = self.desk / f"new_{self.uploads:04}.jpg"
        draw(path, self.uploads)
        view = self.label_list()
        self.book.write({path.name: label.id})
        drop(view, view.visualRect(self.row_of(label)).center(), files_mime([path]))
        yield lambda: self.is_labeled(path.name, label.id) and not self.app.runner.is_busy

    def switch_network(self):
        if self.service.plan:
            self.service.heal()
        else:
            self.service.fails(reset)
        yield 50

    def open_project(self):
        others = [address for address in self.places if address is not self.here]
        address = self.random.choice(others)
        if not address.is_folder:
            self.service.heal()
        project = self.app.project
        self.app.project_opener.open(address)
        yield lambda: self.app.project not in {None, project}
        self.here = address
        self.book.open_again()
        yield lambda: len(self.grid.ids) >= PICTURES
        while len(self.labels_on_show()) < 2:
            yield from self.add_label()
        self.do(Action.TAB_ALL)
        self.grid.setFocus()

    def train(self):
        controller = self.app.train_controller
        if controller is not None:
            controller.train(OPTIONS)
            self.trainings += 1
        yield 200

    # what a hand needs

    def do(self, action):
        self.app.window.actions_set[action].trigger()

    def close_dialogs(self):
        for dialog in self.app.window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()
        self.app.window.activateWindow()
        self.grid.setFocus()

    def label_list(self):
        return self.app.project_widgets.sidebar.findChild(LabelList)

    def row_of(self, label):
        return self.label_list().model().index_of(label.id)

    def is_labeled(self, key, label):
        workspace = self.app.project.workspace
        image_id = workspace.index.ids_of([key]).get(key, 0)
        return workspace.labels.labels_of([image_id]).get(image_id) == (label,)

    def picture_point(self):
        """Return a picture that is in sight, as its position and the middle of its cell."""
        first, end = self.grid.visible_range()
        if first >= end:
            return None
        position = self.random.randrange(first, end)
        return position, self.grid.cell_rect(position).center()


class Run:
    """Drives a hand's script from the event loop, and ends the program with what was found."""

    def __init__(self, application, hand, script):
        self.application, self.hand, self.script = application, hand, script
        self.problem = ""
        self.condition, self.since = None, 0.0
        self.timer = QTimer(singleShot=True)
        self.timer.timeout.connect(self.step)
        self.timer.start(0)

    def step(self):
        if self.condition is not None and not self.condition():
            if time.monotonic() - self.since > SETTLE_MS / 1000:
                raise AssertionError("nothing came of what was waited for")
            self.timer.start(10)
            return
        pause = next(self.script, None)
        if pause is None:
            self.application.quit()
            return
        self.condition = pause if callable(pause) else None
        self.since = time.monotonic()
        self.timer.start(0 if callable(pause) else pause)

    def fail(self, kind, error, trace):
        sys.__excepthook__(kind, error, trace)
        self.problem = self.problem or f"{kind.__name__}: {error}"
        self.application.exit(1)

    def hear(self, _level, _context, message):
        if message.startswith("FAIL!"):
            traceback.print_stack()
            self.fail(AssertionError, AssertionError(message), None)


def draw(path, number):
    """Draw a small picture that differs from all others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (48, 36), (number * 37 % 256, number * 91 % 256, number % 256)).save(path)


def labels_in(address):
    """Return the label id of each labeled picture, as a program finds them that opens it now."""
    with Workspace.open(address, Settings()) as workspace:
        workspace.refresh()
        ids = workspace.labels.image_ids().tolist()
        carried = workspace.labels.labels_of(ids)
        return {row.key: carried[row.id][0] for row in workspace.index.rows(ids) if carried[row.id]}


@contextmanager
def places_in(folder):
    """Make two folders and a bucket behind a network that can be switched off."""
    with ExitStack() as opened:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        opened.callback(server.stop)
        sound = "http://{}:{}".format(*server.get_host_and_port())
        service = opened.enter_context(faulty_service(sound))
        client = boto3.client("s3", endpoint_url=sound)
        opened.callback(client.close)
        client.create_bucket(Bucket="soak")
        addresses = []
        for name in ("first", "second", "soak"):
            for number in range(PICTURES):
                path = folder / name / f"IMG_{number:04}.jpg"
                draw(path, number + len(addresses) * PICTURES)
                if name == "soak":
                    client.upload_file(str(path), "soak", path.name)
            addresses.append(parse_address(str(folder / name), None))
        connection = Connection(name="", endpoint_url=service.endpoint, addressing="path")
        addresses[-1] = parse_address("s3://soak", connection)
        yield addresses, service


def main(folder, acts, seed, trainings):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    with places_in(folder) as (places, service):
        app = App(application, Settings(theme="light"))
        tester = QAbstractItemModelTester(
            app.window.findChild(TreeModel), QAbstractItemModelTester.FailureReportingMode.Warning
        )
        tester.setUseFetchMore(False)
        hand = Hand(app, places, service, folder / "desk", seed)
        app.show()
        app.window.resize(1200, 800)
        app.window.activateWindow()
        run = Run(application, hand, hand.script(acts, trainings))
        sys.excepthook = run.fail
        qInstallMessageHandler(run.hear)
        app.runner.crashed.connect(lambda bug: run.fail(type(bug), bug, bug.__traceback__))
        watchdog = Watchdog()
        beat = QTimer(interval=BEAT_MS)
        beat.timeout.connect(watchdog.beat)
        beat.start()
        watchdog.start()
        application.exec()
        if not run.problem:
            app.ended.connect(application.quit)
            app.end()
            application.exec()
        del tester
        say(f"seed {seed}: {dict(sorted(hand.counts.items()))}, {hand.trainings} trainings,")
        say(f"longest standstill {watchdog.longest * TICK_S:.1f} s")
        return run.problem or difference(places, hand.books)


def difference(places, books):
    """Return how the labels differ from what the acts said; empty if they do not."""
    for address in places:
        said = {key: label for key, label in books[address.identity].labels.items() if label}
        found = labels_in(address)
        wrong = {
            k: (said.get(k), found.get(k)) for k in said | found if said.get(k) != found.get(k)
        }
        if wrong:
            return f"{address.title}: said and found differ: {wrong}"
        say(f"{address.title}: {len(found)} labels, all as the acts say")
    return ""


if __name__ == "__main__":
    folder, acts, seed, trainings = sys.argv[1:]
    sys.exit(main(Path(folder), int(acts), int(seed), int(trainings)) or None)
