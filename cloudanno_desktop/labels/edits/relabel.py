"""Edits that replace one label by another, creating labels where needed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.labels.edit import Applied
from cloudanno_desktop.labels.edits.assign import (
    Assign,
    CompositeEdit,
    CreateLabel,
    Edit,
    Ids,
    SetLabels,
    Unassign,
    applied_to_images,
    together,
)
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.store import LabelStore


@dataclass(frozen=True, slots=True, eq=False)
class AssignNamed:
    """Give images labels by name (name → images), creating labels that are missing."""

    images: Mapping[str, Ids]
    text: str = "Assign label"

    def apply(self, store: LabelStore) -> Applied:
        done: list[Applied] = []
        with store.writing():
            for name, ids in self.images.items():
                label_id = _named(store, name, done)
                done.append(Assign((label_id,), ids).apply(store))
        return together(done, self.text)


@dataclass(frozen=True, slots=True, eq=False)
class SplitLabel:
    """Replace a label by another one, by name, on those of the images that carry it."""

    label_id: str
    image_ids: Ids
    name: str
    text: str = "Split label"

    def apply(self, store: LabelStore) -> Applied:
        done: list[Applied] = []
        with store.writing() as writing:
            writing.known([self.label_id])
            new = _named(store, self.name, done)
            images = _carriers(store, self.label_id, self.image_ids)
            give: tuple[Edit, ...] = (Assign((new,), images),)
            if store.project.multi_label and new != self.label_id:
                give = (*give, Unassign((self.label_id,), images))
            done.append(CompositeEdit(give, self.text).apply(store))
        return together(done, self.text)


@dataclass(frozen=True, slots=True)
class KeepFirstLabel:
    """Reduce images with several labels to the first one in the list."""

    text: str = "Keep one label per picture"

    def apply(self, store: LabelStore) -> Applied:
        done: list[Applied] = []
        with store.writing() as writing:
            catalog = writing.catalog()
            for group in writing.groups(store.multi_labeled_ids()):
                first = catalog.in_order(group.labels)[:1]
                done.append(SetLabels(group.images, first, as_before=True).apply(store))
        images = [one.changes.images for one in done if one.changes.images is not None]
        return applied_to_images([one.inverse for one in done], self.text, images)


def _named(store: LabelStore, name: str, done: list[Applied]) -> str:
    with store.writing() as writing:
        label = writing.catalog().named(name)
        if label is None:
            done.append(CreateLabel(name).apply(store))
            label = writing.catalog().named(name)
    assert label is not None
    return label.id


def _carriers(store: LabelStore, label_id: str, image_ids: Ids) -> IdArray:
    with store.writing() as writing:
        catalog = writing.catalog()
        groups = writing.groups(image_ids)
        found = [g.images for g in groups if label_id in catalog.in_order(g.labels)]
    return np.unique(np.concatenate([np.zeros(0, np.int32), *found]))
