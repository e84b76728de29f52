"""Label 100,000 of 1,000,000 images and take it back: the edits against bare SQLite.

The limit is what SQLite needs to write the same number of rows (image, label, state) in one durable
transaction into a table with the same key; for what concerns a label itself, one row. Each time
holds the counts of all labels anew and the images of the tab with them, as the window needs both
before it shows the change. Median of several rounds, in the same process.

    python benchmarks/labels.py [IMAGES]
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.labels.edit import Edit
from cloudanno_desktop.labels.edits.assign import Assign, CreateLabel, DeleteLabel, MergeLabels
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.labels.edits.states import SetState
from cloudanno_desktop.labels.image_states import State
from cloudanno_desktop.labels.query import Query, select_and_count
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS
from cloudanno_desktop.labels.store import LabelStore

IMAGES = 1_000_000
CARRYING = 0.3  # share of images with the label that is renamed, merged and deleted
SELECTED = 100_000
FEW = 10_000
ROUNDS = 3


def open_store(folder: Path, images: int) -> LabelStore:
    """Make a project of present images, some of which carry the label “many”."""
    database = Database(folder / "project.db", (*INDEX_MIGRATIONS, *LABEL_MIGRATIONS))
    index = ImageIndex(database)
    with database.transaction() as connection:
        index.ensure(connection, [f"photos/IMG_{number:07}.jpg" for number in range(images)])
        connection.execute("UPDATE image SET present = 1, size = 1000, etag = 'e'")
    store = LabelStore(database, index, "benchmark")
    for name in ("cat", "many", "other"):
        CreateLabel(name).apply(store)
    copying = np.arange(images, images - int(images * CARRYING), -1, dtype=np.int32)
    Assign((store.label_named("many").id,), copying).apply(store)
    return store


def bare(folder: Path) -> sqlite3.Connection:
    """Make a table like the program's in a database with the same settings."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE pair (image INTEGER, label INTEGER, state INTEGER, "
        "PRIMARY KEY (image, label)) WITHOUT ROWID"
    )
    return connection


def write_plainly(connection: sqlite3.Connection, rows: int) -> float:
    """Return the seconds that SQLite alone needs."""
    values = [(image, 1, 1) for image in range(rows)]

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR REPLACE INTO pair VALUES (?, ?, ?)", values)
        connection.execute("COMMIT")

    return seconds(write)


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Measured:
    """Edits of one project with their times, there and back."""

    def __init__(self, store: LabelStore, index: ImageIndex) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self._store = store
        self._index = index

    def edit(self, name: str, edit: Edit) -> None:
        """Carry out an edit and take it back."""
        inverse = self._timed(name, edit)
        self._timed(f"undo: {name}", inverse)

    def _timed(self, name: str, edit: Edit) -> Edit:
        began = time.perf_counter()
        applied = edit.apply(self._store)
        self._store.labels()
        select_and_count(self._index, self._store, Query(), ())
        self.times[name].append(time.perf_counter() - began)
        return applied.inverse


def measure(store: LabelStore, index: ImageIndex) -> Measured:
    """Carry out every edit several times."""
    cat, many, other = (store.label_named(name).id for name in ("cat", "many", "other"))
    measured = Measured(store, index)
    for _ in range(ROUNDS):
        measured.edit(f"assign {SELECTED:,}", Assign((cat,), np.arange(1, SELECTED + 1)))
        measured.edit(f"assign {FEW:,}", Assign((cat,), np.arange(1, FEW + 1)))
        skipped = SetState(np.arange(1, SELECTED + 1), State.SKIPPED)
        measured.edit(f"skip {SELECTED:,}", skipped)
        measured.edit("rename", RenameLabel(many, "much"))
        measured.edit("merge", MergeLabels(many, other))
        measured.edit("delete", DeleteLabel(many))
    return measured


def main() -> None:
    """Measure and print one table."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    with tempfile.TemporaryDirectory() as name:
        store = open_store(Path(name), images)
        plain = bare(Path(name))
        limits = {
            rows: statistics.median(write_plainly(plain, rows) for _ in range(ROUNDS))
            for rows in (SELECTED, FEW, 1)
        }
        times = measure(store, ImageIndex(store.database)).times
        store.database.close()
        plain.close()
    print(f"{images:,} images, {int(images * CARRYING):,} with the label     ms   ratio")
    for what, found in times.items():
        rows = next((n for n in (SELECTED, FEW) if f" {n:,}" in what), 1)
        middle = statistics.median(found)
        print(f"{what:40} {middle * 1000:8.0f} {middle / limits[rows]:7.2f}")
    for rows, limit in limits.items():
        print(f"{f'bare SQLite, {rows:,}':40} {limit * 1000:8.1f}    1.00")


if __name__ == "__main__":
    main()
