"""The effect of one operation on the tables.

Registers hold the value of the operation with the greatest stamp, so operations may arrive in any
order and more than once. An assignment shows while it is on and no clearing of its image is later;
in a single-label project also no assignment of another label may be later (of two by one operation
the greater label id counts). Our own edits replace labels by ``set``, so this matters for what
other programs write.
"""

import sqlite3
from dataclasses import asdict, dataclass

import msgspec

from cloudanno_desktop.labels.journal.operations import (
    Act,
    Assigned,
    Cleared,
    ImagesDeleted,
    ImagesRestored,
    LabelAct,
    LabelCreated,
    LabelDeleted,
    LabelMarked,
    LabelMerged,
    LabelMoved,
    LabelRecolored,
    LabelRenamed,
    LabelsSet,
    LabelUndeleted,
    MarkAct,
    PairAct,
    SplitPinned,
    StateCleared,
    StateSet,
    Unassigned,
)

DELETED_MARK = "deleted"
SPLIT_MARK = "split"
STATE_MARK = "state:"

PROJECT = "SELECT value FROM label_state WHERE name = 'project'"
INSERT_LABEL = "INSERT OR IGNORE INTO label (id) VALUES (?)"
SELECT_NO = "SELECT no FROM label WHERE id = ?"
SET_CREATED = "UPDATE label SET created = 1 WHERE no = ?"
INSERT_NAME = "INSERT OR IGNORE INTO label_name VALUES (?, ?)"
SET_PROPERTY = {
    name: f"UPDATE label SET {name} = ?1, {name}_stamp = ?2 WHERE no = ?3 AND {name}_stamp < ?2"
    for name in ("name", "color", "position", "deleted", "merged_into", "negative")
}
SET_PAIR = """
INSERT INTO label_pair (image_id, label_no, is_on, operation_id, shown, seen)
SELECT value >> 31, :label, :on, :operation, :on AND (:newest OR NOT EXISTS (
    SELECT 1 FROM label_clear AS c JOIN label_operation AS o ON o.id = c.operation_id
    WHERE c.image_id = value >> 31 AND o.stamp > :stamp)), value & 0x7fffffff
FROM json_each(:tagged) WHERE true
ON CONFLICT (image_id, label_no) DO UPDATE
SET is_on = excluded.is_on, operation_id = excluded.operation_id, shown = excluded.shown,
    seen = CASE WHEN :on THEN excluded.seen ELSE seen END
WHERE :newest OR (SELECT stamp FROM label_operation WHERE id = label_pair.operation_id) < :stamp
"""
SET_CLEAR = """
INSERT INTO label_clear (image_id, writer_no, operation_id)
SELECT value, :writer, :operation FROM json_each(:images) WHERE true
ON CONFLICT (image_id, writer_no) DO UPDATE SET operation_id = excluded.operation_id
WHERE :newest OR (SELECT stamp FROM label_operation WHERE id = label_clear.operation_id) < :stamp
"""
HIDE_CLEARED = """
UPDATE label_pair SET shown = 0
WHERE shown = 1 AND image_id IN (SELECT value FROM json_each(:images))
AND (:newest OR (SELECT stamp FROM label_operation WHERE id = operation_id) < :stamp)
"""
SET_MARK = """
INSERT INTO label_mark (image_id, name, value, operation_id)
SELECT value, :name, :text, :operation FROM json_each(:images) WHERE true
ON CONFLICT (image_id, name) DO UPDATE
SET value = excluded.value, operation_id = excluded.operation_id
WHERE :newest OR (SELECT stamp FROM label_operation WHERE id = label_mark.operation_id) < :stamp
"""

SHOW_AGAIN = """
UPDATE label_pair SET shown = is_on AND NOT EXISTS (
    SELECT 1 FROM label_clear AS c JOIN label_operation AS o ON o.id = c.operation_id
    WHERE c.image_id = label_pair.image_id AND o.stamp >
        (SELECT stamp FROM label_operation WHERE id = label_pair.operation_id))
AND (:many OR NOT EXISTS (
    SELECT 1 FROM label_pair AS other
    JOIN label_operation AS o ON o.id = other.operation_id
    JOIN label AS l ON l.no = other.label_no
    WHERE other.image_id = label_pair.image_id AND other.label_no != label_pair.label_no
    AND other.is_on = 1 AND (o.stamp, l.id) > (
        SELECT mine.stamp, own.id FROM label_operation AS mine, label AS own
        WHERE mine.id = label_pair.operation_id AND own.no = label_pair.label_no)))
"""
OF_IMAGES = "WHERE image_id IN (SELECT value FROM json_each(:images))"


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """What the registers need of an operation that has its row."""

    operation: int
    stamp: str
    writer: int
    images: str  # JSON array of the ids of the act’s images
    tagged: str  # JSON array of the same ids, each times 2³¹ plus the tag of the bytes seen
    newest: bool  # later than all others, so nothing is compared


