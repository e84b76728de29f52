"""Images of a single-label project that users labeled differently while apart.

An assignment is *superseded* by a later act on the same image whose writer knew it. Two assignments
of different labels that are not superseded are a conflict. The one with the later stamp shows;
setting it once more, or another label, resolves the conflict. Two labels that one operation of
another program gave to an image are a conflict too.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cloudanno_desktop.labels.catalog import Catalog
from cloudanno_desktop.labels.journal.local_journal import seen_by

WRITERS = "SELECT no, id FROM label_writer WHERE no IN (SELECT writer_no FROM label_object)"
EVENTS = """
WITH beaten AS (
    SELECT DISTINCT image_id FROM label_pair AS b JOIN label_operation AS made
    ON made.id = b.operation_id WHERE is_on = 1 AND shown = 0
    AND (?1 IS NULL OR image_id IN (SELECT value FROM json_each(?1))) AND NOT EXISTS (
        SELECT 1 FROM label_clear AS c JOIN label_operation AS cleared
        ON cleared.id = c.operation_id WHERE c.image_id = b.image_id
        AND c.writer_no = made.writer_no AND cleared.stamp > made.stamp))
SELECT p.image_id, p.label_no, p.is_on, o.stamp, o.writer_no, o.sequence
FROM beaten JOIN label_pair AS p USING (image_id)
JOIN label_operation AS o ON o.id = p.operation_id
UNION ALL
SELECT c.image_id, NULL, 0, o.stamp, o.writer_no, o.sequence
FROM beaten JOIN label_clear AS c USING (image_id)
JOIN label_operation AS o ON o.id = c.operation_id
"""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One image with its conflicting labels, the one that shows first."""

    image_id: int
    label_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Event:
    label_no: int | None
    is_on: bool
    stamp: str
    writer: int
    sequence: int


def find_conflicts(
    connection: sqlite3.Connection, catalog: Catalog, images: str | None = None
) -> list[Conflict]:
    """List the conflicts of ``images``, a JSON array of ids, or of all; ordered by id."""
    writers = dict(connection.execute(WRITERS).fetchall())
    events: dict[int, list[_Event]] = defaultdict(list)
    for image_id, label_no, is_on, stamp, writer, sequence in connection.execute(EVENTS, (images,)):
        events[image_id].append(_Event(label_no, bool(is_on), stamp, writer, sequence))
    knowledge = _Knowledge(connection, writers)
    conflicts = []
    for image_id, found in sorted(events.items()):
        labels = _standing(found, knowledge, catalog)
        if len(labels) > 1:
            conflicts.append(Conflict(image_id, labels))
    return conflicts


class _Knowledge:
    def __init__(self, connection: sqlite3.Connection, writers: dict[int, str]) -> None:
        self._connection = connection
        self._writers = writers
        self._seen: dict[tuple[int, int], dict[str, int]] = {}

    def replies(self, later: _Event, earlier: _Event) -> bool:
        """Say whether the writer of ``later`` knew ``earlier``."""
        if later.writer == earlier.writer:
            return later.stamp > earlier.stamp
        place = later.writer, later.sequence
        if place not in self._seen:
            self._seen[place] = seen_by(self._connection, *place)
        return self._seen[place].get(self._writers[earlier.writer], 0) >= earlier.sequence


def _standing(events: Iterable[_Event], knowledge: _Knowledge, catalog: Catalog) -> tuple[str, ...]:
    found = list(events)
    labels: dict[str, tuple[str, str]] = {}
    for event in found:
        if event.label_no is None or not event.is_on:
            continue
        label_id = catalog.id_of(event.label_no)
        root = catalog.root(label_id)
        if root and not any(knowledge.replies(other, event) for other in found):
            labels[root] = max(labels.get(root, ("", "")), (event.stamp, label_id))
    return tuple(sorted(labels, key=labels.__getitem__, reverse=True))
