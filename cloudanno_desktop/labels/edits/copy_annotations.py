"""The edit that copies labels, states and pins from images to others.

A picture that gets another key is another image for the journal, so its annotations must follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.labels.edit import Applied, Edit
from cloudanno_desktop.labels.edits.assign import CompositeEdit, SetLabels
from cloudanno_desktop.labels.edits.confirm import TagLabels
from cloudanno_desktop.labels.edits.states import PinSplit, SetState, TakeOut
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.image_states import Part, State, by_value, state_mark
from cloudanno_desktop.labels.journal.sql_registers import DELETED_MARK, SPLIT_MARK
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.transaction import Transaction, changed_pairs


@dataclass(frozen=True, slots=True, eq=False)
class CopyLabels:
    """Let each target carry exactly what the source at the same place carries."""

    sources: IdArray
    targets: IdArray
    text: str = "Move pictures"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            edits = (*self._labels(writing), self._changed(writing), *self._marks(writing))
            return CompositeEdit(edits, self.text).apply(store)

    def _labels(self, writing: Transaction) -> Iterator[Edit]:
        for group in writing.groups(self.sources):
            yield SetLabels(self._targets_of(group.images), group.labels)

    def _changed(self, writing: Transaction) -> Edit:
        """Let what changed since it was labeled stay so under its new key."""
        pairs = {}
        for label, images in changed_pairs(writing.connection, self.sources).items():
            seen = writing.seen(label, self.sources[np.isin(self.sources, images)])
            pairs[label] = self._targets_of(images), seen
        return TagLabels(pairs, self.text)

    def _marks(self, writing: Transaction) -> Iterator[Edit]:
        for state in State:
            for value, images in self._values(writing, state_mark(state)):
                yield SetState(images, state, bool(value))
        for value, images in self._values(writing, SPLIT_MARK):
            yield PinSplit(images, Part(value) if value else None)
        for value, images in self._values(writing, DELETED_MARK):
            yield TakeOut(images, bool(value))

    def _values(self, writing: Transaction, register: str) -> Iterator[tuple[str, IdArray]]:
        """Yield each value of a register with the targets that get it."""
        for value, images in by_value(writing.connection, register, self.sources).items():
            yield value, self._targets_of(images)

    def _targets_of(self, images: IdArray) -> IdArray:
        return self.targets[np.isin(self.sources, images)]