def apply_act(connection: sqlite3.Connection, act: Act, written: StoredOperation) -> None:
    if isinstance(act, LabelAct):
        _apply_to_label(connection, act, written.stamp)
    elif isinstance(act, PairAct):
        _apply_to_pairs(connection, act, written)
    else:
        _apply_to_marks(connection, act, written)


def show_again(connection: sqlite3.Connection, *, many: bool, images: str | None = None) -> None:
    """Recompute which assignments show; ``images`` is a JSON array of ids, or all."""
    statement = SHOW_AGAIN if images is None else SHOW_AGAIN + OF_IMAGES
    connection.execute(statement, {"many": many, "images": images})


def label_no(connection: sqlite3.Connection, label_id: str) -> int:
    """Return the number of a label, adding it if it is new."""
    connection.execute(INSERT_LABEL, (label_id,))
    return int(connection.execute(SELECT_NO, (label_id,)).fetchone()[0])


class _Setting(msgspec.Struct):
    multi_label: bool = False


def is_multi_label(connection: sqlite3.Connection) -> bool:
    row = connection.execute(PROJECT).fetchone()
    return bool(row) and msgspec.json.decode(row[0], type=_Setting).multi_label


def properties(act: LabelAct) -> dict[str, str | float | int]:  # noqa: PLR0911  one for each kind
    """Return the label registers that an act writes, with their values."""
    match act:
        case LabelCreated(name=name, color=color, position=position):
            return {"name": name, "color": color, "position": position}
        case LabelRenamed(name=name):
            return {"name": name}
        case LabelRecolored(color=color):
            return {"color": color}
        case LabelMoved(position=position):
            return {"position": position}
        case LabelMerged(into=into):
            return {"merged_into": into}
        case LabelMarked(negative=negative):
            return {"negative": int(negative)}
        case LabelDeleted() | LabelUndeleted():
            return {"deleted": int(isinstance(act, LabelDeleted))}


def mark(act: MarkAct) -> tuple[str, str]:
    """Return the image register that an act writes, and its value."""
    match act:
        case ImagesDeleted():
            return DELETED_MARK, "yes"
        case ImagesRestored():
            return DELETED_MARK, ""
        case StateSet(state=state):
            return STATE_MARK + state, "yes"
        case StateCleared(state=state):
            return STATE_MARK + state, ""
        case SplitPinned(split=split):
            return SPLIT_MARK, split


def _apply_to_label(connection: sqlite3.Connection, act: LabelAct, stamp: str) -> None:
    no = label_no(connection, act.label)
    if isinstance(act, LabelCreated):
        connection.execute(SET_CREATED, (no,))
    if isinstance(act, LabelCreated | LabelRenamed):
        connection.execute(INSERT_NAME, (act.name, no))
    for name, value in properties(act).items():
        connection.execute(SET_PROPERTY[name], (value, stamp, no))


def _apply_to_pairs(connection: sqlite3.Connection, act: PairAct, written: StoredOperation) -> None:
    values: dict[str, int | str] = asdict(written)
    if isinstance(act, LabelsSet | Cleared):
        connection.execute(SET_CLEAR, values)
        connection.execute(HIDE_CLEARED, values)
    if isinstance(act, Assigned | Unassigned | LabelsSet):
        on = int(not isinstance(act, Unassigned))
        for label_id in act.labels:
            label = label_no(connection, label_id)
            connection.execute(SET_PAIR, {**values, "label": label, "on": on})
    if not (_replaces_all(act) and written.newest) and not is_multi_label(connection):
        show_again(connection, many=False, images=written.images)


def _replaces_all(act: PairAct) -> bool:
    return isinstance(act, Cleared) or (isinstance(act, LabelsSet) and len(act.labels) == 1)


def _apply_to_marks(connection: sqlite3.Connection, act: MarkAct, written: StoredOperation) -> None:
    name, text = mark(act)
    connection.execute(SET_MARK, {**asdict(written), "name": name, "text": text})
