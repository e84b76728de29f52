"""How late the window's event loop is on a project of a million images, beside a bare window.

Usage: python benchmarks/window.py [IMAGES]

The bucket is a prepared service on loopback. The real window runs offscreen with its media process,
which fetches thumbnails all the time. A timer of 16 ms stands for the next frame: how
much later than that it fires is what a person feels as a stall. Each act is measured twice, once
alone and once while the bucket is scanned again, files are uploaded and a network is trained in a
process of its own. Opening is measured in a fresh process each.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from prepared_bucket import BUCKET, serving
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from cloudanno_desktop.bucket.address import ProjectAddress, parse_address
from cloudanno_desktop.bucket.connection import Connection, save_connection
from cloudanno_desktop.bucket.credentials import Secret
from cloudanno_desktop.gui.app import App
from cloudanno_desktop.gui.images_page import Tab
from cloudanno_desktop.gui.project import Project
from cloudanno_desktop.labels.edits import Assign
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.workspace import Workspace

IMAGES = 1_000_000
LABELS = 20
ASSIGNED = 10_000
FRAME_MS = 16
LOOK_MS = 2
STEPS = 60
PATIENCE_S = 600.0
SEED = 5
UPLOADED = 100
ROUNDS = 40
TRAINED = 150
OPEN = "--open"
FIRST_LABEL = "label 01"


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


def project_at(endpoint: str) -> tuple[ProjectAddress, Secret]:
    """Return the project in the prepared bucket, and a secret that it does not check."""
    connection = Connection("bench", endpoint, "us-east-1", access_key_id="x")
    return parse_address(f"s3://{BUCKET}", connection), Secret("x")


def fill(endpoint: str) -> None:
    """Let the index know the bucket, and give a third of the images a label."""
    address, secret = project_at(endpoint)
    assert address.connection
    save_connection(address.connection)
    with Workspace.open(address, Settings(), secret) as workspace:
        began = time.perf_counter()
        workspace.refresh()
        print(f"first scan: {time.perf_counter() - began:.0f} s", flush=True)
        ids = workspace.index.all_ids()
        for number in range(LABELS):
            label = workspace.label_named(f"label {number + 1:02}")
            part = ids[number :: 3 * LABELS]
            workspace.apply(Assign((label.id,), part))
        workspace.synchronise()


def open_window(application: QApplication, endpoint: str) -> tuple[App, Project, float]:
    """Open the project in a window; return them with the ms to all thumbnails on the screen."""
    address, secret = project_at(endpoint)
    app = App(application, Settings(theme="light"))
    app.preferences.secrets.session.keep("bench", secret)
    app.show()
    pause(1500)
    opened: list[Project] = []
    app.project_opened.connect(opened.append)
    began = time.perf_counter()
    app.opening.open(address)
    wait_for(lambda: bool(opened) and len(app.desk.grid.ids) > 0 and app.desk.grid.is_complete)
    return app, opened[0], (time.perf_counter() - began) * 1000


def only_open(endpoint: str) -> None:
    """Open the project once; print milliseconds and megabytes."""
    app, _project, milliseconds = open_window(QApplication([]), endpoint)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": milliseconds, "peak_mb": peak}), flush=True)
    close(app)


def close(app: App) -> None:
    """Close the window and wait for the end of its processes."""
    ended: list[bool] = []
    app.ended.connect(lambda: ended.append(True))
    app.end()
    wait_for(lambda: bool(ended))


class Load:
    """Scans, uploads and a training run, all the time."""

    def __init__(self, project: Project, home: Path) -> None:
        self._project = project
        self._folders = [home / "files" / f"{number}" for number in range(ROUNDS)]
        self._photos = home / "train"
        self._ended = threading.Event()
        self._timer = QTimer(interval=200)
        self._timer.timeout.connect(self._on_time)
        self._trainer = threading.Thread(target=self._train, daemon=True)

    def start(self) -> None:
        """Begin."""
        for number, folder in enumerate(self._folders):
            make_pictures(folder, UPLOADED, number)
        for name in ("one", "other"):
            make_pictures(self._photos / name, TRAINED, len(name))
        self._trainer.start()
        self._timer.start()

    def stop(self) -> None:
        """End after the running files."""
        self._timer.stop()
        self._ended.set()

    def _on_time(self) -> None:
        traffic = self._project.traffic
        if not traffic.is_scanning:
            traffic.scan()
            if self._folders:
                self._project.transfers.upload([self._folders.pop()])

    def _train(self) -> None:
        program = [sys.executable, "-m", "cloudanno_desktop"]
        project = str(self._photos)
        upload = [*program, "upload", project, project, "--labels-from-folders"]
        subprocess.run(upload, capture_output=True, check=True)
        train = [*program, "train", project, "--weights", "none", "--formats", "tflite"]
        while not self._ended.is_set():
            subprocess.run(train, capture_output=True, check=True)


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
        self._grid = app.desk.grid
        self._random = np.random.default_rng(SEED)

    def acts(self) -> dict[str, Callable[[], None]]:
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
        for tab in (Tab.UNLABELED, Tab.LABELED, Tab.ALL) * 4:
            self._app.desk.images.show_tab(tab)
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


def row(what: str, heart: Heart, work: Callable[[], object]) -> None:
    """Do some work, and print how late the beats came."""
    heart.start()
    work()
    late = np.array(heart.late_ms)
    p50, p99 = np.percentile(late, (50, 99))
    print(f"{what:50} {p50:7.1f} {p99:7.1f} {late.max():7.1f} {len(late):7}", flush=True)


def measure_opening(endpoint: str, images: int) -> None:
    """Open the project in fresh processes: without thumbnails on the disk, then with them."""
    for what in ("first", "again", "again"):
        command = [sys.executable, __file__, str(images), OPEN, endpoint]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        print(
            f"open, {what}: {found['ms']:.0f} ms to all thumbnails on the screen, "
            f"window at most {found['peak_mb']:.0f} MB",
            flush=True,
        )


def measure_lateness(endpoint: str, home: Path) -> None:
    """Print the table of late beats."""
    application = QApplication([])
    heart = Heart()
    print(f"{'milliseconds late':50} {'p50':>7} {'p99':>7} {'longest':>7} {'beats':>7}")
    bare = QLabel("bare")
    bare.show()
    row("bare window, idle (the limit)", heart, lambda: pause(3000))
    bare.close()
    app, project, _ = open_window(application, endpoint)
    acts = Hand(app, project).acts()
    wait_for(lambda: not project.traffic.is_scanning)
    for what, act in acts.items():
        row(what, heart, act)
    load = Load(project, home)
    load.start()
    pause(8000)
    row("bare heart under the load: look", heart, lambda: pause(2000))
    for what, act in acts.items():
        row(f"{what}, under load", heart, act)
    load.stop()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"window at most {peak:.0f} MB")
    row("close", heart, lambda: close(app))


def main() -> None:
    """Measure and print."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    if OPEN in sys.argv:
        only_open(sys.argv[sys.argv.index(OPEN) + 1])
        return
    with tempfile.TemporaryDirectory() as home, serving(images) as endpoint:
        os.environ["CLOUDANNO_HOME"] = f"{home}/home"
        fill(endpoint)
        measure_opening(endpoint, images)
        measure_lateness(endpoint, Path(home))


if __name__ == "__main__":
    main()
