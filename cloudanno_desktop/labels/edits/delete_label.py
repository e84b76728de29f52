"""Three ways to delete a label: alone, with images that have only it, with their files."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cloudanno_desktop.labels.edit import Applied
from cloudanno_desktop.labels.edits.assign import ClearLabels, CompositeEdit, DeleteLabel, Ids
from cloudanno_desktop.labels.edits.states import TakeOut, forget_marks
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.store import LabelStore


class DeleteMode(StrEnum):
    LABEL = "label"
    IMAGES = "images"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class DeletionScope:
    """The images that the deletion of a label concerns."""

    carriers: int  # how many carry the label
    only: IdArray  # those that carry no other label


@dataclass(frozen=True, slots=True)
class DeleteLabelAndImages:
    """Delete a label and take the images that have only it out of the project."""

    label_id: str
    text: str = "Delete label and its pictures"

    def apply(self, store: LabelStore) -> Applied:
        only = reach_of(store, self.label_id).only
        return CompositeEdit((TakeOut(only), DeleteLabel(self.label_id)), self.text).apply(store)


def reach_of(store: LabelStore, label_id: str) -> DeletionScope:
    own = store.ids_with(label_id)
    others = [store.ids_with(x.id) for x in store.catalog.shown if x.id != label_id]
    shared = np.unique(np.concatenate([np.zeros(0, np.int32), *others]))
    return DeletionScope(len(own), np.setdiff1d(own, shared, assume_unique=True))


def forget_images(image_ids: Ids) -> CompositeEdit:
    """Return the edit that clears labels, states and pins of images whose files are gone."""
    return CompositeEdit(
        (ClearLabels(image_ids), *forget_marks(image_ids).edits), "Delete pictures"
    )
