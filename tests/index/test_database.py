"""What happens to a write when the file does not allow it."""

import sqlite3

import pytest

from cloudanno_desktop.errors import FileProblem
from cloudanno_desktop.index import database as database_module
from cloudanno_desktop.index.database import Database
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


def test_a_wrong_statement_stays_a_bug(database):
    with pytest.raises(sqlite3.OperationalError), database.transaction() as connection:
        connection.execute("SELECT nothing FROM nowhere")
