"""Resolving conflicts.

Choosing the label that already shows is recorded too, because only an operation whose writer knew
both sides resolves the conflict for everyone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.labels.edit import Applied, Changes, Edit
from cloudanno_desktop.labels.edits.assign import CompositeEdit, SetLabels
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.journal.operations import LabelsSet
from cloudanno_desktop.labels.store import LabelStore


@dataclass(frozen=True, slots=True, eq=False)
class ResolveConflict:
    """Let images carry exactly one label, whether it shows already or not.

    Undo brings back the labels that showed before; the conflict stays resolved.
    """

    image_ids: Sequence[int] | IdArray
    label_id: str
    text: str = "Resolve conflict"

    def apply(self, store: LabelStore) -> Applied:
        images = np.unique(np.asarray(self.image_ids, np.int32))
        with store.writing() as writing:
            writing.known([self.label_id])
            groups = writing.groups(images)
            if groups:
                writing.record(LabelsSet((self.label_id,), writing.keys(images)), images)
        inverse: tuple[Edit, ...] = tuple(
            SetLabels(x.images, x.labels, as_before=True) for x in groups
        )
        return Applied(CompositeEdit(inverse, self.text), Changes(labels=False, images=images))
