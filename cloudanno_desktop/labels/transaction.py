"""An open transaction in which edits read the current state and record operations."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.byte_tags import tags_of_content
from cloudanno_desktop.index.image_index import SET_TAG, ImageIndex
from cloudanno_desktop.labels.catalog import Catalog, LabelRow
from cloudanno_desktop.labels.ids import IdArray, sorted_ids
from cloudanno_desktop.labels.journal import local_journal, sql_registers
from cloudanno_desktop.labels.journal.conflicts import find_conflicts
from cloudanno_desktop.labels.journal.last_time import own_time
from cloudanno_desktop.labels.journal.operations import (
    Act,
    Assigned,
    JournalObject,
    LabelAct,
    LabelsSet,
    Operation,
)
from cloudanno_desktop.labels.label import Label
from cloudanno_desktop.labels.label_index import LabelIndex
from cloudanno_desktop.labels.snapshot.load import load_snapshot

BITS = 32  # labels in one code before codes are renumbered

CATALOG = """
SELECT no, id, name, color, position, negative, created, deleted, merged_into FROM label
"""
CARRIED = """
SELECT p.label_no, group_concat(p.image_id) FROM json_each(?) AS ids
JOIN label_pair AS p ON p.image_id = ids.value WHERE p.shown = 1 GROUP BY p.label_no
"""
KEYS = "SELECT image.key FROM json_each(?) AS ids CROSS JOIN image ON image.id = ids.value"
TAGS = "SELECT image.tag FROM json_each(?) AS ids CROSS JOIN image ON image.id = ids.value"
SEEN = """
SELECT coalesce(p.seen, 0) FROM json_each(?) AS ids
LEFT JOIN label_pair AS p ON p.image_id = ids.value
    AND p.label_no = (SELECT no FROM label WHERE id = ?)
"""
CHANGED_PAIRS = """
SELECT label.id, group_concat(p.image_id) FROM json_each(?) AS ids
CROSS JOIN label_changed AS c ON c.image_id = ids.value
JOIN label_pair AS p ON p.image_id = c.image_id AND p.label_no = c.label_no AND p.shown = 1
JOIN label ON label.no = p.label_no GROUP BY label.id
"""
UNREAD = """
SELECT i.id, i.key, i.etag, i.size FROM json_each(?) AS ids CROSS JOIN image AS i
ON i.id = ids.value WHERE i.present = 1 AND i.tag % 4 = 2
AND NOT EXISTS (SELECT 1 FROM label_pair AS p WHERE p.image_id = i.id AND p.seen = i.tag)
"""
MOST_READ = 500  # files, and …
MOST_BYTES = 1 << 25  # … bytes of them: more would keep the user waiting

Tags = NDArray[np.int64]


@dataclass(eq=False)
class LabelUnknown(CloudAnnoError):
    """There is no such label (any more)."""

    sentence: ClassVar[str] = "There is no label “{label}” in this project."

    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Images that carry the same labels: sorted ids as assigned, hidden and merged ones too."""

    labels: tuple[str, ...]
    images: IdArray


