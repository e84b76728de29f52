"""Journal objects that are missing or unreadable: skipped, remembered, and retried.

Labels show without them. Only what needs the whole journal (training, publishing, derived files)
waits until they can be read, or until the user goes on without them.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.operations import object_key

STATE = "holes"


@dataclass(eq=False)
class JournalBroken(CloudAnnoError):
    """A part of the journal cannot be used, so the labels are not fully known."""

    sentence: ClassVar[str] = (
        "The journal object “{key}” cannot be used: {reason}. Your own labels are safe. Update "
        "CloudAnno, restore the object from a backup, or go on without it "
        "(“cloudanno sync PROJECT --without-damaged”)."
    )

    key: str
    reason: str


class SkippedObject(msgspec.Struct, frozen=True):
    """A journal object that was skipped."""

    writer: str
    sequence: int
    reason: str
    is_left_out: bool = False  # the user goes on without it

    def error(self) -> JournalBroken:
        return JournalBroken(object_key(self.writer, self.sequence), self.reason)


def skipped_objects(connection: sqlite3.Connection) -> tuple[SkippedObject, ...]:
    """Return the skipped objects, the one tried last at the end."""
    packed = local_journal.get_state(connection, STATE)
    return msgspec.json.decode(packed, type=tuple[SkippedObject, ...]) if packed else ()


def store_skipped(connection: sqlite3.Connection, skipped: Iterable[SkippedObject]) -> None:
    """Store the skipped objects; they count as taken, so that later ones are read."""
    stored = tuple(skipped)
    for item in stored:
        no = local_journal.writer_no(connection, item.writer)
        connection.execute(local_journal.SET_TAKEN, (item.sequence, no))
    local_journal.set_state(connection, STATE, msgspec.json.encode(stored))
