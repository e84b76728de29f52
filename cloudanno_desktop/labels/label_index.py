"""Which images carry which label, as sorted arrays in memory.

Loaded once and then updated image by image, so that a key press in a project of a million images
does not read two million rows. A change counts once its revision is committed; a rollback leaves
no trace. Changes by another process are not noted, so everything is read again.
"""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from cloudanno_desktop.database import Database
from cloudanno_desktop.index.int_lists import numbers_in
from cloudanno_desktop.labels.ids import IdArray, sorted_ids
from cloudanno_desktop.labels.journal.local_journal import get_state

LAST = "SELECT coalesce(max(image_id), 0) FROM label_pair"
LOAD = """
SELECT group_concat(label_no), group_concat(image_id) FROM label_pair
WHERE image_id BETWEEN ? AND ? AND shown = 1
"""
RELOAD = """
SELECT p.label_no, group_concat(p.image_id) FROM json_each(?) AS changed
JOIN label_pair AS p ON p.image_id = changed.value WHERE p.shown = 1 GROUP BY p.label_no
"""
IMAGES_AT_ONCE = 25_000  # their labels are sorted in some milliseconds


class LabelIndex:
    """Sorted image ids of each label number, present or not; equal revision, equal content."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.RLock()
        self._changes: list[tuple[int, IdArray | None]] = []
        self._arrays: dict[int, IdArray] | None = None
        self.revision = -1

    def note(self, revision: int, images: IdArray | None) -> None:
        """Expect that images change when ``revision`` is committed; ``None``: any image."""
        with self._lock:
            self._changes.append((revision, images))

    def forget_notes(self) -> None:
        """Drop expected changes after a rollback, as their revisions may be reused."""
        with self._lock:
            self._changes.clear()

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
        (last,) = connection.execute(LAST).fetchone()
        parts: dict[int, list[IdArray]] = defaultdict(list)
        for start in range(0, last + 1, IMAGES_AT_ONCE):
            row = connection.execute(LOAD, (start, start + IMAGES_AT_ONCE - 1)).fetchone()
            for no, images in _by_label(*(numbers_in(text, np.int32) for text in row)):
                parts[no].append(images)
        self._arrays = {no: np.concatenate(found) for no, found in parts.items()}
        self._forget(revision)

    def _catch_up(self, connection: sqlite3.Connection, revision: int) -> None:
        changed = [images for number, images in self._changes if number <= revision]
        noted = {number for number, _ in self._changes}
        is_known = noted.issuperset(range(self.revision + 1, revision + 1))
        if any(images is None for images in changed) or not is_known:
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


def _by_label(labels: IdArray, images: IdArray) -> Iterator[tuple[int, IdArray]]:
    """Sort images by their labels; the order of each label’s images stays."""
    order = np.argsort(labels, kind="stable")
    found, starts = np.unique(labels[order], return_index=True)
    ends = np.append(starts, len(order))[1:]
    for no, start, end in zip(found.tolist(), starts, ends, strict=True):
        yield no, images[order[start:end]]


def _replaced(old: IdArray, changed: IdArray, fresh: IdArray) -> IdArray:
    """Replace ``changed`` in a sorted array by ``fresh``; the same array if equal."""
    start, end = np.searchsorted(old, changed), np.searchsorted(old, changed, side="right")
    hit = start[end > start]
    if len(hit) == len(fresh) and np.array_equal(old[hit], fresh):
        return old
    rest = np.delete(old, hit)
    return np.insert(rest, np.searchsorted(rest, fresh), fresh)
