"""Loads a snapshot into the database: in bulk, in the transaction of the caller.

Into empty tables rows go in the order of their keys. Where there are registers already, each holds
the value of the later operation, as everywhere. Small tables are written first: a page of the log
that SQLite writes a second time makes it read the whole log again at the end.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.journal import hlc, local_journal, sql_registers
from cloudanno_desktop.labels.journal.last_time import note_times
from cloudanno_desktop.labels.snapshot.bulk import (
    Numbers,
    insert_images,
    insert_table,
    known_images,
)
from cloudanno_desktop.labels.snapshot.columns import (
    Places,
    at,
    clear_places,
    pair_places,
    taken,
)
from cloudanno_desktop.labels.snapshot.format import (
    Clears,
    Images,
    Ints,
    Labels,
    Operations,
    Pairs,
    Part,
    SeenObjects,
    SnapshotHeader,
    SnapshotStates,
    SnapshotUnusable,
    numbers,
    unpack,
)

SET_WRITER = "UPDATE label_writer SET taken = ?1, base = ?1 WHERE no = ?2 AND taken < ?1"
IS_USED = "SELECT EXISTS (SELECT 1 FROM label_pair) OR EXISTS (SELECT 1 FROM label_clear)"
LAST_OPERATION = "SELECT coalesce(max(id), 0) FROM label_operation"
ADD_OPERATION = "INSERT OR IGNORE INTO label_operation VALUES (?, ?, ?, ?, ?, NULL)"
OPERATION_AT = """
SELECT id FROM label_operation WHERE writer_no = ? AND sequence = ? AND position = ?
"""
IS_LATER = """
WHERE (SELECT stamp FROM label_operation WHERE id = {0}.operation_id)
    < (SELECT stamp FROM label_operation WHERE id = excluded.operation_id)
