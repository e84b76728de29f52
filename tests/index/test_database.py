"""What happens to a write when the file does not allow it."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudanno_desktop import database as database_module
from cloudanno_desktop.database import Database
from cloudanno_desktop.errors import FileProblem
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS


def test_a_file_that_another_program_holds_is_told_and_can_be_written_afterwards(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.01)
    database = Database(tmp_path / "project.db", INDEX_MIGRATIONS)
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(FileProblem, match="another program holds it"), database.transaction():
        pass

    other.execute("ROLLBACK")
    with database.transaction() as connection:
        connection.execute("INSERT INTO image (key) VALUES ('a.jpg')")
    assert database.reader().execute("SELECT key FROM image").fetchall() == [("a.jpg",)]
    other.close()
    database.close()


def test_a_thread_that_reads_while_the_project_is_closed_reads_to_the_end(tmp_path):
    database = Database(tmp_path / "project.db", INDEX_MIGRATIONS)
    with database.transaction() as connection:
        keys = ((f"{number}.jpg",) for number in range(5000))
        connection.executemany("INSERT INTO image (key) VALUES (?)", keys)
    begun, closed = threading.Event(), threading.Event()

    def read():
        rows = database.reader().execute("SELECT key FROM image")
        first = rows.fetchone()
        begun.set()
        assert closed.wait(10)
        return [first, *rows]

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        assert begun.wait(10)
        database.close()
        closed.set()
        assert len(reading.result()) == 5000
    with pytest.raises(FileProblem, match="was closed"):
        database.reader()


def test_a_wrong_statement_stays_a_bug(database):
    with pytest.raises(sqlite3.OperationalError), database.transaction() as connection:
        connection.execute("SELECT nothing FROM nowhere")


def test_a_damaged_file_is_told_in_one_sentence_when_it_is_read(tmp_path):
    database = Database(tmp_path / "project.db", INDEX_MIGRATIONS)
    with database.transaction() as connection:
        connection.executemany(
            "INSERT INTO image (key) VALUES (?)", ((f"{n:06}.jpg",) for n in range(2000))
        )
    database.close()
    whole = database.path.read_bytes()
    database.path.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))
    connection = sqlite3.connect(database.path, factory=database_module._Reader)
    connection.path = database.path

    with pytest.raises(FileProblem, match="it is damaged"):
        connection.execute("SELECT count(*) FROM image")
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("SELECT nothing FROM nowhere")
    connection.close()
