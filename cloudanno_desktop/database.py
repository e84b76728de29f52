"""One SQLite file for a project: WAL, one writer at a time, readers never wait.

Source: https://sqlite.org/wal.html; ``synchronous=FULL`` so that what was shown as done survives
power loss. Several processes may hold the file; SQLite's lock lets one of them write at a time and
every write transaction here is short.
"""

import logging
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from cloudanno_desktop.errors import CloudAnnoError, DiskFull, FileProblem

_log = logging.getLogger(__name__)

C = TypeVar("C", bound=sqlite3.Connection)

BUSY_TIMEOUT_S = 30.0
WRITER_KB = 32_000
CHECKPOINT_PAGES = 1_000  # of the log, of 4 KB each, before they are moved into the file
READER_KB = 4_000  # for each thread; the system keeps the file's pages too
# What the world does to a file; any other error of SQLite is a bug of this program.
WORLDLY = {
    sqlite3.SQLITE_BUSY: "another program holds it",
    sqlite3.SQLITE_LOCKED: "another program holds it",
    sqlite3.SQLITE_READONLY: "it is write-protected",
    sqlite3.SQLITE_PERM: "it is write-protected",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_IOERR: "its disk fails to read or write",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is damaged",
}


NEEDED_BYTES = 64_000  # for the log and its index, which SQLite creates when it opens a file
STATEMENTS = 512  # kept prepared for each connection: all that the program has


@dataclass(frozen=True, slots=True)
class Migration:
    """A named step of the schema; its statements and its record are one transaction."""

    name: str
    statements: tuple[str, ...]


@dataclass(eq=False)
class DatabaseTooNew(CloudAnnoError):
    sentence: ClassVar[str] = (
        "“{path}” was written by a newer version of CloudAnno (step “{step}”). Update CloudAnno."
    )

    path: str
    step: str


class _Reader(sqlite3.Connection):
    """A connection for reading that converts errors of the world.

    That of another thread closes with its last reference: closing it under a thread that
    reads would crash the program.
    """

    path: Path

    def __del__(self) -> None:
        with suppress(sqlite3.Error):
            self.close()

    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401  handed on
        try:
            return super().execute(*arguments)
        except sqlite3.DatabaseError as error:
            raise database_error(error, self.path) from error


@contextmanager
def _closed_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    """Close a connection that cannot be set up; Python 3.13 warns of one that is dropped open."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def database_error(error: sqlite3.DatabaseError, path: Path) -> Exception:
    """Convert an error of SQLite that the world caused; a bug is returned as it is."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path.parent)):
        return DiskFull(str(path))
    return FileProblem(str(path), WORLDLY[code]) if code in WORLDLY else error


def _is_full(folder: Path) -> bool:
    # SQLite reports a log that it cannot create on a full disk only as an I/O error
    try:
        return shutil.disk_usage(folder).free < NEEDED_BYTES
    except OSError:
        return False


class Database:
    """Connections to one database file.

    Reads use one connection for each thread and never wait for a writer. Writes go through
    ``transaction``, which is safe from any thread.

    Args:
        migrations: all steps of the schema in order.
        checkpoint_pages: how much may be in the log before a write of this process moves it into
            the file and waits for that; another process may do it sooner.

    Raises:
        DatabaseTooNew: the file has a step that ``migrations`` does not know.
        DiskFull: there is no room for the log.
        FileProblem: the file is no database or cannot be opened.
    """

    def __init__(
        self, path: Path, migrations: Sequence[Migration], checkpoint_pages: int = CHECKPOINT_PAGES
    ) -> None:
        self.path = path
        self._write_lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[tuple[threading.Thread, _Reader]] = []
        self._is_closed = False
        try:
            self._writer = self._connect(sqlite3.Connection)
            with _closed_on_failure(self._writer):
                self._writer.execute(f"PRAGMA wal_autocheckpoint = {checkpoint_pages}")
                self._migrate(migrations)
        except sqlite3.DatabaseError as error:
            cause = database_error(error, path)
            raise (FileProblem(str(path), str(error)) if cause is error else cause) from error

    def reader(self) -> sqlite3.Connection:
        """Return this thread's read-only connection. Raises ``FileProblem`` after ``close``."""
        connection: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if connection is None:
            if self._is_closed:
                raise FileProblem(str(self.path), "the project was closed")
            self._local.reader = connection = self._connect_reader()
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write in one atomic, durable step; roll back if the block raises.

        Nested use joins the outer transaction.

        Raises:
            DiskFull: nothing was written.
            FileProblem: the file cannot be written; nothing was.
        """
        with self._write_lock:
            if self._writer.in_transaction:
                yield self._writer
                return
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                self._roll_back()
                raise database_error(error, self.path) from error
            except BaseException:
                self._roll_back()
                raise

    def close(self) -> None:
        """Close the file; a thread that reads right now keeps its connection until it is done."""
        with self._write_lock:
            self._is_closed = True
            self._writer.close()
            for thread, reader in self._readers:
                if thread is threading.current_thread() or not thread.is_alive():
                    reader.close()
            self._readers.clear()
            self._local = threading.local()

    def _connect_reader(self) -> sqlite3.Connection:
        connection = self._connect(_Reader)
        with _closed_on_failure(connection):
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{READER_KB}")
        self._readers.append((threading.current_thread(), connection))
        return connection

    def _connect(self, kind: type[C]) -> C:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            factory=kind,
            cached_statements=STATEMENTS,
        )
        if isinstance(connection, _Reader):
            connection.path = self.path
        with _closed_on_failure(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA cache_size = -{WRITER_KB}")
        return connection

    def _roll_back(self) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def _migrate(self, migrations: Sequence[Migration]) -> None:
        with self.transaction() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)")
            applied = {row[0] for row in connection.execute("SELECT name FROM migration")}
            known = {step.name for step in migrations}
            for name in sorted(applied - known):
                raise DatabaseTooNew(str(self.path), name)
            for step in migrations:
                if step.name not in applied:
                    _log.info("%s: migration %s", self.path, step.name)
                    for statement in step.statements:
                        connection.execute(statement)
                    connection.execute("INSERT INTO migration VALUES (?)", (step.name,))


def remove_database(path: Path) -> None:
    """Remove a closed file with its log, which would be replayed into a new file."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
