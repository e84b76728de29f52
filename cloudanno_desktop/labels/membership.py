"""Which images carry which label, as sorted arrays in memory.

Loaded once and then brought up to date image by image, so that a key press in a project of a
million images does not read two million rows. A change counts once its revision is committed: what
was rolled back leaves no trace.
"""

import json
import sqlite3
import threading

import numpy as np

from cloudanno_desktop.index.database import Database
from cloudanno_desktop.labels.changes import IdArray
from cloudanno_desktop.labels.ledger import get_state

LOAD = "SELECT label_no, group_concat(image_id) FROM label_pair WHERE shown = 1 GROUP BY label_no"
RELOAD = """
SELECT p.label_no, group_concat(p.image_id) FROM json_each(?) AS changed
JOIN label_pair AS p ON p.image_id = changed.value WHERE p.shown = 1 GROUP BY p.label_no
"""


class Membership:
    """Sorted image ids of each label number; present in the bucket or not.

    Attributes:
        revision: counts what was committed; equal revision, equal content.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.RLock()
        self._changes: list[tuple[int, IdArray | None]] = []
        self._arrays: dict[int, IdArray] | None = None
        self.revision = -1

    def note(self, revision: int, images: IdArray | None) -> None:
        """Expect that images changed once ``revision`` is committed; ``None``: any image."""
        with self._lock:
            self._changes.append((revision, images))

    def arrays(self) -> dict[int, IdArray]:
        """Return the committed ids of each label. The arrays must not be written to."""
        with self._lock:
            connection = self._database.reader()
            revision = int(get_state(connection, "revision", 0))
            if self._arrays is None:
                self._load(connection, revision)
            elif revision != self.revision:
                self._catch_up(connection, revision)
            return self._arrays or {}

    def _load(self, connection: sqlite3.Connection, revision: int) -> None:
        self._arrays = {no: sorted_ids(text) for no, text in connection.execute(LOAD)}
        self._forget(revision)

    def _catch_up(self, connection: sqlite3.Connection, revision: int) -> None:
        changed = [images for number, images in self._changes if number <= revision]
        if any(images is None for images in changed) or not changed:
            self._load(connection, revision)
            return
        images = np.unique(np.concatenate([part for part in changed if part is not None]))
        if len(images):
            self._reload(connection, images)
        self._forget(revision)

    def _reload(self, connection: sqlite3.Connection, images: IdArray) -> None:
        rows = connection.execute(RELOAD, (json.dumps(images.tolist()),))
        fresh = {no: sorted_ids(text) for no, text in rows}
        old = self._arrays or {}
        empty = np.zeros(0, np.int32)
        self._arrays = {
            no: _replaced(old.get(no, empty), images, fresh.get(no, empty)) for no in {*old, *fresh}
        }

    def _forget(self, revision: int) -> None:
        self._changes = [change for change in self._changes if change[0] > revision]
        self.revision = revision


def sorted_ids(text: str) -> IdArray:
    """Return the ids that SQLite joined with commas."""
    if not text:
        return np.zeros(0, np.int32)
    ids: IdArray = np.fromstring(text, dtype=np.int32, sep=",")
    ids.sort()
    return ids


def _replaced(old: IdArray, changed: IdArray, fresh: IdArray) -> IdArray:
    """Take ``changed`` out of a sorted array and put ``fresh`` in; the same array if equal."""
    start, end = np.searchsorted(old, changed), np.searchsorted(old, changed, side="right")
    hit = start[end > start]
    if len(hit) == len(fresh) and np.array_equal(old[hit], fresh):
        return old
    rest = np.delete(old, hit)
    return np.insert(rest, np.searchsorted(rest, fresh), fresh)
