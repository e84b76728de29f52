"""What ``window.py`` does with the window, what goes on meanwhile, and how late the frames come."""

import faulthandler
import threading
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import TextIO

import numpy as np
from PIL import Image
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtTest import QTest

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.dataset.run_folder import RunFolder, TrainOptions
from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.gui.window.images_page import ImagesTab
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.training.process import TrainingChild

FRAME_MS = 16
LOOK_MS = 2
STEPS = 60
PATIENCE_S = 600.0
SEED = 5
ASSIGNED = 10_000
UPLOADED = 100
ROUNDS = 40
TRAINED = 150
FIRST_LABEL = "label 01"
GEARS = (
    TrainOptions(weights="none", formats=("tflite",)),
    TrainOptions(weights="none", formats=("tflite",), mode="full", epochs=2),
)
Act = Callable[[], None]


class Heart(QObject):
    """A beat for each frame; knows how late each one came.

    Args:
        stacks: where to write what every thread does when a beat is ``stall_ms`` late.
        stall_ms: how late that is.

    Signals:
        beaten: the beat was noted.
    """

    beaten = Signal()

    def __init__(self, stacks: TextIO | None = None, stall_ms: float = 30) -> None:
        super().__init__()
        self._timer = QTimer(interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_beat)
        self._last_s = 0.0
        self._stacks = stacks
        self._watch_s = (FRAME_MS + stall_ms) / 1000
        self.late_ms: list[float] = []

    def start(self) -> None:
        """Begin a new measurement."""
        self.late_ms = []
        self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """End the measurement."""
        self._timer.stop()

    def _on_beat(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, (now - self._last_s) * 1000 - FRAME_MS))
        self._last_s = now
        if self._stacks:
            faulthandler.dump_traceback_later(self._watch_s, file=self._stacks)
        self.beaten.emit()


def wait_for(condition: Callable[[], bool]) -> None:
    """Run the event loop until the condition is true."""
    loop = QEventLoop()
    look = QTimer(interval=LOOK_MS)
    look.timeout.connect(lambda: condition() and loop.quit())
    look.start()
    QTimer.singleShot(int(PATIENCE_S * 1000), loop, loop.quit)
    loop.exec()
    if not condition():
        raise RuntimeError("the window did not come to its state in time")


def pause(milliseconds: int) -> None:
    """Let the event loop run for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop, loop.quit)
    loop.exec()


class Load:
    """Scans, uploads and training runs, all the time.

    A training process is started and watched as the window does it, in the fast and the full gear
    in turn.
    """

    def __init__(self, project: Project, folder: Path) -> None:
        self._project = project
        self._folders = [folder / "files" / f"{number}" for number in range(ROUNDS)]
        self._photos = folder / "train"
        self._runs: list[RunFolder] = []
        self._ended = threading.Event()
        self._timer = QTimer(interval=200)
        self._timer.timeout.connect(self._on_time)
        self._trainer = threading.Thread(target=self._train, daemon=True)

    def start(self) -> None:
        """Make the files, and begin."""
        for number, folder in enumerate(self._folders):
            make_pictures(folder, UPLOADED, number)
        self._runs = prepare_runs(self._photos)
        self._trainer.start()
        self._timer.start()

    def stop(self) -> None:
        """End after the running files."""
        self._timer.stop()
        self._ended.set()

    def _on_time(self) -> None:
        scan_controller = self._project.transfers.scans
        if not scan_controller.is_scanning:
            scan_controller.scan()
            if self._folders:
                self._project.transfers.queue.upload([self._folders.pop()])

    def _train(self) -> None:
        for run in cycle(self._runs):
            child = TrainingChild(run.path)
            for _event in child.events():
                if self._ended.is_set():
                    child.stop()
            if self._ended.is_set():
                return


def prepare_runs(folder: Path) -> list[RunFolder]:
    """Make labeled pictures, and a run of each gear on them."""
    names = ("one", "other")
    for name in names:
        make_pictures(folder / name, TRAINED, len(name))
    with Workspace.open(parse_address(str(folder)), Settings()) as workspace:
        workspace.refresh()
        for name in names:
            label = workspace.label_named(name)
            workspace.apply(Assign((label.id,), workspace.index.search([f"{name}/"])))
        return [Runs(workspace).prepare(options) for options in GEARS]


def make_pictures(folder: Path, count: int, seed: int) -> None:
    """Write small pictures, all different."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for number in range(count):
        pixels = random.integers(0, 255, (48, 64, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.jpg")


class Hand:
    """What a person does with the window, step by step."""

    def __init__(self, app: App, project: Project) -> None:
        self._app = app
        self._project = project
        self._grid = app.project_widgets.grid
        self._random = np.random.default_rng(SEED)

    def acts(self) -> dict[str, Act]:
        """Return the acts by name."""
        return {
            "look": lambda: pause(2000),
            "scroll by the wheel": self.scroll,
            "jump to anywhere": self.jump,
            "select all, select nothing": self.select,
            "change the tab": self.change_tabs,
            "change the filter": self.filter,
            f"label {ASSIGNED:,} images, and undo": self.assign,
        }

    def scroll(self) -> None:
        """Turn the wheel."""
        bar = self._grid.verticalScrollBar()
        for _ in range(STEPS * 2):
            bar.setValue(bar.value() + 120)
            pause(FRAME_MS)

    def jump(self) -> None:
        """Drag the scroll bar to anywhere."""
        bar = self._grid.verticalScrollBar()
        for place in self._random.random(STEPS // 2):
            bar.setValue(int(place * bar.maximum()))
            pause(100)

    def select(self) -> None:
        """Select everything, and nothing."""
        for _ in range(10):
            self._grid.select_all()
            pause(300)
            self._grid.clear_selection()
            pause(50)

    def change_tabs(self) -> None:
        """Go through the tabs."""
        for tab in (ImagesTab.UNLABELED, ImagesTab.LABELED, ImagesTab.ALL) * 4:
            self._app.project_widgets.images.show_tab(tab)
            pause(400)

    def filter(self) -> None:
        """Type into the filter, and empty it."""
        for text in ("1", "12", "12 img", "unlabeled", f'label:"{FIRST_LABEL}"', "") * 2:
            self._app.window.set_filter(text)
            pause(500)

    def assign(self) -> None:
        """Give many images a label by its key, and take that back."""
        before = self._labeled()
        for first in range(0, min(4 * ASSIGNED, len(self._grid.ids)), ASSIGNED):
            self._grid.select_ids(self._grid.ids[first : first + ASSIGNED])
            self._grid.setFocus()
            QTest.keyClick(self._grid, Qt.Key.Key_1)
            wait_for(lambda: self._labeled() > before)
            self._project.session.undo()
            wait_for(lambda: self._labeled() == before)

    def _labeled(self) -> int:
        labels = self._project.session.labels()
        return next(row.images for row in labels if row.label.name == FIRST_LABEL)
