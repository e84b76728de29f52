"""Who else works on the project, and when they last did something: from the journal alone."""

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
    """Somebody else who labels here.

    Attributes:
        author: the name in their operations; may be empty.
        changed: when their last operation that is known here was made, UTC.
    """

    author: str
    changed: datetime


def collaborators(store: LabelStore) -> list[Collaborator]:
    """Return the other people of the project, who did something last first.

    Other windows and computers of the same name are one person. Operations of the far future do not
    count, nor what other programs wrote into the annotation files.
    """
    reader = store.database.reader()
    rows = reader.execute(OTHERS, (local_journal.own_writer(reader),))
    return [Collaborator(author, moment(time)) for author, time in rows]
