"""The other users of the project and their last activity, from the journal alone."""

from dataclasses import dataclass
from datetime import datetime

from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.hlc import moment
from cloudanno_desktop.labels.store import LabelStore

OTHERS = """
SELECT author, max(clock) FROM label_writer WHERE id != ? AND clock != ''
GROUP BY author ORDER BY max(clock) DESC
"""


@dataclass(frozen=True, slots=True)
class Collaborator:
    """Another user, with the time (UTC) of the last operation that is known here."""

    author: str  # may be empty
    changed: datetime


def collaborators(store: LabelStore) -> list[Collaborator]:
    """Return the other users of the project, the latest first.

    Windows and computers of one name are one user. Operations of the far future do not count,
    nor what other programs wrote into the annotation files.
    """
    reader = store.database.reader()
    rows = reader.execute(OTHERS, (local_journal.own_writer(reader),))
    return [Collaborator(author, moment(time)) for author, time in rows]