"""
ADD_PAIR = "INSERT INTO label_pair (image_id, label_no, operation_id, seen, is_on, shown)"
ADD_SHOWN = "INSERT INTO label_pair (image_id, label_no, operation_id, seen)"
PUT_PAIR = f"""
{ADD_PAIR} VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (image_id, label_no) DO UPDATE
SET is_on = excluded.is_on, operation_id = excluded.operation_id, shown = excluded.shown,
    seen = excluded.seen
{IS_LATER.format("label_pair")}
"""
PUT_CLEAR = f"""
INSERT INTO label_clear VALUES (?, ?, ?) ON CONFLICT (image_id, writer_no) DO UPDATE
SET operation_id = excluded.operation_id {IS_LATER.format("label_clear")}
"""
PUT_MARK = f"""
INSERT INTO label_mark VALUES (?, ?, ?, ?) ON CONFLICT (image_id, name) DO UPDATE
SET value = excluded.value, operation_id = excluded.operation_id {IS_LATER.format("label_mark")}
"""
ADD_CLEAR = "INSERT INTO label_clear"

FEW_KEYS = 1_000  # are looked up one by one
ROWS_AT_ONCE = 20_000


def load_snapshot(connection: sqlite3.Connection, index: ImageIndex, body: bytes) -> SnapshotHeader:
    """Join a snapshot with the database, in a transaction that is rolled back on any error.

    Raises:
        SnapshotUnusable: damaged, newer, or it contradicts itself.
    """
    header, parts = unpack(body)
    is_used = bool(connection.execute(IS_USED).fetchone()[0])
    loading = _Loading(connection, index, header, is_used=is_used)
    loading.put_writers()
    try:
        for part in parts:
            loading.take(part)
        loading.put_pairs()
    except (ValueError, sqlite3.IntegrityError, UnicodeEncodeError) as error:
        raise SnapshotUnusable(str(error)) from error
    if is_used:
        sql_registers.show_again(connection, many=sql_registers.is_multi_label(connection))
    return header


class _Loading:
    """Turns places in the snapshot’s lists into row numbers of this database."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        index: ImageIndex,
        header: SnapshotHeader,
        *,
        is_used: bool,
    ) -> None:
        self._is_used = is_used
        self._connection = connection
        self._index = index
        self._header = header
        self._writers = [
            local_journal.writer_no(connection, writer.id) for writer in header.writers
        ]
        self._stamp_ends = [f" {writer.id} " for writer in header.writers]
        self._label_ids: list[str] = []
        self._labels = _none()
        self._operations = _none()
        self._image_parts: list[Ints] = []
        self._cleared: Ints | None = None
        self._pairs: list[Pairs] = []

    def put_writers(self) -> None:
        for no, writer in zip(self._writers, self._header.writers, strict=True):
            self._connection.execute(SET_WRITER, (writer.sequence, no))
            if writer.clock:
                self._connection.execute(
                    local_journal.NOTE_AUTHOR, (writer.author, writer.clock, no)
                )

    def take(self, part: Part) -> None:
        """Store one part; the pairs wait for ``put_pairs``."""
        match part:
            case Operations():
                self._operations = np.concatenate([self._operations, self._put_operations(part)])
            case SeenObjects():
                self._put_seen(part)
            case Labels():
                self._put_labels(part)
            case Images():
                self._image_parts.append(self._put_images(part.keys))
            case Clears():
                self._put_clears(part)
            case SnapshotStates():
                self._put_marks(part)
            case Pairs():
                self._pairs.append(part)

    def put_pairs(self) -> None:
        """Store the pairs, with which of them show."""
        columns = map(self._pair_columns, self._places_of_pairs())
        if self._is_used:
            for part in columns:
                self._connection.executemany(PUT_PAIR, _rows(part))
            return
        for part in columns:
            if part[-1].all():  # most show, which is what a row says if nothing else is given
                insert_table(self._connection, ADD_SHOWN, part[:4])
            else:
                insert_table(self._connection, ADD_PAIR, part)

    def _places_of_pairs(self) -> Iterator[Sequence[Places]]:
        """Return the columns of pairs, the last one being whether they show, part by part."""
        parts = map(pair_places, self._pairs)
        if self._cleared is None and sql_registers.is_multi_label(self._connection):
            return ([*places, places[-1]] for places in parts)
        places = np.concatenate([np.zeros((5, 0), np.int32), *parts], axis=1)
        return _parts([*places, self._shown(*places).astype(np.int32)])

    def _pair_columns(self, places: Sequence[Places]) -> list[Numbers]:
        image, label, operation, seen, on, shown = places
        ids = at(self._images, image), at(self._labels, label), at(self._operations, operation)
        return [*ids, seen, on, shown]

    @property
    def _images(self) -> Ints:
        """The ids of the images named so far, by their places."""
        if len(self._image_parts) != 1:
            self._image_parts = [np.concatenate([_none(), *self._image_parts])]
        return self._image_parts[0]

    def _put_operations(self, part: Operations) -> Ints:
        if not all(hlc.is_time(time) and hlc.is_counted(time) for time in part.clock):
            raise SnapshotUnusable("an operation has no valid clock")
        note_times(self._connection, tuple(part.clock[-1:]))
        of_writers = numbers(part.writer).tolist()
        writers = taken(self._writers, of_writers)
        ends = taken(self._stamp_ends, of_writers)
        positions = numbers(part.position).tolist()
        places = list(zip(writers, part.sequence, positions, strict=True))
        first = int(self._connection.execute(LAST_OPERATION).fetchone()[0]) + 1
        before = self._connection.total_changes
        self._connection.executemany(
            ADD_OPERATION,
            (
                (number, f"{time}{end}{sequence:010d} {position:06d}", writer, sequence, position)
                for number, time, end, (writer, sequence, position) in zip(
                    range(first, first + len(places)), part.clock, ends, places, strict=True
                )
            ),
        )
        if self._connection.total_changes - before == len(places):
            return np.arange(first, first + len(places))
        found = (self._connection.execute(OPERATION_AT, place).fetchone() for place in places)
        return np.array([row[0] for row in found], np.int64)

    def _put_seen(self, part: SeenObjects) -> None:
        for writer in {writer for seen in part.seen for writer in seen}:
            local_journal.writer_no(self._connection, writer)
        writers = taken(self._writers, numbers(part.writer).tolist())
        seen = [msgspec.json.encode(known).decode() for known in part.seen]
        ones = [1] * len(seen)
        rows = zip(writers, part.sequence, seen, ones, strict=True)
        self._connection.executemany(local_journal.ADD_OBJECT, rows)

    def _put_labels(self, part: Labels) -> None:
        label_numbers = []
        for label in part.labels:
            no = sql_registers.label_no(self._connection, label.id)
            label_numbers.append(no)
            if label.created:
                self._connection.execute(sql_registers.SET_CREATED, (no,))
            for name, statement in sql_registers.SET_PROPERTY.items():
                value, stamp = getattr(label, name)
                self._connection.execute(statement, (value, stamp, no))
            names = [(name, no) for name in label.past_names]
            self._connection.executemany(sql_registers.INSERT_NAME, names)
        self._label_ids = [label.id for label in part.labels]
        self._labels = np.array(label_numbers, np.int64)

    def _put_images(self, keys: list[str]) -> Ints:
        if len(keys) < FEW_KEYS or "\0" in "".join(keys):
            return np.array(self._index.ensure(self._connection, keys), np.int64)
        known = known_images(self._connection, keys)
        new = [key for key in keys if key not in known] if known else keys
        fresh = insert_images(self._connection, new)
        if fresh is not None and not known:
            return np.arange(fresh.start, fresh.stop)
        if fresh is not None:
            known.update(zip(new, fresh, strict=True))
            return np.array([known[key] for key in keys], np.int64)
        return np.array(self._index.ensure(self._connection, keys), np.int64)

    def _put_clears(self, part: Clears) -> None:
        image, writer, operation = clear_places(part)
        if self._cleared is None:
            self._cleared = np.full(len(self._images), -1)
        ids = at(self._images, image)
        np.maximum.at(self._cleared, image, operation)
        writers = at(np.array(self._writers, np.int64), writer)
        columns = (ids, writers, at(self._operations, operation))
        if self._is_used:
            self._connection.executemany(PUT_CLEAR, _rows(columns))
        else:
            insert_table(self._connection, ADD_CLEAR, columns)

    def _put_marks(self, part: SnapshotStates) -> None:
        images = at(self._images, numbers(part.image)).tolist()
        operations = at(self._operations, numbers(part.operation)).tolist()
        rows = zip(images, part.name, part.value, operations, strict=True)
        self._connection.executemany(PUT_MARK, rows)

    def _shown(
        self, image: Places, label: Places, operation: Places, _seen: Places, on: Places
    ) -> NDArray[np.bool_]:
        """Say which pairs show; places of operations are in the order of their stamps."""
        shown: NDArray[np.bool_] = on == 1
        if self._cleared is not None:
            shown &= operation >= at(self._cleared, image)
        if not sql_registers.is_multi_label(self._connection):
            rank = np.argsort(np.argsort(np.array(self._label_ids)))
            order = np.lexsort((at(rank, label), operation, image))
            order = order[shown[order]]
            is_last = np.append(image[order][1:] != image[order][:-1], values=True)
            shown[order[~is_last[: len(order)]]] = False
        return shown


def _parts(columns: Sequence[Places]) -> Iterator[list[Places]]:
    for start in range(0, len(columns[0]), ROWS_AT_ONCE):
        yield [column[start : start + ROWS_AT_ONCE] for column in columns]


def _rows(columns: Iterable[Numbers]) -> Iterator[tuple[int, ...]]:
    return zip(*(column.tolist() for column in columns), strict=True)


def _none() -> Ints:
    return np.zeros(0, np.int64)
