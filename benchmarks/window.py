"""How late the window's event loop is on a project of a million images, beside a bare window.

Usage: python benchmarks/window.py [--images N] [--home FOLDER] [--part PART] [--act WORD]

The bucket is a prepared service on loopback, at a low priority because it stands for another
computer. The real window runs offscreen with its media process, which fetches thumbnails all the
time. A timer of 16 ms stands for the next frame: how much later than that it fires is what a person
feels as a stall. Each act is measured twice, once alone and once while the bucket is scanned again,
files are uploaded and networks are trained. The limit is a window with one word in it, in a process
of its own, alone and beside the same load. Opening is measured in a fresh process each.

The first run fills the index and labels a third of the images; ``--home`` keeps that for the next.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as is usual

import numpy as np
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication, QLabel
from window_parts.acts import Act, Hand, Heart, Load, pause, wait_for
from window_parts.prepared_bucket import BUCKET, serving

from cloudanno_desktop.bucket.connections.address import ProjectAddress, parse_address
from cloudanno_desktop.bucket.connections.connection import Connection, save_connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.gui.app.start import collect_little
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

IMAGES = 1_000_000
LABELS = 20
PORT = 28_427  # the project is known by its address
PARTS = ("open", "alone", "load")
BARE_MS = 4000
WORK = 30_000  # additions: some milliseconds, about what painting the grid takes


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


@contextmanager
def prepared(folder: Path, images: int) -> Iterator[str]:
    """Serve a copy of the prepared project, which is made if it is not there yet."""
    if not (folder / "kept").exists():
        making = folder / "making"
        (making / "bucket").mkdir(parents=True)
        os.environ["CLOUDANNO_HOME"] = f"{making}/home"
        with serving(images, PORT, making / "bucket") as endpoint:
            fill(endpoint)
        making.rename(folder / "kept")
    with tempfile.TemporaryDirectory(dir=folder) as copy:
        shutil.copytree(folder / "kept", copy, dirs_exist_ok=True)
        os.environ["CLOUDANNO_HOME"] = f"{copy}/home"
        with serving(images, PORT, Path(copy, "bucket")) as endpoint:
            yield endpoint


class Opened(NamedTuple):
    """A window with the project, and the ms to its first thumbnail and to all on the screen."""

    app: App
    project: Project
    first_ms: float
    all_ms: float


def open_window(application: QApplication, endpoint: str) -> Opened:
    """Open the project in a window."""
    address, secret = project_at(endpoint)
    app = App(application, Settings(theme="light"))
    collect_little(app)
    app.preferences.secrets.session.keep("bench", secret)
    app.show()
    pause(1500)
    opened: list[Project] = []
    app.project_opened.connect(opened.append)
    began = time.perf_counter()
    app.project_opener.open(address)
    grid = app.project_widgets.grid
    wait_for(lambda: any(grid.thumbnail_of(i) for i in grid.visible_ids().tolist()))
    first = time.perf_counter()
    wait_for(lambda: grid.is_complete)
    return Opened(app, opened[0], (first - began) * 1000, (time.perf_counter() - began) * 1000)


def only_open(endpoint: str) -> None:
    """Open the project once; print milliseconds and megabytes."""
    opened = open_window(QApplication([]), endpoint)
    found = {"first_ms": opened.first_ms, "all_ms": opened.all_ms, "peak_mb": peak_mb()}
    print(json.dumps(found), flush=True)
    close(opened.app)


def only_beat() -> None:
    """Print how late the beats of a bare window are."""
    _application = QApplication([])
    bare = QLabel("bare")
    bare.show()
    idle, busy = Heart(), Heart()
    pause(500)
    idle.start()
    pause(BARE_MS)
    idle.stop()
    busy.beaten.connect(lambda: sum(range(WORK)))
    busy.start()
    pause(BARE_MS)
    print(json.dumps((idle.late_ms, busy.late_ms)), flush=True)


def close(app: App) -> None:
    """Close the window and wait for the end of its processes."""
    ended: list[bool] = []
    app.ended.connect(lambda: ended.append(True))
    app.end()
    wait_for(lambda: bool(ended))


def peak_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_row(what: str, late_ms: list[float]) -> None:
    """Print how late beats came."""
    late = np.array(late_ms)
    p50, p99 = np.percentile(late, (50, 99))
    print(f"{what:50} {p50:7.1f} {p99:7.1f} {late.max():7.1f} {len(late):7}", flush=True)


def measure_bare(when: str = "") -> None:
    """Print the limit: a bare window in a process of its own, at rest and with as much to paint."""
    process = QProcess()
    process.start(sys.executable, [__file__, "--bare"])
    wait_for(lambda: process.state() == QProcess.ProcessState.NotRunning)
    idle, busy = json.loads(process.readAllStandardOutput().data())
    print_row("limit: bare window" + when, idle)
    print_row("limit: bare window that computes" + when, busy)


def measure_opening(endpoint: str) -> None:
    """Open the project in fresh processes: without thumbnails on the disk, then with them."""
    for what in ("first", "again", "again"):
        command = [sys.executable, __file__, "--opened", endpoint]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        print(
            f"open, {what}: {found['first_ms']:.0f} ms to the first thumbnail, "
            f"{found['all_ms']:.0f} to all on the screen, "
            f"window at most {found['peak_mb']:.0f} MB",
            flush=True,
        )


def measure_lateness(endpoint: str, chosen: argparse.Namespace) -> None:
    """Print the table of late beats."""
    application = QApplication([])
    print(f"{'milliseconds late':50} {'p50':>7} {'p99':>7} {'longest':>7} {'beats':>7}")
    measure_bare()
    with ExitStack() as stack:
        stacks = stack.enter_context(chosen.stacks.open("w")) if chosen.stacks else None
        heart = Heart(stacks)
        app, project, *_ = open_window(application, endpoint)
        wait_for(lambda: not project.transfers.scans.is_scanning)
        acts = Hand(app, project).acts()
        acts = {what: act for what, act in acts.items() if chosen.act in what}
        if "alone" in chosen.part:
            measure_acts(heart, acts, "")
            print(f"window at most {peak_mb():.0f} MB")
        if "load" in chosen.part:
            measure_under_load(heart, acts, Load(project, Path(os.environ["CLOUDANNO_HOME"])))
        close(app)


def measure_under_load(heart: Heart, acts: dict[str, Act], load: Load) -> None:
    """Print the rows of the acts beside scans, uploads and training."""
    load.start()
    pause(8000)
    measure_bare(", under load")
    measure_acts(heart, acts, ", under load")
    measure_bare(", under load")
    load.stop()
    print(f"window at most {peak_mb():.0f} MB")


def measure_acts(heart: Heart, acts: dict[str, Act], when: str) -> None:
    """Do the acts, and print how late the beats came."""
    for what, act in acts.items():
        heart.start()
        act()
        print_row(what + when, heart.late_ms)


def chosen_options() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--home", type=Path, help="keep the prepared project here, or use it")
    parser.add_argument("--part", choices=PARTS, nargs="*", default=PARTS)
    parser.add_argument("--act", default="", help="only the acts whose name holds this")
    parser.add_argument("--stacks", type=Path, help="write there what runs while a beat is late")
    parser.add_argument("--opened", metavar="ENDPOINT", help=argparse.SUPPRESS)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    chosen = chosen_options()
    if chosen.opened:
        only_open(chosen.opened)
    elif chosen.bare:
        only_beat()
    else:
        with ExitStack() as stack:
            home = chosen.home or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            endpoint = stack.enter_context(prepared(home, chosen.images))
            if "open" in chosen.part:
                measure_opening(endpoint)
            if {"alone", "load"} & {*chosen.part}:
                measure_lateness(endpoint, chosen)


if __name__ == "__main__":
    main()
