"""What images carry beside labels: states, pins to a part of training, removal."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cloudanno_desktop.labels.ids import IdArray, sorted_ids
from cloudanno_desktop.labels.journal.sql_registers import DELETED_MARK, SPLIT_MARK, STATE_MARK

SET = "yes"

# ``CROSS JOIN`` keeps the order: from the given images to their marks, not from all marks.
WITH_MARK = """
SELECT group_concat(image_id) FROM label_mark WHERE value != '' AND name = ? AND value = ?
"""
MARKS_OF = """
SELECT m.image_id, m.name, m.value FROM json_each(?) AS ids
CROSS JOIN label_mark AS m ON m.image_id = ids.value WHERE m.value != ''
"""
BY_VALUE = """
SELECT m.value, group_concat(m.image_id) FROM json_each(?) AS ids
CROSS JOIN label_mark AS m ON m.image_id = ids.value WHERE m.name = ? AND m.value != ''
GROUP BY m.value
"""


class State(StrEnum):
    """``EXCLUDED`` images are not trained on; ``SKIPPED`` ones are not offered for labeling."""

    SKIPPED = "skipped"
    UNSURE = "unsure"
    EXCLUDED = "excluded"


class Part(StrEnum):
    """The part of training that an image is pinned to."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


PARTS = frozenset(part.value for part in Part)


@dataclass(frozen=True, slots=True)
class Marks:
    states: tuple[State, ...] = ()
    part: Part | None = None


NO_MARKS = Marks()


def state_mark(state: State) -> str:
    return STATE_MARK + state


def ids_in_state(connection: sqlite3.Connection, state: State) -> IdArray:
    """Return the images in a state, present or not, as sorted ids."""
    return _ids_with(connection, state_mark(state), SET)


def ids_pinned(connection: sqlite3.Connection, part: Part) -> IdArray:
    """Return the images that are pinned to a part, present or not, as sorted ids."""
    return _ids_with(connection, SPLIT_MARK, part)


def ids_taken_out(connection: sqlite3.Connection) -> IdArray:
    """Return the images removed from the project, present or not, as sorted ids."""
    return _ids_with(connection, DELETED_MARK, SET)


def marks_of(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Marks]:
    """Return the marks of those images that have any; unknown states are left out."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    needed = json.dumps([int(image_id) for image_id in ids])
    for image_id, name, value in connection.execute(MARKS_OF, (needed,)):
        found[image_id][name] = value
    return {image_id: _marks(values) for image_id, values in found.items()}


def by_value(
    connection: sqlite3.Connection, name: str, ids: Sequence[int] | IdArray
) -> dict[str, IdArray]:
    """Sort images by the value of one register; those without it are under an empty text."""
    needed = np.unique(np.asarray(ids, np.int32))
    rows = connection.execute(BY_VALUE, (json.dumps(needed.tolist()), name))
    found = {value: sorted_ids(text) for value, text in rows}
    marked = np.concatenate([np.zeros(0, np.int32), *found.values()])
    rest = np.setdiff1d(needed, marked, assume_unique=True)
    return found | ({"": rest} if len(rest) else {})


def _ids_with(connection: sqlite3.Connection, name: str, value: str) -> IdArray:
    (text,) = connection.execute(WITH_MARK, (name, value)).fetchone()
    return sorted_ids(text or "")


def _marks(values: dict[str, str]) -> Marks:
    states = tuple(state for state in State if state_mark(state) in values)
    part = values.get(SPLIT_MARK, "")
    return Marks(states, Part(part) if part in PARTS else None)
