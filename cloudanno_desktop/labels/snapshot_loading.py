"""A snapshot into the database: in bulk, in the one transaction of the caller.

Into empty tables rows go in the order of their keys. Where there are registers already, each keeps
the value of the later operation, as everywhere.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels import clock, ledger, registers
from cloudanno_desktop.labels.bulk import (
    insert_images,
    insert_table,
    known_images,
)
from cloudanno_desktop.labels.snapshot import (
    Clears,
    Header,
    Images,
    Ints,
    Labels,
    Marks,
    Operations,
    Pairs,
    Part,
    Seen,
    SnapshotUnusable,
    images_after,
    numbers,
    unpack,
)
from cloudanno_desktop.labels.timing import note_times

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
ADD_PAIR = "INSERT INTO label_pair"
ADD_SHOWN = "INSERT INTO label_pair (image_id, label_no, operation_id)"
PUT_PAIR = f"""
INSERT INTO label_pair VALUES (?, ?, ?, ?, ?) ON CONFLICT (image_id, label_no) DO UPDATE
SET is_on = excluded.is_on, operation_id = excluded.operation_id, shown = excluded.shown
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
ROWS_AT_ONCE = 2_000

T = TypeVar("T")


def load_snapshot(connection: sqlite3.Connection, index: ImageIndex, body: bytes) -> Header:
    """Join a snapshot with what the database holds.

    Args:
        connection: inside a transaction, which the caller rolls back on any error.
        index: gives ids to the images.
        body: the bytes of the snapshot.

    Raises:
        SnapshotUnusable: damaged, newer, or it contradicts itself.
    """
    header, parts = unpack(body)
    is_used = bool(connection.execute(IS_USED).fetchone()[0])
    loading = _Loading(connection, index, header, is_used=is_used)
    try:
        for part in parts:
            loading.take(part)
        loading.put_pairs()
    except (ValueError, sqlite3.IntegrityError, UnicodeEncodeError) as error:
        raise SnapshotUnusable(str(error)) from error
    loading.put_writers()
    if is_used:
        registers.show_again(connection, many=registers.is_multi_label(connection))
    return header


