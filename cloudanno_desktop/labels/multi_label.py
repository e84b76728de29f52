"""Switching between one and several labels per image.

What shows follows from the operations alone, not from the setting; so each computer that adopts a
new setting records what it changes, and the others learn it from the journal.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

import msgspec
import numpy as np

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.conflicts import Conflict, find_conflicts
from cloudanno_desktop.labels.journal.operations import Assigned
from cloudanno_desktop.labels.journal.sql_registers import show_again
from cloudanno_desktop.labels.store import LabelStore, ProjectSettings
from cloudanno_desktop.labels.transaction import Transaction


@dataclass(eq=False)
class MultiLabelInUse(CloudAnnoError):
    """Images carry several labels, so the project cannot become a single-label one."""

    sentence: ClassVar[str] = (
        "Pictures with more than one label: {images:,}. "
        "Leave one label on each of them, then try again."
    )

    images: int


def check_single(store: LabelStore) -> None:
    """Raise ``MultiLabelInUse`` if an image in the bucket carries several labels."""
    images = len(store.multi_labeled_ids())
    if images:
        raise MultiLabelInUse(images)


def adopt(store: LabelStore, settings: ProjectSettings) -> None:
    """Adopt the bucket’s settings, and in the same transaction what they change of the labels.

    Where the project now allows several labels, labels that users gave to one image while apart all
    show: only the rule of one label hid them.
    """
    body = msgspec.json.encode(settings)
    with store.taking() as writing:
        old = local_journal.get_state(writing.connection, "project")
        if old == body:
            return
        local_journal.set_state(writing.connection, "project", body)
        was_multi = msgspec.json.decode(old, type=ProjectSettings).multi_label
        if settings.multi_label != was_multi:
            _show_by_the_new_rule(writing, many=settings.multi_label)


def _show_by_the_new_rule(writing: Transaction, *, many: bool) -> None:
    conflicts = find_conflicts(writing.connection, writing.catalog()) if many else []
    show_again(writing.connection, many=many)
    writing.note_change(None)
    _show_conflicting(writing, conflicts)


def _show_conflicting(writing: Transaction, conflicts: list[Conflict]) -> None:
    """Assign all labels of each conflict, except where an image was cleared after all."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for conflict in conflicts:
        found[conflict.label_ids].append(conflict.image_id)
    for label_ids, ids in found.items():
        labeled = [group.images for group in writing.groups(ids) if group.labels]
        if labeled:
            images = np.concatenate(labeled)
            keys = writing.keys(images)
            for label in label_ids:
                writing.record(Assigned((label,), keys, writing.seen(label, images)), images)
