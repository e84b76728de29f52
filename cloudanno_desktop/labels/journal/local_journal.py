"""The local copy of the journal: operations, the objects they belong to, writers, the clock.

An own operation gets its place in the journal when it is made: it joins the *open* object. A push
first begins a new open object, so the bytes of the closed ones never change and may be written
again after a lost response.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from cloudanno_desktop.labels.journal.last_time import is_near, note_times
from cloudanno_desktop.labels.journal.operations import (
    FORMAT,
    Header,
    JournalObject,
    Operation,
    checked_operation,
    encode_object,
    encode_operation,
)

EXTERNAL = "external"  # author of what other programs changed in an annotation file
OPERATIONS_IN_OBJECT = 5_000
BYTES_IN_OBJECT = 4_000_000

GET_STATE = "SELECT value FROM label_state WHERE name = ?"
SET_STATE = "INSERT OR REPLACE INTO label_state VALUES (?, ?)"
BUMP_REVISION = """
INSERT INTO label_state VALUES ('revision', 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value
"""
ADD_WRITER = "INSERT OR IGNORE INTO label_writer (id) VALUES (?)"
WRITER_NO = "SELECT no FROM label_writer WHERE id = ?"
SEEN = """
SELECT id, max(taken, seen) FROM label_writer
WHERE no != ? AND max(taken, seen) > 0 ORDER BY id
"""
NOTE_SEEN = "UPDATE label_writer SET seen = max(seen, ?) WHERE id = ?"
SET_TAKEN = "UPDATE label_writer SET taken = max(taken, ?) WHERE no = ?"
TAKEN = "SELECT id, taken FROM label_writer"
BASES = "SELECT no, id, base FROM label_writer WHERE base > 0"
MISSING = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
SELECT n FROM number WHERE NOT EXISTS (
    SELECT 1 FROM label_operation WHERE writer_no = ?2 AND sequence = n AND body IS NOT NULL)
"""
SET_COMPLETE = "UPDATE label_writer SET base = 0 WHERE id = ?"
ADD_OBJECT = "INSERT OR IGNORE INTO label_object VALUES (?, ?, ?, ?)"
ADD_OPERATION = """
INSERT INTO label_operation (stamp, writer_no, sequence, position, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
FILL_OPERATION = """
UPDATE label_operation SET body = ?
WHERE writer_no = ? AND sequence = ? AND position = ? AND body IS NULL
"""
NOTE_AUTHOR = "UPDATE label_writer SET author = ?1, clock = ?2 WHERE no = ?3 AND clock < ?2"
SIZE_OF_OBJECT = """
SELECT count(*), coalesce(sum(length(body)), 0) FROM label_operation
WHERE writer_no = ? AND sequence = ?
"""
WAITING = """
SELECT sequence, seen FROM label_object
WHERE flushed = 0 AND sequence < (SELECT value FROM label_state WHERE name = 'open_sequence')
ORDER BY sequence
"""
BODIES = """
SELECT body FROM label_operation WHERE writer_no = ? AND sequence = ? ORDER BY position
"""
SET_FLUSHED = "UPDATE label_object SET flushed = 1 WHERE writer_no = ? AND sequence = ?"
PENDING = """
SELECT count(*) FROM label_object AS b JOIN label_operation AS o
ON o.writer_no = b.writer_no AND o.sequence = b.sequence WHERE b.flushed = 0
"""
OBJECTS_SEEN = "SELECT seen FROM label_object WHERE writer_no = ? AND sequence = ?"

PLACES = """
SELECT id, stamp, position FROM label_operation WHERE writer_no = ? AND sequence = ?
"""
MOVE_OBJECT = """
UPDATE label_object SET writer_no = ?, sequence = ?, seen = ?
WHERE writer_no = ? AND sequence = ?
"""
MOVE_OPERATION = "UPDATE label_operation SET stamp = ?, writer_no = ?, sequence = ? WHERE id = ?"
MOVE_CLEARS = "UPDATE label_clear SET writer_no = ? WHERE operation_id = ?"
MOVE_PROPERTY = [
    f"UPDATE label SET {name}_stamp = ? WHERE {name}_stamp = ?"
    for name in ("name", "color", "position", "deleted", "merged_into", "negative")
]


@dataclass(frozen=True, slots=True)
class Row:
    """Where an operation is stored in the database."""

    id: int
    stamp: str
    writer_no: int


@dataclass(frozen=True, slots=True)
class WaitingObject:
    """A closed journal object of this writer that is not in the bucket yet."""

    writer: str
    sequence: int
    body: bytes


def get_state(connection: sqlite3.Connection, name: str, default: Any = None) -> Any:  # noqa: ANN401  a column without type
    row = connection.execute(GET_STATE, (name,)).fetchone()
    return default if row is None else row[0]


def set_state(connection: sqlite3.Connection, name: str, value: object) -> None:
    connection.execute(SET_STATE, (name, value))


def bump_revision(connection: sqlite3.Connection) -> int:
    return int(connection.execute(BUMP_REVISION).fetchone()[0])


def writer_no(connection: sqlite3.Connection, writer: str) -> int:
    """Return the number of a writer, new or known."""
    connection.execute(ADD_WRITER, (writer,))
    return int(connection.execute(WRITER_NO, (writer,)).fetchone()[0])


def own_writer(connection: sqlite3.Connection) -> str:
    """Return this database’s writer id; made at first use."""
    writer = get_state(connection, "writer")
    if writer is None:
        writer = str(uuid4())
        set_state(connection, "writer", writer)
        set_state(connection, "open_sequence", 1)
    return str(writer)


def open_sequence(connection: sqlite3.Connection) -> int:
    return int(get_state(connection, "open_sequence"))


def append(connection: sqlite3.Connection, operation: Operation) -> Row:
    """Write one own operation into the open object.

    Raises ``JournalUnreadable`` or ``msgspec.MsgspecError`` for what others could not read.
    """
    body = encode_operation(operation)
    checked_operation(body)
    writer = own_writer(connection)
    no = writer_no(connection, writer)
    sequence, position = _place(connection, no)
    seen = msgspec.json.encode(dict(connection.execute(SEEN, (no,)).fetchall())).decode()
    connection.execute(ADD_OBJECT, (no, sequence, seen, 0))
    header = Header(FORMAT, writer, sequence, seen_by(connection, no, sequence))
    stamp = str(header.stamp(operation.clock, position))
    cursor = connection.execute(ADD_OPERATION, (stamp, no, sequence, position, body))
    _note_author(connection, no, (operation,))
    return Row(int(cursor.lastrowid or 0), stamp, no)


def close_object(connection: sqlite3.Connection) -> None:
    """Let the next own operation begin a new object, unless the open one is empty."""
    no = writer_no(connection, own_writer(connection))
    sequence = get_state(connection, "open_sequence")
    if connection.execute(SIZE_OF_OBJECT, (no, sequence)).fetchone()[0]:
        set_state(connection, "open_sequence", sequence + 1)


def take(connection: sqlite3.Connection, taken: JournalObject) -> list[tuple[Row, Operation]]:
    """Copy another writer’s object; return its operations that are new here, with their rows."""
    header = taken.header
    no = writer_no(connection, header.writer)
    seen = msgspec.json.encode(header.seen).decode()
    connection.execute(ADD_OBJECT, (no, header.sequence, seen, 1))
    for writer, sequence in header.seen.items():
        writer_no(connection, writer)
        connection.execute(NOTE_SEEN, (sequence, writer))
    rows = []
    for stamp, operation in taken.stamped():
        place = (str(stamp), no, stamp.sequence, stamp.position, encode_operation(operation))
        cursor = connection.execute(ADD_OPERATION, place)
        if cursor.rowcount:
            rows.append((Row(int(cursor.lastrowid or 0), str(stamp), no), operation))
        else:
            connection.execute(FILL_OPERATION, (place[-1], *place[1:4]))
    note_times(connection, tuple(stamp.clock for stamp, _ in taken.stamped()))
    _note_author(connection, no, taken.operations)
    connection.execute(SET_TAKEN, (header.sequence, no))
    return rows


def taken_sequences(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute(TAKEN).fetchall())


def missing_objects(connection: sqlite3.Connection) -> dict[str, list[int]]:
    """Return for each writer the sequences that only a snapshot stands for."""
    return {
        writer: [number for (number,) in connection.execute(MISSING, (base, no))]
        for no, writer, base in connection.execute(BASES).fetchall()
    }


def note_complete(connection: sqlite3.Connection, writer: str) -> None:
    connection.execute(SET_COMPLETE, (writer,))


def waiting_objects(connection: sqlite3.Connection) -> list[WaitingObject]:
    writer = own_writer(connection)
    no = writer_no(connection, writer)
    objects = []
    for sequence, seen in connection.execute(WAITING).fetchall():
        header = Header(FORMAT, writer, sequence, msgspec.json.decode(seen, type=dict[str, int]))
        lines = [row[0] for row in connection.execute(BODIES, (no, sequence))]
        objects.append(WaitingObject(writer, sequence, encode_object(header, lines)))
    return objects


def mark_flushed(connection: sqlite3.Connection, flushed: WaitingObject) -> None:
    no = writer_no(connection, flushed.writer)
    connection.execute(SET_FLUSHED, (no, flushed.sequence))
    connection.execute(SET_TAKEN, (flushed.sequence, no))


def renew_writer(connection: sqlite3.Connection) -> None:
    """Go on as a new writer, which takes over operations that are not in the bucket yet.

    Needed where this database is a copy: another program goes on under the same writer id.
    """
    close_object(connection)
    former = own_writer(connection)
    old = writer_no(connection, former)
    waiting = [sequence for sequence, _ in connection.execute(WAITING).fetchall()]
    sent = {former: waiting[0] - 1} if waiting and waiting[0] > 1 else {}
    writer = str(uuid4())
    set_state(connection, "writer", writer)
    set_state(connection, "open_sequence", len(waiting) + 1)
    new = writer_no(connection, writer)
    for number, sequence in enumerate(waiting, start=1):
        header = Header(FORMAT, writer, number, seen_by(connection, old, sequence) | sent)
        seen = msgspec.json.encode(header.seen).decode()
        connection.execute(MOVE_OBJECT, (new, number, seen, old, sequence))
        for row_id, stamp, position in connection.execute(PLACES, (old, sequence)).fetchall():
            fresh = str(header.stamp(stamp.split(" ", 1)[0], position))
            connection.execute(MOVE_OPERATION, (fresh, new, number, row_id))
            connection.execute(MOVE_CLEARS, (new, row_id))
            for statement in MOVE_PROPERTY:
                connection.execute(statement, (fresh, stamp))


def pending(connection: sqlite3.Connection) -> int:
    return int(connection.execute(PENDING).fetchone()[0])


def seen_by(connection: sqlite3.Connection, writer: int, sequence: int) -> dict[str, int]:
    """Return the last sequences of others that a journal object’s writer knew."""
    row = connection.execute(OBJECTS_SEEN, (writer, sequence)).fetchone()
    return msgspec.json.decode(row[0], type=dict[str, int]) if row else {}


def _place(connection: sqlite3.Connection, no: int) -> tuple[int, int]:
    sequence = int(get_state(connection, "open_sequence"))
    count, size = connection.execute(SIZE_OF_OBJECT, (no, sequence)).fetchone()
    if count < OPERATIONS_IN_OBJECT and size < BYTES_IN_OBJECT:
        return sequence, count
    set_state(connection, "open_sequence", sequence + 1)
    return sequence + 1, 0


def _note_author(connection: sqlite3.Connection, no: int, operations: Sequence[Operation]) -> None:
    collaborators = [one for one in operations if one.author != EXTERNAL and is_near(one.clock)]
    if collaborators:
        last = max(collaborators, key=lambda operation: operation.clock)
        connection.execute(NOTE_AUTHOR, (last.author, last.clock, no))