class _Loading:
    """Turns places in the snapshot's lists into row numbers of this database."""

    def __init__(
        self, connection: sqlite3.Connection, index: ImageIndex, header: Header, *, is_used: bool
    ) -> None:
        self._is_used = is_used
        self._connection = connection
        self._index = index
        self._header = header
        self._writers = [ledger.writer_no(connection, writer.id) for writer in header.writers]
        self._stamp_ends = [f" {writer.id} " for writer in header.writers]
        self._label_ids: list[str] = []
        self._labels = _none()
        self._operations = _none()
        self._images = _none()
        self._cleared: Ints | None = None
        self._pairs: list[Ints] = []

    def take(self, part: Part) -> None:
        """Put one part into the tables; the pairs wait for ``put_pairs``."""
        match part:
            case Operations():
                self._operations = np.concatenate([self._operations, self._put_operations(part)])
            case Seen():
                self._put_seen(part)
            case Labels():
                self._put_labels(part)
            case Images():
                self._images = np.concatenate([self._images, self._put_images(part.keys)])
            case Clears():
                self._put_clears(part)
            case Marks():
                self._put_marks(part)
            case Pairs():
                others = map(numbers, (part.label, part.operation, part.on))
                self._pairs.append(_together(images_after(part.steps), *others))

    def put_pairs(self) -> None:
        """Put the pairs, with what shows."""
        image, label, operation, on = np.concatenate([_none().reshape(4, 0), *self._pairs], axis=1)
        self._pairs.clear()
        if on.max(initial=0) > 1:
            raise SnapshotUnusable("an assignment is neither on nor off")
        shown = self._shown(image, label, operation, on)
        columns = (
            _at(self._images, image),
            _at(self._labels, label),
            _at(self._operations, operation),
            on,
            shown.astype(np.int64),
        )
        if self._is_used:
            self._connection.executemany(PUT_PAIR, _rows(columns))
            return
        for part in _parts(columns):
            if part[-1].all():  # most show, which is what a row says if nothing else is given
                insert_table(self._connection, ADD_SHOWN, part[:3])
            else:
                insert_table(self._connection, ADD_PAIR, part)

    def put_writers(self) -> None:
        """Note how far the journals are taken in."""
        for no, writer in zip(self._writers, self._header.writers, strict=True):
            self._connection.execute(SET_WRITER, (writer.sequence, no))
            if writer.clock:
                self._connection.execute(ledger.NOTE_AUTHOR, (writer.author, writer.clock, no))

    def _put_operations(self, part: Operations) -> Ints:
        if not all(map(clock.is_time, part.clock)):
            raise SnapshotUnusable("an operation has no valid clock")
        note_times(self._connection, tuple(part.clock[-1:]))
        of_writers = numbers(part.writer).tolist()
        writers = _taken(self._writers, of_writers)
        ends = _taken(self._stamp_ends, of_writers)
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

    def _put_seen(self, part: Seen) -> None:
        for writer in {writer for seen in part.seen for writer in seen}:
            ledger.writer_no(self._connection, writer)
        writers = _taken(self._writers, numbers(part.writer).tolist())
        seen = [msgspec.json.encode(known).decode() for known in part.seen]
        ones = [1] * len(seen)
        rows = zip(writers, part.sequence, seen, ones, strict=True)
        self._connection.executemany(ledger.ADD_OBJECT, rows)

    def _put_labels(self, part: Labels) -> None:
        label_numbers = []
        for label in part.labels:
            no = registers.label_no(self._connection, label.id)
            label_numbers.append(no)
            if label.created:
                self._connection.execute(registers.SET_CREATED, (no,))
            for name, statement in registers.SET_PROPERTY.items():
                value, stamp = getattr(label, name)
                self._connection.execute(statement, (value, stamp, no))
            names = [(name, no) for name in label.past_names]
            self._connection.executemany(registers.INSERT_NAME, names)
        self._label_ids = [label.id for label in part.labels]
        self._labels = np.array(label_numbers, np.int64)

    def _put_images(self, keys: list[str]) -> Ints:
        if len(keys) < FEW_KEYS or "\0" in "".join(keys):
            return np.array(self._index.ensure(self._connection, keys), np.int64)
        known = known_images(self._connection, keys)
        new = [key for key in keys if key not in known] if known else keys
        fresh = insert_images(self._connection, new)
        if fresh is not None and not known:
            return np.array(fresh, np.int64)
        if fresh is not None:
            known.update(zip(new, fresh, strict=True))
            return np.array([known[key] for key in keys], np.int64)
        return np.array(self._index.ensure(self._connection, keys), np.int64)

    def _put_clears(self, part: Clears) -> None:
        others = map(numbers, (part.writer, part.operation))
        image, writer, operation = _together(images_after(part.steps), *others)
        if self._cleared is None:
            self._cleared = np.full(len(self._images), -1)
        ids = _at(self._images, image)
        np.maximum.at(self._cleared, image, operation)
        writers = _at(np.array(self._writers, np.int64), writer)
        columns = (ids, writers, _at(self._operations, operation))
        if self._is_used:
            self._connection.executemany(PUT_CLEAR, _rows(columns))
        else:
            insert_table(self._connection, ADD_CLEAR, columns)

    def _put_marks(self, part: Marks) -> None:
        images = _at(self._images, numbers(part.image)).tolist()
        operations = _at(self._operations, numbers(part.operation)).tolist()
        rows = zip(images, part.name, part.value, operations, strict=True)
        self._connection.executemany(PUT_MARK, rows)

    def _shown(self, image: Ints, label: Ints, operation: Ints, on: Ints) -> NDArray[np.bool_]:
        """Say which pairs show; places of operations are in the order of their stamps."""
        shown: NDArray[np.bool_] = on == 1
        if self._cleared is not None:
            shown &= operation >= _at(self._cleared, image)
        if not registers.is_multi_label(self._connection):
            rank = np.argsort(np.argsort(np.array(self._label_ids)))
            order = np.lexsort((_at(rank, label), operation, image))
            order = order[shown[order]]
            is_last = np.append(image[order][1:] != image[order][:-1], values=True)
            shown[order[~is_last[: len(order)]]] = False
        return shown


def _taken(values: Sequence[T], places: Iterable[int]) -> list[T]:
    try:
        return [values[place] for place in places]
    except IndexError as error:
        raise SnapshotUnusable("it names what it does not hold") from error


def _at(values: Ints, places: Ints) -> Ints:
    try:
        return values[places]
    except IndexError as error:
        raise SnapshotUnusable("it names what it does not hold") from error


def _together(*columns: Ints) -> Ints:
    if len({len(column) for column in columns}) > 1:
        raise SnapshotUnusable("its columns differ in length")
    return np.stack(columns)


def _parts(columns: Sequence[Ints]) -> Iterator[list[Ints]]:
    for start in range(0, len(columns[0]), ROWS_AT_ONCE):
        yield [column[start : start + ROWS_AT_ONCE] for column in columns]


def _rows(columns: Sequence[Ints]) -> Iterator[tuple[int, ...]]:
    """Yield rows of Python numbers, without all of them at once."""
    for part in _parts(columns):
        yield from zip(*(column.tolist() for column in part), strict=True)


def _none() -> Ints:
    return np.zeros(0, np.int64)
