"""The queue of transfers on disk: what is not there yet survives the end of the program."""

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec.structs import replace

from cloudanno_desktop.database import Database
from cloudanno_desktop.transfers.model import (
    NOTHING_BEGUN,
    Batch,
    Direction,
    Existing,
    FileState,
    ResumeState,
    Transfer,
    TransferSpec,
)

Row = tuple[int, int, str, bytes, str, int, str, str, str, str, FileState, str, str, int | None]
COLUMNS = """t.id, t.batch, b.direction, t.path, t.key, t.size, t.etag, t.labels, t.existing,
    t.token, t.state, t.reason, t.memory, t.image_id"""
SELECT_FILES = f"""SELECT {COLUMNS} FROM transfer t JOIN transfer_batch b ON b.id = t.batch
    WHERE ?1 IS NULL OR t.state = ?1 ORDER BY t.id"""
SELECT_BATCHES = "SELECT * FROM transfer_batch ORDER BY id"
INSERT_BATCH = """INSERT INTO transfer_batch (direction, title, existing, is_paused, files, bytes)
    VALUES (?, ?, ?, 0, ?, ?) RETURNING id"""
INSERT_FILE = """INSERT INTO transfer
    (batch, path, key, size, etag, labels, existing, token, memory)
    VALUES (?, ?, ?, ?, ?, ?, '', ?, ?)"""
SELECT_IDS = "SELECT id FROM transfer WHERE batch = ? ORDER BY id"
UPDATE_STATE = "UPDATE transfer SET state = ?, reason = ? WHERE id = ?"
UPDATE_STORED = "UPDATE transfer SET state = 'stored', image_id = ?, memory = '' WHERE id = ?"
UPDATE_MEMORY = "UPDATE transfer SET memory = ? WHERE id = ?"
UPDATE_EXISTING = "UPDATE transfer SET existing = ? WHERE id = ?"
UPDATE_BATCH_EXISTING = "UPDATE transfer_batch SET existing = ? WHERE id = ?"
UPDATE_PAUSED = "UPDATE transfer_batch SET is_paused = ? WHERE id = ?"
UPDATE_COUNTS = """UPDATE transfer_batch SET done = done + ?, skipped = skipped + ?,
    done_bytes = done_bytes + ? WHERE id = ?"""
DELETE_FILE = "DELETE FROM transfer WHERE id = ?"
DELETE_EMPTY = """DELETE FROM transfer_batch
    WHERE NOT EXISTS (SELECT 1 FROM transfer WHERE batch = transfer_batch.id)"""


class TransferStore:
    """The rows of the queue; every change is on disk when its call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def batches(self) -> list[Batch]:
        rows = self._database.reader().execute(SELECT_BATCHES)
        return [
            Batch(row[0], Direction(row[1]), row[2], Existing(row[3]), bool(row[4]), *row[5:])
            for row in rows
        ]

    def files(self, state: FileState | None = None) -> list[Transfer]:
        """Return the files, all or those of one state, in the order of their requests."""
        return [_transfer(row) for row in self._database.reader().execute(SELECT_FILES, (state,))]

    def add(
        self, direction: Direction, title: str, existing: Existing, specs: Sequence[TransferSpec]
    ) -> tuple[Batch, list[Transfer]]:
        fresh = [(spec, NOTHING_BEGUN, _token()) for spec in specs]
        return self._add(direction, title, existing, fresh)

    def add_again(
        self, direction: Direction, title: str, existing: Existing, specs: Sequence[TransferSpec]
    ) -> tuple[Batch, list[Transfer]]:
        """Put files into the queue; those that wait in it already are moved to the new batch.

        Only for a program that moves nothing yet.
        """
        with self._database.transaction():
            known = {
                (file.spec.path, file.spec.key): file
                for file in self.files()
                if file.direction is direction and file.state is not FileState.STORED
            }
            again = [(spec, known.pop((spec.path, spec.key), None)) for spec in specs]
            self.forget(file.id for _, file in again if file)
            begun = [
                (spec, file.memory, file.token) if file else (spec, NOTHING_BEGUN, _token())
                for spec, file in again
            ]
            return self._add(direction, title, existing, begun)

    def note_state(self, ids: Iterable[int], state: FileState, reason: str = "") -> None:
        with self._database.transaction() as connection:
            connection.executemany(UPDATE_STATE, ((state, reason, id_) for id_ in ids))

    def note_memory(self, transfer_id: int, memory: ResumeState) -> None:
        with self._database.transaction() as connection:
            body = msgspec.json.encode(memory).decode()
            connection.execute(UPDATE_MEMORY, (body, transfer_id))

    def note_stored(self, transfer_id: int, image_id: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(UPDATE_STORED, (image_id, transfer_id))

    def note_done(self, batch: int, *, done: int, skipped: int, size: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(UPDATE_COUNTS, (done, skipped, size, batch))

    def note_paused(self, batches: Iterable[int], *, is_paused: bool) -> None:
        with self._database.transaction() as connection:
            connection.executemany(UPDATE_PAUSED, ((is_paused, batch) for batch in batches))

    def note_reply(self, transfer: Transfer, existing: Existing, *, for_all: bool) -> None:
        with self._database.transaction() as connection:
            connection.execute(UPDATE_EXISTING, (existing, transfer.id))
            if for_all:
                connection.execute(UPDATE_BATCH_EXISTING, (existing, transfer.batch))

    def forget(self, ids: Iterable[int]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(DELETE_FILE, ((id_,) for id_ in ids))
            connection.execute(DELETE_EMPTY)

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._database.transaction():
            yield

    def _add(
        self,
        direction: Direction,
        title: str,
        existing: Existing,
        files: Sequence[tuple[TransferSpec, ResumeState, str]],
    ) -> tuple[Batch, list[Transfer]]:
        size = sum(spec.size for spec, _, _ in files)
        with self._database.transaction() as connection:
            values = (direction, title, existing, len(files), size)
            ((id_,),) = connection.execute(INSERT_BATCH, values).fetchall()
            batch = Batch(id_, direction, title, existing, False, len(files), size)
            added = [Transfer(0, id_, direction, w, token, memory=m) for w, m, token in files]
            connection.executemany(INSERT_FILE, map(_values, added))
            numbers = connection.execute(SELECT_IDS, (id_,)).fetchall()
            connection.execute(DELETE_EMPTY)
        return batch, [replace(t, id=n) for t, (n,) in zip(added, numbers, strict=True)]


def _token() -> str:
    return secrets.token_hex(8)


def _values(transfer: Transfer) -> tuple[object, ...]:
    spec, memory = transfer.spec, transfer.memory
    labels = msgspec.json.encode(spec.labels).decode()
    kept = "" if memory == NOTHING_BEGUN else msgspec.json.encode(memory).decode()
    path = os.fsencode(spec.path)
    return transfer.batch, path, spec.key, spec.size, spec.etag, labels, transfer.token, kept


def _transfer(row: Row) -> Transfer:
    id_, batch, direction, path, key, size, etag, labels, existing = row[:9]
    token, state, reason, memory, image_id = row[9:]
    carried = msgspec.json.decode(labels, type=tuple[str, ...])
    return Transfer(
        id_,
        batch,
        Direction(direction),
        TransferSpec(Path(os.fsdecode(path)), key, size, etag, carried),
        token,
        FileState(state),
        Existing(existing) if existing else None,
        reason,
        msgspec.json.decode(memory, type=ResumeState) if memory else NOTHING_BEGUN,
        image_id,
    )
