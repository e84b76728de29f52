"""A snapshot of what the database holds: its registers as columns.

It is read in one read transaction, so it is one moment however long it takes, and nobody waits.
"""

import sqlite3
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.labels import ledger
from cloudanno_desktop.labels.snapshot import (
    FORMAT,
    ROWS_IN_PART,
    Clears,
    Header,
    Images,
    IncludedWriter,
    LabelRegisters,
    Labels,
    Marks,
    Operations,
    Pairs,
    Part,
    Seen,
    pack,
)

WRITERS = "SELECT no, id, taken, author, clock FROM label_writer WHERE taken > 0 ORDER BY no"
NAMED = """
SELECT operation_id FROM label_pair UNION SELECT operation_id FROM label_clear
UNION SELECT operation_id FROM label_mark
"""
OPERATIONS = f"""
SELECT id, substr(stamp, 1, 21), writer_no, sequence, position FROM label_operation
WHERE id IN ({NAMED}) ORDER BY stamp
"""
SEEN = """
SELECT b.writer_no, b.sequence, b.seen FROM label_object AS b JOIN (
    SELECT DISTINCT o.writer_no, o.sequence FROM label_operation AS o WHERE o.id IN (
        SELECT operation_id FROM label_pair UNION SELECT operation_id FROM label_clear)
) USING (writer_no, sequence)
"""
IMAGES = """
SELECT id, key FROM image WHERE id IN (
    SELECT image_id FROM label_pair UNION SELECT image_id FROM label_clear
    UNION SELECT image_id FROM label_mark) ORDER BY key
"""
LABELS = """
SELECT no, id, created, name, name_stamp, color, color_stamp, position, position_stamp,
    deleted, deleted_stamp, merged_into, merged_into_stamp, negative, negative_stamp
FROM label ORDER BY no
"""
NAMES = "SELECT name FROM label_name WHERE label_no = ? ORDER BY name"
PAIRS = "SELECT image_id, label_no, is_on, operation_id FROM label_pair"
CLEARS = "SELECT image_id, writer_no, operation_id FROM label_clear"
MARKS = "SELECT image_id, name, value, operation_id FROM label_mark"

Ints = NDArray[np.int64]


class NotAllSent(Exception):
    """Own operations are not in the bucket yet, so what they did must not be in a snapshot."""


def pack_snapshot(connection: sqlite3.Connection, clock: str) -> tuple[Header, bytes]:
    """Return a snapshot of the database with its header.

    Args:
        connection: a reader outside of any transaction.
        clock: the time that the snapshot's key says.

    Raises:
        NotAllSent: there are operations that the journal in the bucket lacks.
    """
    connection.execute("BEGIN")
    try:
        if ledger.pending(connection):
            raise NotAllSent
        reading = _Reading(connection)
        header = Header(FORMAT, clock, reading.writers())
        return header, pack(header, reading.parts())
    finally:
        connection.execute("COMMIT")


class _Reading:
    """Turns row numbers of this database into places in the snapshot's lists."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._writer_place: dict[int, int] = {}
        self._label_place: dict[int, int] = {}
        self._operation_place = np.zeros(0, np.int64)
        self._image_place = np.zeros(0, np.int64)

    def writers(self) -> tuple[IncludedWriter, ...]:
        rows = self._connection.execute(WRITERS).fetchall()
        self._writer_place = {no: place for place, (no, *_) in enumerate(rows)}
        return tuple(IncludedWriter(*row) for _, *row in rows)

    def parts(self) -> Iterator[Part]:
        yield from self._operations()
        yield from self._seen()
        yield self._labels()
        yield from self._images()
        yield from self._pairs()
        yield from self._clears()
        yield from self._marks()

    def _operations(self) -> Iterator[Part]:
        ids: list[int] = []
        rows = self._connection.execute(OPERATIONS)
        while found := rows.fetchmany(ROWS_IN_PART):
            numbers, clocks, writers, sequences, positions = map(list, zip(*found, strict=True))
            ids += numbers
            places = [self._writer_place[no] for no in writers]
            yield Operations(clocks, places, sequences, positions)
        self._operation_place = _places(np.array(ids, np.int64))

    def _seen(self) -> Iterator[Part]:
        rows = self._connection.execute(SEEN)
        while found := rows.fetchmany(ROWS_IN_PART):
            writers, sequences, seen = zip(*found, strict=True)
            places = [self._writer_place[no] for no in writers]
            decoded = [msgspec.json.decode(text, type=dict[str, int]) for text in seen]
            yield Seen(places, list(sequences), decoded)

    def _labels(self) -> Part:
        found: list[LabelRegisters] = []
        for no, label_id, created, *values in self._connection.execute(LABELS).fetchall():
            self._label_place[no] = len(found)
            registers = zip(values[::2], values[1::2], strict=True)
            names = tuple(name for (name,) in self._connection.execute(NAMES, (no,)))
            row = [label_id, bool(created), *registers, names]
            found.append(msgspec.convert(row, LabelRegisters))
        return Labels(tuple(found))

    def _images(self) -> Iterator[Part]:
        ids: list[int] = []
        rows = self._connection.execute(IMAGES)
        while found := rows.fetchmany(ROWS_IN_PART):
            numbers, keys = zip(*found, strict=True)
            ids += numbers
            yield Images(list(keys))
        self._image_place = _places(np.array(ids, np.int64))

    def _pairs(self) -> Iterator[Part]:
        rows = _table(self._connection, PAIRS)
        images = self._image_place[rows[:, 0]]
        order = np.lexsort((rows[:, 1], images))
        for part in _split(order):
            labels = [self._label_place[no] for no in rows[part, 1].tolist()]
            operations = self._operation_place[rows[part, 3]].tolist()
            yield Pairs(images[part].tolist(), labels, rows[part, 2].tolist(), operations)

    def _clears(self) -> Iterator[Part]:
        rows = _table(self._connection, CLEARS)
        images = self._image_place[rows[:, 0]]
        for part in _split(np.lexsort((rows[:, 1], images))):
            writers = [self._writer_place[no] for no in rows[part, 1].tolist()]
            operations = self._operation_place[rows[part, 2]].tolist()
            yield Clears(images[part].tolist(), writers, operations)

    def _marks(self) -> Iterator[Part]:
        rows = self._connection.execute(MARKS)
        while found := rows.fetchmany(ROWS_IN_PART):
            images, names, values, operations = map(list, zip(*found, strict=True))
            image_places = self._image_place[images].tolist()
            yield Marks(image_places, names, values, self._operation_place[operations].tolist())


def _places(ids: Ints) -> Ints:
    """Return an array that holds at each id its place in ``ids``."""
    places = np.zeros(int(ids.max(initial=-1)) + 1, np.int64)
    places[ids] = np.arange(len(ids))
    return places


def _table(connection: sqlite3.Connection, statement: str) -> Ints:
    """Return the rows of numbers that a statement gives."""
    rows = connection.execute(statement)
    width = len(rows.description)
    parts = [np.zeros((0, width), np.int64)]
    while found := rows.fetchmany(ROWS_IN_PART):
        parts.append(np.array(found, np.int64))
    return np.concatenate(parts)


def _split(order: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(order), ROWS_IN_PART):
        yield order[start : start + ROWS_IN_PART]
