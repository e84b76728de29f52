"""Thumbnails on disk, by what identifies an original: its ETag and size.

One SQLite file serves all projects and may be deleted at any time. It never stands in the way: a
damaged file is made anew, and what cannot be read or written is simply rendered again. When it
grows above its limit the thumbnails go that were not looked at for the longest time.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cloudanno_desktop.thumbnails.render import Thumbnail

DAY_S = 86_400
BUSY_TIMEOUT_S = 5.0
MEMORY_PAGES = 8192  # of 4 KiB, where no file can be had
KEPT_SHARE = 0.9  # of the limit, after some had to go

CREATE = """
    CREATE TABLE IF NOT EXISTS thumbnail (
        id INTEGER PRIMARY KEY,
        etag TEXT NOT NULL, size INTEGER NOT NULL, size_px INTEGER NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL,
        source_width INTEGER NOT NULL, source_height INTEGER NOT NULL,
        used_day INTEGER NOT NULL, bytes INTEGER NOT NULL, jpeg BLOB NOT NULL,
        UNIQUE (etag, size, size_px)
    )
"""
CREATE_USED = "CREATE INDEX IF NOT EXISTS thumbnail_used ON thumbnail (used_day, id, bytes)"
SELECT = """
    SELECT id, used_day, jpeg, width, height, source_width, source_height FROM thumbnail
    WHERE etag = ? AND size = ? AND size_px = ?
"""
TOUCH = "UPDATE thumbnail SET used_day = ? WHERE id = ?"
INSERT = """
    INSERT OR REPLACE INTO thumbnail
    (etag, size, size_px, used_day, bytes, jpeg, width, height, source_width, source_height)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
SUM = "SELECT coalesce(sum(bytes), 0) FROM thumbnail"
SELECT_OLDEST = "SELECT id, bytes FROM thumbnail ORDER BY used_day, id"
DELETE = "DELETE FROM thumbnail WHERE id = ?"


class ThumbnailKey(NamedTuple):
    """What a thumbnail is of, and how large it is."""

    etag: str
    size: int
    size_px: int


class ThumbnailCache:
    """Thumbnails in one file; safe to use from any thread and from several processes.

    Args:
        path: the file; created if missing, made anew if it is no cache.
        limit_bytes: how many bytes of pictures to keep.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._connection = _open(path)
        self._bytes = self._counted()

    def get_many(self, keys: Sequence[ThumbnailKey]) -> dict[ThumbnailKey, Thumbnail]:
        """Return the thumbnails that are there."""
        today = int(time.time() // DAY_S)
        found, stale = {}, []
        try:
            with self._lock:
                for key in keys:
                    row = self._connection.execute(SELECT, key).fetchone()
                    if row:
                        found[key] = Thumbnail(*row[2:])
                        if row[1] != today:
                            stale.append((today, row[0]))
                if stale:
                    self._connection.executemany(TOUCH, stale)
        except sqlite3.DatabaseError:
            return found  # damaged or locked: render again what is not here
        return found

    def put(self, key: ThumbnailKey, thumbnail: Thumbnail) -> None:
        """Keep a thumbnail, and let old ones go if there are too many."""
        size = len(thumbnail.jpeg)
        shape = (thumbnail.width, thumbnail.height)
        source = (thumbnail.source_width, thumbnail.source_height)
        used = (int(time.time() // DAY_S), size)
        try:
            with self._lock:
                values = (*key, *used, thumbnail.jpeg, *shape, *source)
                self._connection.execute(INSERT, values)
                self._bytes += size
                if self._bytes > self._limit_bytes:
                    self._drop_oldest()
        except sqlite3.DatabaseError:
            return  # disk full, damaged or locked: the picture is shown all the same

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _counted(self) -> int:
        return int(self._connection.execute(SUM).fetchone()[0])

    def _drop_oldest(self) -> None:
        excess = self._counted() - int(self._limit_bytes * KEPT_SHARE)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(DELETE, _first(self._connection, excess))
        finally:
            self._connection.execute("COMMIT")
        self._bytes = self._counted()


def _first(connection: sqlite3.Connection, excess: int) -> list[tuple[int]]:
    """Return the ids of the oldest thumbnails that hold ``excess`` bytes together."""
    ids = []
    for id_, size in connection.execute(SELECT_OLDEST):
        if excess <= 0:
            break
        excess -= size
        ids.append((id_,))
    return ids


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        return _made_anew(path)


def _made_anew(path: Path) -> sqlite3.Connection:
    try:
        for part in _files(path):
            part.unlink(missing_ok=True)
        return _connect(path)
    except (OSError, sqlite3.DatabaseError):  # the disk is full or protected
        connection = _connect(Path(":memory:"))
        connection.execute(f"PRAGMA max_page_count = {MEMORY_PAGES}")
        return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last ones
        connection.execute(CREATE)
        connection.execute(CREATE_USED)
        connection.execute(SUM)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _files(path: Path) -> Iterator[Path]:
    yield from (path.with_name(path.name + end) for end in ("", "-wal", "-shm"))