class Transaction:
    def __init__(
        self,
        connection: sqlite3.Connection,
        index: ImageIndex,
        membership: LabelIndex,
        author: str,
    ) -> None:
        self.connection = connection
        self._index = index
        self._membership = membership
        self._author = author

    def catalog(self) -> Catalog:
        return read_catalog(self.connection)

    def known(self, label_ids: Iterable[str]) -> Catalog:
        """Return the labels. Raises ``LabelUnknown`` if one of ``label_ids`` was never created."""
        catalog = self.catalog()
        for label_id in label_ids:
            if label_id not in catalog.rows or not catalog.rows[label_id].created:
                raise LabelUnknown(label_id)
        return catalog

    def groups(self, image_ids: Sequence[int] | IdArray) -> list[Group]:
        """Sort images by the labels they carry."""
        if not len(image_ids):
            return []
        ids = np.unique(np.asarray(image_ids, np.int32))
        rows = self.connection.execute(CARRIED, (_json(ids),))
        carried = {no: sorted_ids(text) for no, text in rows}
        catalog = self.catalog()
        return [
            Group(tuple(sorted(map(catalog.id_of, labels))), images)
            for labels, images in group_by_labels(ids, carried)
        ]

    def disputed(self, image_ids: IdArray) -> IdArray:
        """Return the images that are in conflict."""
        found = find_conflicts(self.connection, self.catalog(), _json(image_ids))
        return np.array([conflict.image_id for conflict in found], np.int32)

    def keys(self, image_ids: IdArray) -> tuple[str, ...]:
        return tuple(row[0] for row in self.connection.execute(KEYS, (_json(image_ids),)))

    def tags(self, image_ids: IdArray) -> tuple[int, ...]:
        """Return the tags of the bytes that lie under the images' keys."""
        if self._index.content and len(image_ids) <= MOST_READ:
            self._tag_content(self._index.content, image_ids)
        return tuple(row[0] for row in self.connection.execute(TAGS, (_json(image_ids),)))

    def _tag_content(self, content: Callable[[str, str], bytes | None], image_ids: IdArray) -> None:
        """Read a few files of a folder, whose ETags change with each copy of the same bytes."""
        rows = self.connection.execute(UNREAD, (_json(image_ids),)).fetchall()
        if sum(size for *_, size in rows) > MOST_BYTES:
            return
        for image_id, key, etag, _size in rows:
            if (body := content(key, etag)) is not None:
                self.connection.execute(SET_TAG, (tags_of_content(body)[0], image_id))

    def seen(self, label_id: str, image_ids: IdArray) -> tuple[int, ...]:
        """Return the tags of the bytes that last got a label; 0 where unknown."""
        rows = self.connection.execute(SEEN, (_json(image_ids), label_id))
        return tuple(row[0] for row in rows)

    def record(self, act: Act, images: IdArray | None = None, author: str | None = None) -> None:
        """Write and apply an own operation; ``images`` are the ids of its images, if known.

        Labels are given to the bytes that are there now, unless ``act`` says otherwise.
        """
        ids = self._ids_of(act) if images is None else images
        if isinstance(act, Assigned | LabelsSet) and not act.seen and any(tags := self.tags(ids)):
            act = msgspec.structs.replace(act, seen=tags)
        time = own_time(self.connection, act, _json(ids))
        operation = Operation(str(uuid4()), time, author or self._author, act)
        self._apply(local_journal.append(self.connection, operation), act, ids, newest=True)

    def record_operation(self, operation: Operation) -> None:
        """Write and apply an own operation that has its origin already."""
        self.apply_again(local_journal.append(self.connection, operation), operation)

    def take(self, taken: JournalObject) -> int:
        """Take in another writer’s journal object; return how many operations were new."""
        rows = local_journal.take(self.connection, taken)
        for row, operation in rows:
            self.apply_again(row, operation)
        return len(rows)

    def apply_again(self, row: local_journal.Row, operation: Operation) -> None:
        """Apply an operation that is already stored."""
        self._apply(row, operation.act, self._ids_of(operation.act))

    def join(self, snapshot: bytes) -> None:
        """Join a snapshot. After ``SnapshotUnusable`` the transaction must be rolled back."""
        self.note_change(None)
        load_snapshot(self.connection, self._index, snapshot)

    def note_change(self, images: IdArray | None) -> None:
        """Count a bulk change of the registers; ``None``: of any image."""
        self._membership.note(local_journal.bump_revision(self.connection), images)

    def _ids_of(self, act: Act) -> IdArray:
        keys = () if isinstance(act, LabelAct) else act.images
        return np.array(self._index.ensure(self.connection, keys), np.int32)

    def _apply(
        self, row: local_journal.Row, act: Act, images: IdArray, *, newest: bool = False
    ) -> None:
        tagged = _json(images.astype(np.int64) << 31 | _seen(act, len(images)))
        written = sql_registers.StoredOperation(
            row.id, row.stamp, row.writer_no, _json(images), tagged, newest
        )
        sql_registers.apply_act(self.connection, act, written)
        self.note_change(images)


def read_catalog(connection: sqlite3.Connection) -> Catalog:
    return Catalog(
        LabelRow(
            no,
            Label(label_id, name, color, position, bool(negative)),
            bool(created),
            bool(deleted),
            into,
        )
        for no, label_id, name, color, position, negative, created, deleted, into in (
            connection.execute(CATALOG)
        )
    )


def _json(ids: NDArray[np.integer]) -> str:
    return json.dumps(ids.tolist())


def _seen(act: Act, images: int) -> Tags:
    """Return a tag for each image; 0 where the operation has none that fit."""
    seen = act.seen if isinstance(act, Assigned | LabelsSet) else ()
    return np.array(seen if len(seen) == images else np.zeros(images), np.int64)


def changed_pairs(
    connection: sqlite3.Connection, image_ids: Sequence[int] | IdArray
) -> dict[str, IdArray]:
    """Return the labels that show on other bytes than those they were given to."""
    ids = _json(np.unique(np.asarray(image_ids, np.int32)))
    rows = connection.execute(CHANGED_PAIRS, (ids,))
    return {label_id: sorted_ids(images) for label_id, images in rows}


def group_by_labels(
    ids: IdArray, carried: Mapping[int, IdArray]
) -> list[tuple[tuple[int, ...], IdArray]]:
    """Return the images of each set of labels; ``ids`` and ``carried`` (by label) are sorted."""
    code = np.zeros(len(ids), np.int64)
    for count, images in enumerate(carried.values(), start=1):
        code *= 2
        code[np.searchsorted(ids, images)] += 1
        if count % BITS == 0:
            code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    return [
        (_labels_at(ids[place], carried), ids[inverse == number])
        for number, place in enumerate(first)
    ]


def _labels_at(image: int, carried: Mapping[int, IdArray]) -> tuple[int, ...]:
    return tuple(
        no
        for no, images in carried.items()
        if (place := np.searchsorted(images, image)) < len(images) and images[place] == image
    )
