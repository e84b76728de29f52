"""A project of 1,000,000 images and 2,000,000 assignments: open, label, rename, write the files.

Opening is what a new computer does: the snapshot is read from a folder as a bucket, and all labels
are in a durable database afterwards. The limit is SQLite writing the same rows (key, pair, index)
into bare tables in one durable transaction, in the same process. Ratios are of processor time,
which other programs disturb less. ``--images`` makes it smaller.
"""

import argparse
import resource
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cloudanno_desktop.bucket.folder_bucket import FolderBucket
from cloudanno_desktop.index.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.labels.edits import Assign, CreateLabel
from cloudanno_desktop.labels.history import history_of_image
from cloudanno_desktop.labels.property_edits import RenameLabel
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.sync import Sync

if TYPE_CHECKING:
    from cloudanno_desktop.labels.changes import Applied

LABELS = 6
IN_EDIT = 1_000
HEARTBEAT_S = 0.002


class Project:
    """One computer with the project."""

    def __init__(self, path: Path, bucket: FolderBucket) -> None:
        self.database = Database(path, (*INDEX_MIGRATIONS, *LABEL_MIGRATIONS))
        self.index = ImageIndex(self.database)
        self.store = LabelStore(self.database, self.index, "benchmark")
        self.sync = Sync(bucket, self.store)


class Heartbeat:
    """How late another thread of the process gets its turn, as the window's would."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._late: list[float] = []
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def longest_ms(self) -> float:
        """The longest wait."""
        return 1000 * max(self._late, default=0.0)

    def _beat(self) -> None:
        while not self._stop.is_set():
            began = time.perf_counter()
            time.sleep(HEARTBEAT_S)
            self._late.append(time.perf_counter() - began - HEARTBEAT_S)


@dataclass(frozen=True)
class Took:
    """What some work took, in seconds.

    Attributes:
        wall: until it was done.
        processor: of all threads of the process.
    """

    wall: float
    processor: float


def measured(work: Callable[[], object]) -> Took:
    """Return how long ``work`` takes."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - processor)


def add_images(project: Project, keys: Sequence[str]) -> None:
    """Let a scan have found these images."""
    with project.database.transaction() as connection:
        project.index.ensure(connection, keys)
        connection.execute("UPDATE image SET present = 1, size = 1000, etag = 'e'")


def bare_rows(folder: Path, keys: Sequence[str], pairs: int) -> Took:
    """Return how long SQLite takes for the same rows in bare tables."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute("CREATE TABLE image (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)")
    connection.execute(
        "CREATE TABLE pair (image INTEGER, label INTEGER, is_on INTEGER, operation INTEGER, "
        "shown INTEGER, PRIMARY KEY (image, label)) WITHOUT ROWID"
    )
    rows = [(1 + n // 2, 1 + n % 2, 1, 1 + n // 1000, 1) for n in range(pairs)]

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO image (key) VALUES (?)", ((key,) for key in keys))
        connection.executemany("INSERT INTO pair VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("CREATE INDEX shown ON pair (label, image) WHERE shown = 1")
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


def tell(what: str, took: Took, limit: Took | None = None, more: str = "") -> None:
    """Print one line of the table."""
    ratio = f"{took.processor / limit.processor:6.2f}" if limit else "     –"
    wall, processor = took.wall * 1000, took.processor * 1000
    print(f"{what:42} {wall:9,.0f} {processor:9,.0f} {ratio}  {more}", flush=True)


def label_all(project: Project, images: int) -> None:
    """Give every image two labels, a thousand images at a time."""
    for number in range(LABELS):
        CreateLabel(f"label {number}").apply(project.store)
    labels = [count.label.id for count in project.store.labels()]
    ids = project.index.all_ids()
    for start in range(0, images, IN_EDIT):
        part = ids[start : start + IN_EDIT]
        first = (start // IN_EDIT) % 3  # so each of the first three has a third of the images
        Assign((labels[first],), part).apply(project.store)
        Assign((labels[3 + first],), part).apply(project.store)


def size_of(folder: Path, name: str) -> str:
    """Return how much the bucket holds below a folder."""
    files = [path for path in (folder / name).rglob("*") if path.is_file()]
    return f"{sum(path.stat().st_size for path in files) / 1e6:,.1f} MB in {len(files):,} objects"


def measure_opening(folder: Path, bucket: FolderBucket, limit: Took) -> None:
    """Open the project on a computer that has never seen it."""
    newcomer = Project(folder / "newcomer.db", bucket)
    with Heartbeat() as heartbeat:
        took = measured(newcomer.sync.open)
    tell(
        "open from the snapshot", took, limit, f"other threads waited {heartbeat.longest_ms:.0f} ms"
    )
    tell("first counts of all labels", measured(newcomer.store.labels))
    tell("look for news when there are none", measured(newcomer.sync.pull))
    newcomer.database.close()


def measure_edits(folder: Path, project: Project, images: int) -> None:
    """Label, take back, rename."""
    ids = project.index.all_ids()
    label = project.store.labels()[5].label.id
    project.store.labels()
    for count in (10_000, 100_000):
        selected = np.random.default_rng(1).choice(ids, min(count, images // 2), replace=False)
        limit = bare_pairs(folder, selected)
        applied: list[Applied] = []
        assign = Assign((label,), selected)
        took = measured(lambda: applied.append(assign.apply(project.store)))  # noqa: B023  called at once
        tell(f"assign {len(selected):,}", took, limit)
        took = measured(lambda: applied[0].inverse.apply(project.store))  # noqa: B023
        tell(f"undo {len(selected):,}", took, limit)
    rename = RenameLabel(project.store.labels()[0].label.id, "renamed")
    tell("rename a label of a third of the images", measured(lambda: rename.apply(project.store)))
    took = measured(lambda: history_of_image(project.store, int(ids[images // 2])))
    tell("history of one image", took)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1_000_000)
    images = parser.parse_args().images
    keys = [f"photos/{n % 977:03}/IMG_{n:07}.jpg" for n in range(images)]
    keys.sort()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bucket").mkdir()
        bucket = FolderBucket(folder / "bucket")
        project = Project(folder / "project.db", bucket)
        add_images(project, keys)
        project.sync.use_multi_label(multi_label=True)
        label_all(project, images)
        print(f"{images:,} images, {2 * images:,} assignments          ms  processor  ratio")
        limit = bare_rows(folder, keys, 2 * images)
        tell("bare SQLite: as many rows", limit, limit)
        tell("send the journal", measured(project.sync.push))
        journal = size_of(folder / "bucket", "_cloudanno/journal")
        with Heartbeat() as heartbeat:
            took = measured(project.sync.write_snapshot)
        snapshot = size_of(folder / "bucket", "_cloudanno/snapshots")
        tell("write a snapshot", took, None, f"other threads waited {heartbeat.longest_ms:.0f} ms")
        measure_opening(folder, bucket, limit)
        measure_edits(folder, project, images)
        with Heartbeat() as heartbeat:
            took = measured(project.sync.write_annotations)
        tell(
            "write _annotations.json",
            took,
            None,
            f"other threads waited {heartbeat.longest_ms:.0f} ms",
        )
        tell("the same when nothing has changed", measured(project.sync.write_annotations))
        project.database.close()
        file = (folder / "bucket" / "_annotations.json").stat().st_size
        print(f"journal {journal}; snapshot {snapshot}; _annotations.json {file / 1e6:,.1f} MB")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"most memory {peak / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
