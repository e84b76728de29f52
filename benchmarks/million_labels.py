"""A project of 1,000,000 images and 2,000,000 assignments: open, label, rename, write the files.

Opening is what a new computer does: the snapshot is read from a folder as a bucket, and all labels
are in a durable database afterwards. The limit is SQLite writing the same rows (key, pair) into
bare tables in one durable transaction, in the same process. Ratios are of processor time, which
other programs disturb less. Memory is the most above what the process held before; the bucket
grows by what the journal holds more once it is sent.

The second table is how late a beat of 16 ms of the event loop comes while the window's own parts
open the project, and save it through their media process. ``--images`` makes all of it smaller;
``--folder`` keeps the prepared project there for the next time.

    python benchmarks/million_labels.py [--images N] [--folder FOLDER]
"""

import argparse
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication
from window import print_row
from window_parts.acts import Heart, pause, wait_for

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.project.sync_controller import SyncController
from cloudanno_desktop.labels.edits.assign import Assign, CreateLabel
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.labels.journal.history import history_of_image
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

if TYPE_CHECKING:
    from cloudanno_desktop.labels.edit import Applied, Edit

LABELS = 6
IN_EDIT = 1_000
STATUS = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs"), "5"  # see proc(5)


@dataclass(frozen=True, slots=True)
class Took:
    """What some work took.

    Attributes:
        wall: seconds until it was done.
        processor: seconds, of all threads of the process.
        memory: the most that it needed above what was held before, MB.
    """

    wall: float
    processor: float
    memory: float


def measured(work: Callable[[], object]) -> Took:
    """Return what ``work`` takes."""
    FORGET_PEAK[0].write_text(FORGET_PEAK[1])
    before = memory_mb("VmRSS")
    wall, processor = time.perf_counter(), time.process_time()
    work()
    took = time.perf_counter() - wall, time.process_time() - processor
    return Took(*took, memory_mb("VmHWM") - before)


def memory_mb(name: str) -> float:
    """Return one figure that Linux keeps of this process."""
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines[name].split()[0]) / 1024


def report(what: str, took: Took, limit: Took | None = None, bucket: int | None = None) -> None:
    """Print one line of the table."""
    ratio = f"{took.processor / limit.processor:6.2f}" if limit else "     –"
    wall, processor = took.wall * 1000, took.processor * 1000
    grown = "" if bucket is None else f"{bucket / 1000:12,.1f}"
    print(
        f"{what:42} {wall:8,.0f} {processor:9,.0f} {ratio} {took.memory:8,.0f} {grown}", flush=True
    )


def bare_rows(folder: Path, keys: Sequence[str], pairs: int) -> Took:
    """Return how long SQLite takes for the same rows in bare tables."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute("CREATE TABLE image (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)")
    connection.execute(
        "CREATE TABLE pair (image INTEGER, label INTEGER, operation INTEGER, is_on INTEGER, "
        "shown INTEGER, PRIMARY KEY (image, label)) WITHOUT ROWID"
    )
    rows = [(1 + n // 2, 1 + n % 2, 1 + n // 1000, 1, 1) for n in range(pairs)]

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO image (key) VALUES (?)", ((key,) for key in keys))
        connection.executemany("INSERT INTO pair VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")

    took = measured(write)
    connection.close()
    return took


def bare_pairs(folder: Path, images: Sequence[int]) -> Took:
    """Return how long SQLite takes to write a pair of each image into a filled table."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    rows = [(int(image), 3, 1, 1, 1) for image in images]

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR REPLACE INTO pair VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")

    took = measured(write)
    connection.close()
    return took


def workspace_at(folder: Path, home: str) -> Workspace:
    """Open the project on one of its computers."""
    os.environ["CLOUDANNO_HOME"] = str(folder / home)
    return Workspace.open(parse_address(str(folder / "bucket"), None), Settings())


def copy_prepared(prepared: Path, folder: Path) -> None:
    """Give the prepared project to the computer ``home``."""
    shutil.copytree(prepared / "bucket", folder / "bucket")
    with workspace_at(folder, "home") as workspace:
        database = workspace.database.path
    shutil.copyfile(prepared / "project.db", database)
    os.sync()  # so that the disk is quiet when the measurement begins


def keys_of(images: int) -> list[str]:
    """Return the keys of all images, sorted."""
    return sorted(f"photos/{n % 977:03}/IMG_{n:07}.jpg" for n in range(images))


