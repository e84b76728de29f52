"""How late the window's event loop is, on a project of 100,000 images, beside an idle bare window.

The folder holds a few hundred real JPEGs, each under 250 names. The real window runs offscreen with
its media process, which fetches thumbnails all the time. A timer of 16 ms stands for
the next frame: how much later than that it fires is what a person feels as a stall. Milliseconds;
run with ``python benchmarks/window.py``.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from cloudanno_desktop.bucket.address import parse_address
from cloudanno_desktop.gui.app import App
from cloudanno_desktop.gui.images_page import Tab
from cloudanno_desktop.gui.project import Project
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.workspace import Workspace

IMAGES = 100_000
PICTURES = 400
ASSIGNED = 10_000
FRAME_MS = 16
LOOK_MS = 5
STEPS = 60
PATIENCE_S = 120.0
LABEL = "heron"
SEED = 5


class Heart:
    """A beat for each frame; knows how late each one came."""

    def __init__(self) -> None:
        self._timer = QTimer(interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_beat)
        self._last_s = 0.0
        self.late_ms: list[float] = []

    def start(self) -> None:
        """Begin a new measurement."""
        self.late_ms = []
        self._last_s = time.perf_counter()
        self._timer.start()

    def _on_beat(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, (now - self._last_s) * 1000 - FRAME_MS))
        self._last_s = now


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


def fill(folder: Path) -> None:
    """Write the pictures under all their names, and let the index know them."""
    folder.mkdir()
    for number in range(PICTURES):
        first = folder / f"{number:03}"
        first.mkdir()
        picture = Image.effect_noise((640, 480), 20 + number % 60)
        picture.save(first / "IMG_000.jpg", quality=80)
        for copy in range(1, IMAGES // PICTURES):
            os.link(first / "IMG_000.jpg", first / f"IMG_{copy:03}.jpg")
    with Workspace.open(parse_address(str(folder), None), Settings()) as workspace:
        workspace.refresh()
        workspace.label_named(LABEL)


class Hand:
    """What a person does with the window, step by step."""

    def __init__(self, app: App, project: Project) -> None:
        self._app = app
        self._project = project
        self._grid = app.desk.grid
        self._random = np.random.default_rng(SEED)

    def nothing(self) -> None:
        """Look at the pictures."""
        pause(2000)

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

    def jump_while_scanning(self) -> None:
        """Look elsewhere while the project is listed again."""
        self._project.refresh()
        while self._project.traffic.is_scanning:
            self.jump()

    def select(self) -> None:
        """Select everything, and nothing."""
        for _ in range(10):
            self._grid.select_all()
            pause(150)
            self._grid.clear_selection()
            pause(50)

    def change_tabs(self) -> None:
        """Go through the tabs."""
        for tab in (Tab.UNLABELED, Tab.LABELED, Tab.ALL) * 4:
            self._app.desk.images.show_tab(tab)
            pause(200)

    def filter(self) -> None:
        """Type into the filter, and empty it."""
        for text in ("1", "12", "12 img", "unlabeled", f"label:{LABEL}", "") * 2:
            self._app.window.set_filter(text)
            pause(300)

    def assign(self) -> None:
        """Give many images a label by its key, and take that back."""
        for first in range(0, 4 * ASSIGNED, ASSIGNED):
            chosen = self._grid.ids[first : first + ASSIGNED]
            self._grid.select_ids(chosen)
            self._grid.setFocus()
            QTest.keyClick(self._grid, Qt.Key.Key_1)
            wait_for(lambda: self._labeled() == ASSIGNED)
            self._project.session.undo()
            wait_for(lambda: self._labeled() == 0)

    def _labeled(self) -> int:
        return self._project.session.counts().labeled


def row(what: str, heart: Heart, work: Callable[[], object]) -> None:
    """Do some work, and print how late the beats came."""
    heart.start()
    work()
    late = np.array(heart.late_ms)
    p50, p99 = np.percentile(late, (50, 99))
    print(f"{what:38} {p50:7.1f} {p99:7.1f} {late.max():7.1f} {len(late):7}", flush=True)


def main() -> None:
    """Measure and print one table."""
    application = QApplication([])
    heart = Heart()
    print(f"{'milliseconds late':38} {'p50':>7} {'p99':>7} {'longest':>7} {'beats':>7}")
    bare = QLabel("bare")
    bare.show()
    row("bare window, idle (the limit)", heart, lambda: pause(3000))
    bare.close()
    with tempfile.TemporaryDirectory() as home:
        os.environ["CLOUDANNO_HOME"] = f"{home}/home"
        folder = Path(home) / "photos"
        fill(folder)
        app = App(application, Settings(theme="light"))
        app.show()
        row("first page, the rest is made", heart, lambda: pause(1500))
        opened: list[Project] = []
        app.project_opened.connect(opened.append)

        def open_project() -> None:
            app.opening.open(parse_address(str(folder), None))
            wait_for(lambda: bool(opened) and not opened[0].traffic.is_scanning)
            wait_for(lambda: app.desk.grid.is_complete)

        row("open the project, and its first scan", heart, open_project)
        hand = Hand(app, opened[0])
        row("the project, idle", heart, hand.nothing)
        row("scroll by the wheel", heart, hand.scroll)
        row("jump to anywhere", heart, hand.jump)
        row("jump to anywhere during a scan", heart, hand.jump_while_scanning)
        row("select all, select nothing", heart, hand.select)
        row("change the tab", heart, hand.change_tabs)
        row("change the filter", heart, hand.filter)
        row(f"label {ASSIGNED:,} images, and undo", heart, hand.assign)
        ended: list[bool] = []
        app.ended.connect(lambda: ended.append(True))
        row("close", heart, lambda: (app.end(), wait_for(lambda: bool(ended))))


if __name__ == "__main__":
    main()
