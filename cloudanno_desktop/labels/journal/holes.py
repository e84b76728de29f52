"""Journal objects that are missing or cannot be read: passed over, remembered, and looked at again.

What others did is shown without them. Only what needs the whole truth (training, publishing, files
that follow from the journal) waits until they can be read, or until somebody leaves them out.
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
    """A part of the journal cannot be used, so it is not known what all people did."""

    sentence: ClassVar[str] = (
        "The journal object “{key}” cannot be used: {reason}. Your own labels are safe; update "
        "CloudAnno, restore the object from a backup, or go on without it "
        "(“cloudanno sync PROJECT --without-damaged”)."
    )

    key: str
    reason: str


class Hole(msgspec.Struct, frozen=True):
    """A journal object that was passed over.

    Attributes:
        is_left_out: somebody goes on without it.
    """

    writer: str
    sequence: int
    reason: str
    is_left_out: bool = False

    def error(self) -> JournalBroken:
        """Return what is told of it."""
        return JournalBroken(object_key(self.writer, self.sequence), self.reason)


def holes_of(connection: sqlite3.Connection) -> tuple[Hole, ...]:
    """Return what was passed over, what was looked at last at the end."""
    packed = local_journal.get_state(connection, STATE)
    return msgspec.json.decode(packed, type=tuple[Hole, ...]) if packed else ()


def keep_holes(connection: sqlite3.Connection, holes: Iterable[Hole]) -> None:
    """Remember what was passed over; it counts as taken, so that what follows is read."""
    kept = tuple(holes)
    for hole in kept:
        no = local_journal.writer_no(connection, hole.writer)
        connection.execute(local_journal.SET_TAKEN, (hole.sequence, no))
    local_journal.set_state(connection, STATE, msgspec.json.encode(kept))
