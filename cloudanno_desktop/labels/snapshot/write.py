"""Writes the registers of the database as a snapshot, in one read transaction."""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.snapshot.format import (
    FORMAT,
    ROWS_IN_PART,
    Clears,
    Images,
    IncludedWriter,
    Ints,
    LabelRegisters,
    Labels,
    Operations,
    Pairs,
    Part,
    SeenObjects,
    SnapshotHeader,
    SnapshotStates,
    column,
    pack,
    steps,
)

WRITERS = "SELECT no, id, taken, author, clock FROM label_writer WHERE taken > 0 ORDER BY no"
OPERATIONS = """
SELECT id, substr(stamp, 1, 21), writer_no, sequence, position FROM label_operation
WHERE id IN (SELECT value FROM json_each(?)) ORDER BY stamp
"""
SEEN = """
SELECT b.writer_no, b.sequence, b.seen FROM label_object AS b JOIN (
    SELECT DISTINCT writer_no, sequence FROM label_operation
    WHERE id IN (SELECT value FROM json_each(?))
) USING (writer_no, sequence)
"""
IMAGES = "SELECT id, key FROM image ORDER BY key"
LABELS = """
SELECT no, id, created, name, name_stamp, color, color_stamp, position, position_stamp,
    deleted, deleted_stamp, merged_into, merged_into_stamp, negative, negative_stamp
FROM label ORDER BY no
"""
NAMES = "SELECT name FROM label_name WHERE label_no = ? ORDER BY name"
PAIRS = "SELECT image_id, label_no, operation_id, is_on, seen * is_on FROM label_pair"
CLEARS = "SELECT image_id, writer_no, operation_id FROM label_clear"
MARKS = "SELECT image_id, name, value, operation_id FROM label_mark"


class NotAllSent(Exception):
    """Own operations are not in the bucket yet, so a snapshot must not include them."""


def pack_snapshot(connection: sqlite3.Connection, clock: str) -> tuple[SnapshotHeader, bytes]:
    """Return a snapshot with its header, from a reader outside of any transaction.

    Raises:
        NotAllSent: there are operations that the journal in the bucket lacks.
    """
    connection.execute("BEGIN")
    try:
        if local_journal.pending(connection):
            raise NotAllSent
        reading = _Reading(connection)
        header = SnapshotHeader(FORMAT, clock, reading.writers())
        return header, pack(header, reading.parts())
    finally:
        connection.execute("COMMIT")


