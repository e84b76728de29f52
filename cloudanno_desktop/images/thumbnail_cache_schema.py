"""The file of thumbnails: its tables, and how it is opened, whatever state it is in."""

import logging
import sqlite3
from contextlib import suppress
from pathlib import Path

from cloudanno_desktop.database import remove_database

_log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 5.0
MEMORY_PAGES = 8192  # of 4 KiB, where no file can be had
DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

# The sum of all bytes is kept by triggers, so that every process always knows it.
CREATE = (
    """
    CREATE TABLE IF NOT EXISTS thumbnail (
        id INTEGER PRIMARY KEY,
        etag TEXT NOT NULL, size INTEGER NOT NULL, size_px INTEGER NOT NULL,
        used INTEGER NOT NULL, bytes INTEGER NOT NULL, jpeg BLOB NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL,
        source_width INTEGER NOT NULL, source_height INTEGER NOT NULL,
        is_animated INTEGER NOT NULL,
        UNIQUE (etag, size, size_px)
    )
    """,
    "CREATE INDEX IF NOT EXISTS thumbnail_used ON thumbnail (used, id, bytes)",
    "CREATE TABLE IF NOT EXISTS total (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO total VALUES (1, 0)",
    """
    CREATE TRIGGER IF NOT EXISTS added AFTER INSERT ON thumbnail
    BEGIN UPDATE total SET bytes = bytes + new.bytes; END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS replaced AFTER UPDATE OF bytes ON thumbnail
    BEGIN UPDATE total SET bytes = bytes - old.bytes + new.bytes; END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON thumbnail
    BEGIN UPDATE total SET bytes = bytes - old.bytes; END
    """,
)
SELECT = """
    SELECT id, used, size_px, jpeg, width, height, source_width, source_height, is_animated
    FROM thumbnail
    WHERE etag = ? AND size = ?
    AND (size_px >= ? OR (width = source_width AND height = source_height))
    ORDER BY size_px LIMIT 1
"""
INSERT = """
    INSERT INTO thumbnail
    (etag, size, size_px, used, bytes, jpeg, width, height, source_width, source_height,
     is_animated)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (etag, size, size_px) DO UPDATE SET
    used = excluded.used, bytes = excluded.bytes, jpeg = excluded.jpeg,
    width = excluded.width, height = excluded.height,
    source_width = excluded.source_width, source_height = excluded.source_height,
    is_animated = excluded.is_animated
"""
TOUCH = "UPDATE thumbnail SET used = ? WHERE id = ?"
SELECT_TOTAL = "SELECT bytes FROM total"
SELECT_OLDEST = "SELECT id, bytes FROM thumbnail ORDER BY used, id LIMIT ?"
DELETE = "DELETE FROM thumbnail WHERE id = ?"
GIVE_BACK = "PRAGMA incremental_vacuum(256)"
MOST_FREE_PAGES = 1024  # of 4 KiB; fewer are soon used again


def open_cache(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """Return a connection that reads and one that writes; a damaged file is replaced.

    Where no file can be had, both are the same small store in memory.
    """
    try:
        return _opened(path)
    except sqlite3.DatabaseError:
        return make_anew(path)


def make_anew(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    _log.warning("%s cannot be used and is replaced", path)
    try:
        remove_database(path)
        return _opened(path)
    except (OSError, sqlite3.DatabaseError) as error:  # the disk is full or protected
        _log.info("thumbnails are kept in memory: %s", error)
        memory = _connect(Path(":memory:"))
        memory.execute(f"PRAGMA max_page_count = {MEMORY_PAGES}")
        return memory, memory


def give_back(writer: sqlite3.Connection) -> None:
    """Return some of the space that a lower limit has left free; only a script runs to its end."""
    if writer.execute("PRAGMA freelist_count").fetchone()[0] > MOST_FREE_PAGES:
        writer.executescript(GIVE_BACK)


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Say whether only a new file helps; a lock or a full disk passes."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in DAMAGE or code == sqlite3.SQLITE_READONLY_DBMOVED


def _opened(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    writer = _connect(path)
    try:
        return _bare(path), writer
    except sqlite3.DatabaseError:
        writer.close()
        raise


def _connect(path: Path) -> sqlite3.Connection:
    connection = _bare(path)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last ones
        for statement in CREATE:
            connection.execute(statement)
        connection.execute(SELECT, ("", 0, 0)).fetchone()
    except sqlite3.DatabaseError:
        with suppress(sqlite3.DatabaseError):
            connection.close()
        raise
    return connection


def _bare(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
