"""Label 100,000 of 300,000 images and take it back: the edits against bare SQLite.

The limit is what SQLite needs to write the same number of rows (image, label, state) in one durable
transaction into a table with the same key. Median of several rounds, in the same process.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cloudanno_desktop.index.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.labels.edits import Assign, CreateLabel
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS
from cloudanno_desktop.labels.store import LabelStore

IMAGES = 300_000
SELECTED = 100_000
ROUNDS = 5


def open_store(folder: Path) -> LabelStore:
    """Make a project of ``IMAGES`` present images."""
    database = Database(folder / "project.db", (*INDEX_MIGRATIONS, *LABEL_MIGRATIONS))
    index = ImageIndex(database)
    with database.transaction() as connection:
        index.ensure(connection, [f"photos/IMG_{number:07}.jpg" for number in range(IMAGES)])
        connection.execute("UPDATE image SET present = 1, size = 1000, etag = 'e'")
    return LabelStore(database, index, "benchmark")


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


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print one table."""
    times: dict[str, list[float]] = {"assign": [], "undo": [], "bare SQLite": []}
    with tempfile.TemporaryDirectory() as name:
        store = open_store(Path(name))
        CreateLabel("cat").apply(store)
        label = store.label_named("cat").id
        selected = np.arange(1, SELECTED + 1, dtype=np.int32)
        plain = bare(Path(name))
        rows = [(int(image), 1, 1) for image in selected]

        def write_plainly() -> None:
            plain.execute("BEGIN IMMEDIATE")
            plain.executemany("INSERT OR REPLACE INTO pair VALUES (?, ?, ?)", rows)
            plain.execute("COMMIT")

        for _ in range(ROUNDS):
            began = time.perf_counter()
            applied = Assign((label,), selected).apply(store)
            times["assign"].append(time.perf_counter() - began)
            times["undo"].append(seconds(lambda: applied.inverse.apply(store)))  # noqa: B023  called at once
            times["bare SQLite"].append(seconds(write_plainly))
        store.database.close()
        plain.close()
    print(f"{SELECTED:,} of {IMAGES:,} images          ms   ratio")
    limit = statistics.median(times["bare SQLite"])
    for what, measured in times.items():
        middle = statistics.median(measured)
        print(f"{what:28} {middle * 1000:8.0f} {middle / limit:7.2f}")


if __name__ == "__main__":
    main()