class _Reading:
    """Turns row numbers of this database into places in the snapshot’s lists."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._pairs = _table(connection, PAIRS)
        self._clears = _table(connection, CLEARS)
        self._marks = connection.execute(MARKS).fetchall()
        self._writer_place = _none()
        self._label_place = _none()
        self._operation_place = _none()
        self._image_place = _none()

    def writers(self) -> tuple[IncludedWriter, ...]:
        rows = self._connection.execute(WRITERS).fetchall()
        self._writer_place = _places([no for no, *_ in rows])
        return tuple(IncludedWriter(*row) for _, *row in rows)

    def parts(self) -> Iterator[Part]:
        yield from self._operation_parts()
        yield from self._seen_parts()
        yield self._labels()
        yield from self._image_parts()
        yield from self._pair_parts()
        yield from self._clear_parts()
        yield from self._mark_parts()

    def _operation_parts(self) -> Iterator[Part]:
        marked = np.array([operation for *_, operation in self._marks], np.int64)
        named = _json_of(self._pairs[:, 2], self._clears[:, 2], marked)
        ids: list[int] = []
        rows = self._connection.execute(OPERATIONS, (named,))
        while found := rows.fetchmany(ROWS_IN_PART):
            numbers, clocks, writers, sequences, positions = map(list, zip(*found, strict=True))
            ids += numbers
            places = column(self._writer_place[writers])
            yield Operations(clocks, places, sequences, column(positions))
        self._operation_place = _places(ids)

    def _seen_parts(self) -> Iterator[Part]:
        rows = self._connection.execute(SEEN, (_json_of(self._pairs[:, 2], self._clears[:, 2]),))
        while found := rows.fetchmany(ROWS_IN_PART):
            writers, sequences, seen = map(list, zip(*found, strict=True))
            decoded = [msgspec.json.decode(text, type=dict[str, int]) for text in seen]
            yield SeenObjects(column(self._writer_place[writers]), sequences, decoded)

    def _labels(self) -> Part:
        numbers: list[int] = []
        found: list[LabelRegisters] = []
        for no, label_id, created, *values in self._connection.execute(LABELS).fetchall():
            numbers.append(no)
            registers = zip(values[::2], values[1::2], strict=True)
            names = tuple(name for (name,) in self._connection.execute(NAMES, (no,)))
            row = [label_id, bool(created), *registers, names]
            found.append(msgspec.convert(row, LabelRegisters))
        self._label_place = _places(numbers)
        return Labels(tuple(found))

    def _image_parts(self) -> Iterator[Part]:
        marked = np.array([image for image, *_ in self._marks], np.int64)
        named = np.concatenate([self._pairs[:, 0], self._clears[:, 0], marked])
        is_named = np.zeros(int(named.max(initial=-1)) + 1, np.bool_)
        is_named[named] = True
        ids: list[int] = []
        rows = self._connection.execute(IMAGES)
        while found := rows.fetchmany(ROWS_IN_PART):
            needed = [row for row in found if row[0] < len(is_named) and is_named[row[0]]]
            ids += [image for image, _ in needed]
            yield Images([key for _, key in needed])
        self._image_place = _places(ids)

    def _pair_parts(self) -> Iterator[Part]:
        rows = self._pairs
        images = self._image_place[rows[:, 0]]
        for part in _split(np.lexsort((rows[:, 1], images))):
            yield Pairs(
                steps(images[part]),
                column(self._label_place[rows[part, 1]]),
                column(rows[part, 3]),
                column(self._operation_place[rows[part, 2]]),
                column(rows[part, 4]),
            )

    def _clear_parts(self) -> Iterator[Part]:
        rows = self._clears
        images = self._image_place[rows[:, 0]]
        for part in _split(np.lexsort((rows[:, 1], images))):
            writers = column(self._writer_place[rows[part, 1]])
            operations = column(self._operation_place[rows[part, 2]])
            yield Clears(steps(images[part]), writers, operations)

    def _mark_parts(self) -> Iterator[Part]:
        for start in range(0, len(self._marks), ROWS_IN_PART):
            part = self._marks[start : start + ROWS_IN_PART]
            images, names, values, operations = map(list, zip(*part, strict=True))
            places = column(self._image_place[images])
            yield SnapshotStates(places, names, values, column(self._operation_place[operations]))


def _places(ids: Sequence[int]) -> Ints:
    """Return an array that holds at each id its place in ``ids``."""
    numbers = np.array(ids, np.int64)
    places = np.zeros(int(numbers.max(initial=-1)) + 1, np.int64)
    places[numbers] = np.arange(len(numbers))
    return places


def _table(connection: sqlite3.Connection, statement: str) -> Ints:
    rows = connection.execute(statement)
    width = len(rows.description)
    parts = [np.zeros((0, width), np.int64)]
    while found := rows.fetchmany(ROWS_IN_PART):
        flat = np.fromiter(chain.from_iterable(found), np.int64, width * len(found))
        parts.append(flat.reshape(-1, width))
    return np.concatenate(parts)


def _json_of(*ids: Ints) -> str:
    """Return the JSON array of ids, each once."""
    return msgspec.json.encode(np.unique(np.concatenate(ids)).tolist()).decode()


def _split(order: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(order), ROWS_IN_PART):
        yield order[start : start + ROWS_IN_PART]


def _none() -> Ints:
    return np.zeros(0, np.int64)
