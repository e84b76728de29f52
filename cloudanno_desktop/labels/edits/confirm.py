"""Labels of pictures whose bytes changed since: to keep them is to give them to the new bytes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.labels.edit import Applied, Changes
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.journal.operations import Assigned, Cleared, LabelsSet
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.transaction import Transaction, changed_pairs

Tags = Sequence[int]
Pairs = Mapping[str, tuple[IdArray, Tags]]  # images with the tags of bytes, by label


@dataclass(frozen=True, slots=True, eq=False)
class TagLabels:
    """Say of labels that images carry to which bytes they were given."""

    pairs: Pairs
    text: str

    def apply(self, store: LabelStore) -> Applied:
        before = {}
        with store.writing() as writing:
            for label_id, (images, tags) in self.pairs.items():
                before[label_id] = images, writing.seen(label_id, images)
                writing.record(Assigned((label_id,), writing.keys(images), tuple(tags)), images)
        tagged = [images for images, _tags in before.values()]
        changed = np.unique(np.concatenate([np.zeros(0, np.int32), *tagged]))
        return Applied(TagLabels(before, self.text), Changes(labels=False, images=changed))


@dataclass(frozen=True, slots=True, eq=False)
class KeepLabels:
    """Give changed images the labels that they carry, or only some of these, once more."""

    image_ids: Sequence[int] | IdArray
    label_ids: Iterable[str] | None = None  # ``None``: all
    text: str = "Keep labels"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            pairs = changed_pairs(writing.connection, self.image_ids)
            chosen = pairs.keys() if self.label_ids is None else set(self.label_ids)
            kept = {
                label: (images, writing.tags(images))
                for label, images in pairs.items()
                if label in chosen
            }
            return TagLabels(kept, self.text).apply(store)


def set_labels(
    writing: Transaction, labels: tuple[str, ...], images: IdArray, *, as_before: bool
) -> None:
    """Record that images carry exactly these labels.

    They are given to the bytes that are there; ``as_before``: to those that had them last, so that
    undo and redo give no label to bytes that it was not given to.
    """
    keys = writing.keys(images)
    if not labels:
        writing.record(Cleared(keys), images)
        return
    if not as_before:
        writing.record(LabelsSet(labels, keys), images)
        return
    first, *others = [(label, writing.seen(label, images)) for label in labels]
    writing.record(LabelsSet(labels, keys, first[1]), images)
    for label, seen in others:
        if seen != first[1]:
            writing.record(Assigned((label,), keys, seen), images)
