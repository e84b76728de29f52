"""The history of an image or a label, read from the local copy of the journal.

Where a snapshot was taken in, the journal before it may be in the bucket only; the history is then
marked as incomplete (see ``Sync.fetch_history``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from cloudanno_desktop.labels.journal.hlc import moment
from cloudanno_desktop.labels.journal.operations import (
    Act,
    LabelAct,
    LabelMerged,
    Operation,
    decode_operation,
)
from cloudanno_desktop.labels.store import LabelStore

NAMING = """
SELECT body FROM label_operation WHERE body IS NOT NULL AND instr(body, ?) ORDER BY stamp DESC
"""
IS_PARTIAL = "SELECT EXISTS (SELECT 1 FROM label_writer WHERE base > 0)"
SELECT_KEY = "SELECT key FROM image WHERE id = ?"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One operation."""

    when: datetime  # UTC, by the clock of its writer
    author: str  # a user’s name, or ``external``
    act: Act
    images: int  # how many the act names


@dataclass(frozen=True, slots=True)
class History:
    """Operations, the latest first; incomplete where older ones are in the bucket only."""

    entries: tuple[HistoryEntry, ...]
    is_complete: bool


def history_of_image(store: LabelStore, image_id: int) -> History:
    """Return the operations on an image; reads all, so not for the GUI thread."""
    (key,) = store.database.reader().execute(SELECT_KEY, (image_id,)).fetchone()
    return _history(store, key, lambda act: not isinstance(act, LabelAct) and key in act.images)


def history_of_label(store: LabelStore, label_id: str) -> History:
    """Return the operations on a label and with it; reads all operations."""

    def names(act: Act) -> bool:
        if isinstance(act, LabelMerged):
            return label_id in (act.label, act.into)
        if isinstance(act, LabelAct):
            return act.label == label_id
        return label_id in getattr(act, "labels", ())

    return _history(store, label_id, names)


def is_complete(store: LabelStore) -> bool:
    """Say whether the whole journal, as far as taken in, is on this computer."""
    return not store.database.reader().execute(IS_PARTIAL).fetchone()[0]


def _history(store: LabelStore, text: str, names: Callable[[Act], bool]) -> History:
    rows = store.database.reader().execute(NAMING, (msgspec.json.encode(text),))
    found = (decode_operation(body) for (body,) in rows)
    return History(tuple(_entries(one for one in found if names(one.act))), is_complete(store))


def _entries(operations: Iterable[Operation]) -> Iterable[HistoryEntry]:
    for one in operations:
        images = 0 if isinstance(one.act, LabelAct) else len(one.act.images)
        yield HistoryEntry(moment(one.clock), one.author, one.act, images)
