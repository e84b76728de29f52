"""The images of a project as the window reads them: all ids in order, a few rows, a search.

The list of ids is an ``int32`` array: a million of them are four megabytes and come from one blob
in a fraction of a millisecond (specs: no OFFSET, no row objects for what is not on screen).
"""

import sqlite3
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.database import Database
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.byte_tags import tag_of
from cloudanno_desktop.index.columns import Columns, read_columns
from cloudanno_desktop.index.int_lists import numbers_in

Ids = NDArray[np.int32]

CHUNK = 1000  # bound parameters in one statement

SELECT_STATE = "SELECT value FROM index_state WHERE name = ?"
SELECT_COUNTS = "SELECT name, value FROM index_state WHERE name IN ('images', 'bytes')"
SELECT_ORDER = """
    SELECT group_concat(id) FROM (SELECT id FROM image WHERE present = 1 ORDER BY key)
"""
SELECT_FOLDERS = """
    SELECT DISTINCT rtrim(key, replace(key, '/', '')) FROM image WHERE present = 1 ORDER BY 1
"""
SELECT_ROWS = "SELECT id, key, size, etag, modified_s, problem FROM image WHERE id IN ({})"
SELECT_IDS = "SELECT key, id FROM image WHERE key IN ({})"
SELECT_MATCHES = "SELECT id, key FROM image WHERE present = 1 {} ORDER BY key"
JOIN_MATCHES = f"SELECT group_concat(id) FROM ({SELECT_MATCHES})"
INSERT_KEY = "INSERT INTO image (key) VALUES (?) ON CONFLICT (key) DO NOTHING"
NOTE_PROBLEM = "UPDATE image SET problem = ? WHERE id = ?"
SELECT_KNOWN = "SELECT present, size, etag FROM image WHERE key = ?"
NEXT_UPLOAD = "UPDATE index_state SET value = value + 1 WHERE name = 'uploads' RETURNING value"
UPSERT_UPLOAD = """
    INSERT INTO image (key, size, etag, modified_s, present, scan, tag)
    VALUES (?, ?, ?, ?, 1, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
        tag = CASE WHEN etag = excluded.etag AND tag THEN tag ELSE excluded.tag END,
        size = excluded.size, modified_s = excluded.modified_s, present = 1, scan = excluded.scan,
        problem = CASE WHEN etag = excluded.etag THEN problem END, etag = excluded.etag
    RETURNING id
"""
KEEP = "DELETE FROM waiting_deletion WHERE image_id = ?"
UNTAGGED = "SELECT id, size, etag FROM image WHERE tag = 0 AND size + present > 0"
SET_TAG = "UPDATE image SET tag = ? WHERE id = ?"
ADD_TO_STATE = "UPDATE index_state SET value = value + ? WHERE name = ?"


@dataclass(frozen=True, slots=True)
class IndexCounts:
    images: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ImageRow:
    id: int
    key: str
    size: int
    etag: str
    modified_s: float  # time of the last write, seconds since 1970 UTC
    problem: str | None  # why the picture cannot be read, ``None`` if nothing is known against it


@dataclass(eq=False)
class ImageUnknown(CloudAnnoError):
    sentence: ClassVar[str] = "There is no image “{key}” in this project."

    key: str


