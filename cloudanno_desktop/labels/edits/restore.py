"""Restoring labels as of an earlier moment: an edit like any other, so it can be undone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.labels.catalog import LabelRow
from cloudanno_desktop.labels.edit import Applied, Changes, Edit
from cloudanno_desktop.labels.edits.confirm import set_labels
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.journal.as_of import Ids, LabelsAsOf, ids_by_labels
from cloudanno_desktop.labels.journal.operations import (
    LabelAct,
    LabelDeleted,
    LabelMarked,
    LabelMerged,
    LabelMoved,
    LabelRecolored,
    LabelRenamed,
    LabelUndeleted,
)
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.transaction import Transaction


@dataclass(frozen=True, slots=True, eq=False)
class RestoreLabels:
    """Set labels (by id) and the images of each set of labels; others stay as they are."""

    labels: Mapping[str, LabelRow]
    groups: Mapping[Ids, IdArray]
    text: str = "Restore labels"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            before = self._restore_labels(writing)
            groups = self._restore_images(writing)
        changed = np.unique(np.concatenate([np.zeros(0, np.int32), *groups.values()]))
        inverse = RestoreLabels(before, groups, self.text)
        return Applied(inverse, Changes(bool(before), None if before else changed))

    def _restore_labels(self, writing: Transaction) -> dict[str, LabelRow]:
        rows = writing.catalog().rows
        before = {}
        for label_id, needed in self.labels.items():
            for act in _acts(rows[label_id], needed):
                writing.record(act)
                before[label_id] = rows[label_id]
        return before

    def _restore_images(self, writing: Transaction) -> dict[Ids, IdArray]:
        before: dict[Ids, list[IdArray]] = {}
        for labels, images in self.groups.items():
            groups = [x for x in writing.groups(images) if set(x.labels) != set(labels)]
            for group in groups:
                before.setdefault(group.labels, []).append(group.images)
            if groups:
                changed = np.concatenate([group.images for group in groups])
                set_labels(writing, labels, changed, as_before=True)
        return {labels: np.concatenate(parts) for labels, parts in before.items()}


def restore(store: LabelStore, then: LabelsAsOf) -> Edit:
    """Return the edit that restores the labels as of a moment.

    Labels created later are deleted, and images labeled later lose their labels.
    """
    now = store.catalog.rows
    rows = {
        label_id: then.catalog.rows.get(label_id) or _deleted(row) for label_id, row in now.items()
    }
    carried = {image: ids if then.multi_label else ids[-1:] for image, ids in then.carried.items()}
    later = (image for image in store.labeled_ids().tolist() if image not in carried)
    needed = {**carried, **dict.fromkeys(later, ())}
    return RestoreLabels(rows, ids_by_labels(needed.items()))


def _deleted(row: LabelRow) -> LabelRow:
    return LabelRow(row.no, row.label, row.created, deleted=True, merged_into=row.merged_into)


def _acts(now: LabelRow, needed: LabelRow) -> Iterator[LabelAct]:
    """Yield the operations that turn one label into the other."""
    label, old, name = needed.label, now.label, now.label.id
    if label.name != old.name:
        yield LabelRenamed(name, label.name)
    if label.color != old.color:
        yield LabelRecolored(name, label.color)
    if label.position != old.position:
        yield LabelMoved(name, label.position)
    if label.negative != old.negative:
        yield LabelMarked(name, label.negative)
    if needed.merged_into != now.merged_into:
        yield LabelMerged(name, needed.merged_into)
    if needed.deleted != now.deleted:
        yield LabelDeleted(name) if needed.deleted else LabelUndeleted(name)
