"""Edits of a label’s properties: name, color, position, “none of the above”."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloudanno_desktop.labels.edit import Applied, Edit
from cloudanno_desktop.labels.edits.assign import LABELS_ONLY, CompositeEdit, checked_name
from cloudanno_desktop.labels.journal.operations import (
    LabelMarked,
    LabelMoved,
    LabelRecolored,
    LabelRenamed,
)
from cloudanno_desktop.labels.label import Label
from cloudanno_desktop.labels.store import LabelStore

MOVE = "Move label"


@dataclass(frozen=True, slots=True)
class RenameLabel:
    label_id: str
    name: str
    text: str = "Rename label"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            old = writing.known([self.label_id]).rows[self.label_id].label
            name = checked_name(self.name, store, writing, except_for=self.label_id)
            writing.record(LabelRenamed(self.label_id, name))
        return Applied(RenameLabel(self.label_id, old.name, self.text), LABELS_ONLY)


@dataclass(frozen=True, slots=True)
class RecolorLabel:
    """Give a label another color (``#rrggbb``)."""

    label_id: str
    color: str
    text: str = "Change color"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            old = writing.known([self.label_id]).rows[self.label_id].label
            writing.record(LabelRecolored(self.label_id, self.color))
        return Applied(RecolorLabel(self.label_id, old.color, self.text), LABELS_ONLY)


@dataclass(frozen=True, slots=True)
class MoveLabel:
    """Move a label in the list; a position between two others is their mean."""

    label_id: str
    position: float
    text: str = MOVE

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            old = writing.known([self.label_id]).rows[self.label_id].label
            writing.record(LabelMoved(self.label_id, self.position))
        return Applied(MoveLabel(self.label_id, old.position, self.text), LABELS_ONLY)


@dataclass(frozen=True, slots=True)
class MarkNegative:
    """Let a label stand for “none of the above”, or for itself again."""

    label_id: str
    is_negative: bool = True
    text: str = "Change “none of the above”"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            old = writing.known([self.label_id]).rows[self.label_id].label
            writing.record(LabelMarked(self.label_id, self.is_negative))
        return Applied(MarkNegative(self.label_id, old.negative, self.text), LABELS_ONLY)


def reorder(labels: Sequence[Label], label_id: str, row: int) -> Edit | None:
    """Return the edit that moves a label before the one now in ``row``; ``None`` if it is there.

    ``row`` runs from 0 to the number of labels, which are all shown ones in order.
    """
    rest = [label for label in labels if label.id != label_id]
    old = next(place for place, label in enumerate(labels) if label.id == label_id)
    new = min(row, len(labels)) - (row > old)
    if new == old:
        return None
    before = rest[new - 1].position if new else rest[0].position - 2
    after = rest[new].position if new < len(rest) else before + 2
    middle = (before + after) / 2
    if before < middle < after:
        return MoveLabel(label_id, middle)
    ids = [label.id for label in rest]
    ids.insert(new, label_id)
    moves = tuple(MoveLabel(one, float(place)) for place, one in enumerate(ids, start=1))
    return CompositeEdit(moves, MOVE)