class ImageIndex:
    """The index of one project; safe to use from any thread."""

    def __init__(self, database: Database) -> None:
        self.database = database
        # Returns the bytes of a key with an ETag, where reading is cheap and ETags are no digests.
        self.content: Callable[[str, str], bytes | None] | None = None
        self._order: tuple[int, Ids] = (-1, np.zeros(0, np.int32))
        self._columns: tuple[tuple[int, IndexCounts], Columns] | None = None

    @property
    def generation(self) -> int:
        """A number that changes whenever the set of present images changes."""
        return read_number(self.database.reader(), "generation")

    @property
    def was_scanned(self) -> bool:
        return self.database.reader().execute(SELECT_STATE, ("order",)).fetchone() is not None

    def counts(self) -> IndexCounts:
        kept = dict(self.database.reader().execute(SELECT_COUNTS).fetchall())
        return IndexCounts(kept["images"], kept["bytes"])

    def all_ids(self) -> Ids:
        """Return the ids of all present images in the order of their keys; not to be written to."""
        generation = self.generation
        known, ids = self._order
        if known != generation:
            reader = self.database.reader()
            stored = stored_order(reader, generation)
            ids = select_order(reader) if stored is None else stored
            self._order = (generation, ids)
        return ids

    def columns(self) -> Columns:
        """Return sizes and dates of all present images; not to be written to."""
        state = self.generation, self.counts()
        kept = self._columns
        if kept is None or kept[0] != state:
            kept = self._columns = state, read_columns(self.database.reader())
        return kept[1]

    def rows(self, ids: Sequence[int] | Ids) -> list[ImageRow]:
        """Return the rows of ``ids`` in that order, present or not. Raises ``KeyError``."""
        ordered = [int(i) for i in ids]
        rows = in_chunks(self.database.reader(), SELECT_ROWS, ordered)
        found = {row[0]: ImageRow(*row) for row in rows}
        return [found[i] for i in ordered]

    def id_of(self, key: str) -> int:
        try:
            return self.ids_of([key])[key]
        except KeyError as error:
            raise ImageUnknown(key) from error

    def ids_of(self, keys: Sequence[str]) -> dict[str, int]:
        return dict(in_chunks(self.database.reader(), SELECT_IDS, keys))

    def folders(self, most: int) -> list[str]:
        """Return the prefixes in which images lie, each ending with ``/``; the root is empty."""
        found = self.database.reader().execute(SELECT_FOLDERS).fetchmany(most)
        return [folder for (folder,) in found]

    def ensure(self, connection: sqlite3.Connection, keys: Sequence[str]) -> list[int]:
        """Return an id for each key inside the caller's transaction; unknown ones get a row.

        Such a row is not present until a scan or an upload finds its object.
        """
        connection.executemany(INSERT_KEY, ((key,) for key in keys))
        ids = dict(in_chunks(connection, SELECT_IDS, keys))
        return [ids[key] for key in keys]

    def search(self, words: Sequence[str]) -> Ids:
        """Return the present images whose key holds every one of ``words``, in key order.

        Case does not count, nor does how an accent is composed.
        """
        plain = [word for word in words if word.isascii()]  # SQLite's LIKE folds only these
        others = [_folded(word) for word in words if not word.isascii()]
        condition = "AND key LIKE ? ESCAPE '\\' " * len(plain)
        reader = self.database.reader()
        patterns = [_pattern(word) for word in plain]
        if not others:
            (text,) = reader.execute(JOIN_MATCHES.format(condition), patterns).fetchone()
            return numbers_in(text, np.int32)
        matches = reader.execute(SELECT_MATCHES.format(condition), patterns)
        return np.fromiter(
            (id_ for id_, key in matches if all(word in _folded(key) for word in others)), np.int32
        )

    def record_upload(self, entry: StoredObject) -> int:
        """Note an object that was just written to the bucket; return its id.

        A scan that listed the bucket before that write does not take it for vanished.
        """
        with self.database.transaction() as connection:
            known = connection.execute(SELECT_KNOWN, (entry.key,)).fetchone()
            (upload,) = connection.execute(NEXT_UPLOAD).fetchone()
            tag = tag_of(entry.size, entry.etag)
            values = (entry.key, entry.size, entry.etag, entry.modified.timestamp(), upload, tag)
            ((image_id,),) = connection.execute(UPSERT_UPLOAD, values).fetchall()
            connection.execute(KEEP, (image_id,))
            was_present, old_size = known[:2] if known else (0, 0)
            add_to_state(connection, "bytes", entry.size - (old_size if was_present else 0))
            if not was_present:
                add_to_state(connection, "images", 1)
                add_to_state(connection, "generation", 1)
        return int(image_id)

    def add_tags(self) -> None:
        """Tag the rows that an older version of the program wrote."""
        with self.database.transaction() as connection:
            rows = connection.execute(UNTAGGED).fetchall()
            tags = ((tag_of(size, etag), image_id) for image_id, size, etag in rows)
            connection.executemany(SET_TAG, tags)

    def note_problem(self, image_id: int, reason: str | None) -> None:
        """Keep why a picture cannot be read; ``None`` clears it."""
        with self.database.transaction() as connection:
            connection.execute(NOTE_PROBLEM, (reason, image_id))


def read_number(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(SELECT_STATE, (name,)).fetchone()
    return int(value)


def add_to_state(connection: sqlite3.Connection, name: str, amount: int) -> None:
    if amount:
        connection.execute(ADD_TO_STATE, (amount, name))


def select_order(connection: sqlite3.Connection) -> Ids:
    """Return the ids of all present images in key order, read from the table.

    SQLite joins them to one text, which numpy parses: a third of the time of a million rows.
    """
    (text,) = connection.execute(SELECT_ORDER).fetchone()
    return numbers_in(text, np.int32)


def stored_order(connection: sqlite3.Connection, generation: int) -> Ids | None:
    row = connection.execute(SELECT_STATE, ("order",)).fetchone()
    if row is None or int.from_bytes(row[0][:8]) != generation:
        return None
    return np.frombuffer(row[0], np.int32, offset=8)


def in_chunks(
    connection: sqlite3.Connection, statement: str, values: Sequence[object]
) -> Iterator[tuple[Any, ...]]:
    """Run ``statement`` with its ``IN ({})`` filled by a thousand of the values at a time."""
    for start in range(0, len(values), CHUNK):
        chunk = values[start : start + CHUNK]
        yield from connection.execute(statement.format(", ".join("?" * len(chunk))), chunk)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