def prepare(folder: Path, images: int) -> None:
    """Let a scan have found all images, and give each two labels, a thousand at a time."""
    (folder / "bucket").mkdir(parents=True)
    with workspace_at(folder, "home") as workspace:
        with workspace.database.transaction() as connection:
            workspace.index.ensure(connection, keys_of(images))
            connection.execute("UPDATE image SET present = 1, size = 1000, etag = 'e'")
        workspace.sync.use_multi_label(multi_label=True)
        for number in range(LABELS):
            workspace.apply(CreateLabel(f"label {number}"))
        labels = [count.label.id for count in workspace.labels.labels()]
        ids = workspace.index.all_ids()
        for start in range(0, images, IN_EDIT):
            part = ids[start : start + IN_EDIT]
            first = (start // IN_EDIT) % 3  # so each of the first three has a third of the images
            workspace.apply(Assign((labels[first],), part))
            workspace.apply(Assign((labels[3 + first],), part))
        workspace.sync.push()
        workspace.sync.write_snapshot()
        database = workspace.database.path
    shutil.copyfile(database, folder / "project.db")


def size_of(folder: Path) -> int:
    """Return how many bytes the bucket holds below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Edits:
    """Edits of one project: their time, and what they leave in the bucket."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        self._folder = folder
        self._workspace = workspace
        self._journal = folder / "bucket" / "_cloudanno" / "journal"

    def measure(self) -> None:
        """Label, take back, rename."""
        workspace = self._workspace
        ids = workspace.index.all_ids()
        workspace.apply(CreateLabel("new"))
        workspace.sync.push()
        counts = workspace.labels.labels()
        for count in (1, 10_000, 100_000):
            chosen = np.random.default_rng(1).choice(ids, min(count, len(ids) // 2), replace=False)
            limit = bare_pairs(self._folder, chosen.tolist())
            edit = Assign((counts[-1].label.id,), chosen)
            self._there_and_back(f"assign {len(chosen):,}", edit, limit)
        rename = RenameLabel(counts[0].label.id, "renamed")
        self._there_and_back("rename a label of a third of the images", rename)
        half = int(ids[len(ids) // 2])
        report("history of one image", measured(lambda: history_of_image(workspace.labels, half)))

    def _there_and_back(self, what: str, edit: "Edit", limit: Took | None = None) -> None:
        inverse = self._carry_out(what, edit, limit)
        self._carry_out("undo", inverse, limit)

    def _carry_out(self, what: str, edit: "Edit", limit: Took | None) -> "Edit":
        before = size_of(self._journal)
        applied: list[Applied] = []
        took = measured(lambda: applied.append(self._workspace.apply(edit)))
        self._workspace.sync.push()
        report(what, took, limit, size_of(self._journal) - before)
        return applied[0].inverse


def measure_times(folder: Path, images: int) -> None:
    """Print the table of times, memory and bytes."""
    head = f"{images:,} images, {2 * images:,} assignments"
    print(f"{head:42} {'ms':>8} {'processor':>9} {'ratio':>6} {'MB':>8} {'bucket, KB':>12}")
    limit = bare_rows(folder, keys_of(images), 2 * images)
    report("bare SQLite: as many rows", limit, limit)
    with workspace_at(folder, "newcomer") as newcomer:
        report("open from the snapshot", measured(newcomer.sync.open), limit)
        report("first counts of all labels", measured(newcomer.labels.labels))
        report("look for news when there are none", measured(newcomer.sync.pull))
    with workspace_at(folder, "home") as workspace:
        report("first counts on a computer that knows it", measured(workspace.labels.labels))
        Edits(folder, workspace).measure()
        bucket = folder / "bucket"
        took = measured(workspace.sync.write_annotations)
        report("write _annotations.json", took, None, (bucket / "_annotations.json").stat().st_size)
        again = measured(workspace.sync.write_annotations)
        report("the same when nothing has changed", again)
        before = size_of(bucket / "_cloudanno" / "snapshots")
        took = measured(workspace.sync.write_snapshot)
        report(
            "write a snapshot", took, None, size_of(bucket / "_cloudanno" / "snapshots") - before
        )
    print(f"journal {size_of(bucket / '_cloudanno' / 'journal') / 1e6:.1f} MB")


class Window:
    """The parts of the window that open a project and save it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._runner = TaskRunner()
        self._media = MediaClient()
        self._sync_controller = SyncController(workspace, self._media, self._runner)
        self._is_running = False
        self._sync_controller.running_changed.connect(self._on_running)
        self._media.open_project(workspace.address, workspace.database.path)

    def open(self) -> None:
        """Read the labels from the bucket."""
        self._sync_controller.take_in()
        wait_for(lambda: not self._is_running)

    def save(self) -> None:
        """Send, look for news, write the files."""
        self._sync_controller.synchronise()
        wait_for(lambda: not self._is_running)

    def close(self) -> None:
        """Save the last, and end."""
        ended: list[bool] = []
        self._media.closed.connect(lambda: ended.append(True))
        self._sync_controller.note_edit()
        self._sync_controller.close()
        self._sync_controller.save_last(self._media.close)
        wait_for(lambda: bool(ended))
        self._runner.close()
        self._workspace.close()

    def _on_running(self, is_running: bool) -> None:
        self._is_running = is_running


def row(what: str, heart: Heart, work: Callable[[], object]) -> None:
    """Do some work, and print how late the beats came."""
    heart.start()
    work()
    print_row(what, heart.late_ms)


def measure_lateness(folder: Path) -> None:
    """Print the table of late beats."""
    application = QApplication([])
    heart = Heart()
    os.sync()
    print(f"{'milliseconds late':50} {'p50':>7} {'p99':>7} {'longest':>7} {'beats':>7}")
    row("nothing to do (the limit)", heart, lambda: pause(3000))
    newcomer = Window(workspace_at(folder, "late newcomer"))
    row("open from the snapshot", heart, newcomer.open)
    newcomer.close()
    workspace = workspace_at(folder, "home")
    label = workspace.labels.labels()[-1].label.id
    window = Window(workspace)
    for part in np.array_split(workspace.index.all_ids()[:200_000], 2):
        workspace.apply(Assign((label,), part))
        row("write _annotations.json and a snapshot", heart, window.save)
    row("the same when nothing has changed", heart, window.save)
    workspace.apply(Assign((label,), workspace.index.all_ids()[200_000:300_000]))
    row("the same at the end", heart, window.close)
    application.processEvents()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared = asked.folder or folder / "prepared"
        if not prepared.exists():
            prepare(prepared, asked.images)
        copy_prepared(prepared, folder)
        measure_times(folder, asked.images)
        measure_lateness(folder)


if __name__ == "__main__":
    main()
