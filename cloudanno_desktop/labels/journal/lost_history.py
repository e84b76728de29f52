"""Detects a journal that is gone from the bucket: deleted, recreated, or restored from an old copy.

The last object that this database sent or took in is looked up, the one that was last when this was
checked before, and the project's id. While one of them is missing nothing is sent and nothing
derived is written: the user sends the history again, or starts over with what the bucket holds.
"""

import sqlite3
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import msgspec

from cloudanno_desktop import log
from cloudanno_desktop.bucket.atomic import create
from cloudanno_desktop.bucket.bucket import Bucket, PutOptions
from cloudanno_desktop.bucket.bulk import exists
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.annotations.format import AnnotationsForeign
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.operations import FORMAT, Header, encode_object, object_key
from cloudanno_desktop.labels.journal.skipped import skipped_objects
from cloudanno_desktop.labels.project_file import create_project, read_project
from cloudanno_desktop.labels.store import LabelStore, ProjectSettings
from cloudanno_desktop.project_keys import PROJECT_FILE

JOURNAL_TYPE = "application/x-ndjson"
LOST, CHECKED, AHEAD, IDENTITY = "lost", "checked", "ahead", "identity"
LAST = "SELECT id, taken FROM label_writer WHERE taken > 0 ORDER BY id = ? DESC, taken DESC LIMIT 1"
KNOWN = """
SELECT w.id, b.sequence, b.seen, b.writer_no FROM label_object AS b
JOIN label_writer AS w ON w.no = b.writer_no WHERE b.flushed = 1 ORDER BY 1, 2
"""
TABLES = ("writer", "object", "operation", "name", "pair", "clear", "mark", "changed")
FILE_AHEAD = (
    "“_annotations.json” holds labels whose history is not in the bucket, so it was not changed. "
    "Send the history again from the computer that gave them (“cloudanno sync PROJECT --resend”), "
    "or take them from the file here (“--start-anew”)."
)


@dataclass(eq=False)
class HistoryLost(CloudAnnoError):
    """Journal objects that were in the bucket are gone."""

    sentence: ClassVar[str] = (
        "The history of labels is no longer in the bucket (“{key}” is missing): it was deleted, "
        "recreated, or restored from an old copy. Your labels are safe on this computer. Send the "
        "history again (“cloudanno sync PROJECT --resend”), or start over with what the bucket "
        "holds (“--start-anew”)."
    )

    key: str


class LostHistory:
    def __init__(self, bucket: Bucket, store: LabelStore) -> None:
        self._bucket = bucket
        self._store = store

    def problem(self) -> HistoryLost | None:
        """Return the result of the last check."""
        key = local_journal.get_state(self._store.database.reader(), LOST)
        return HistoryLost(key) if key else None

    def check(self) -> bool:
        """Say whether what was last in the bucket is gone."""
        reader = self._store.database.reader()
        last = reader.execute(LAST, (local_journal.own_writer(reader),)).fetchone()
        if last is None:
            return False
        key = object_key(*last)
        before = local_journal.get_state(reader, CHECKED, key)
        passed = {object_key(item.writer, item.sequence) for item in skipped_objects(reader)}
        looked_up = dict.fromkeys((before, key))
        gone = next(
            (one for one in looked_up if one not in passed and not exists(self._bucket, one)), ""
        )
        gone = gone or ("" if self._is_same_project() else PROJECT_FILE)
        self._note(LOST, gone)
        if not gone:
            self._note(CHECKED, key)
        return bool(gone)

    def _is_same_project(self) -> bool:
        """Whether the bucket still has the project whose labels are known here."""
        with log.passing_over(AnnotationsForeign):  # reported when the project is opened
            found = read_project(self._bucket)
            known = local_journal.get_state(self._store.database.reader(), IDENTITY, "")
            if found and not known:
                self._note(IDENTITY, found.project_id)
            return not known or (found is not None and found.project_id == known)
        return True

    def resend(self) -> int:
        """Send the journal objects that are no longer in the bucket; return their number."""
        reader = self._store.database.reader()
        self._note(IDENTITY, create_project(self._bucket, self._store.project).project_id)
        sent = 0
        for writer, sequence, seen, no in reader.execute(KNOWN).fetchall():
            lines = [line for (line,) in reader.execute(local_journal.BODIES, (no, sequence))]
            key = object_key(writer, sequence)
            if not lines or None in lines or exists(self._bucket, key):
                continue  # what came from a snapshot has no lines: others have them
            header = Header(FORMAT, writer, sequence, msgspec.json.decode(seen))
            create(self._bucket, key, encode_object(header, lines), PutOptions(JOURNAL_TYPE))
            sent += 1
        return sent

    def forget(self) -> None:
        """Empty the labels of this database, as if it were new."""
        with self._store.taking() as writing:
            _empty(writing.connection)
            writing.note_change(None)

    def _note(self, name: str, value: str) -> None:
        if local_journal.get_state(self._store.database.reader(), name, "") != value:
            with self._store.taking() as writing:
                local_journal.set_state(writing.connection, name, value)


def _empty(connection: sqlite3.Connection) -> None:
    for table in TABLES:
        connection.execute(f"DELETE FROM label_{table}")
    connection.execute("DELETE FROM label")
    connection.execute("DELETE FROM label_state WHERE name != 'revision'")
    local_journal.own_writer(connection)
    local_journal.set_state(
        connection, "project", msgspec.json.encode(ProjectSettings(str(uuid4())))
    )
