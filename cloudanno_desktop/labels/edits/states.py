"""Edits of states, pins, and membership in the project."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cloudanno_desktop.labels.edit import Applied, Changes, Edit
from cloudanno_desktop.labels.edits.assign import CompositeEdit, Ids, applied_to_images
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.image_states import SET, Part, State, by_value, state_mark
from cloudanno_desktop.labels.journal.operations import (
    ImagesDeleted,
    ImagesRestored,
    MarkAct,
    SplitPinned,
    StateCleared,
    StateSet,
)
from cloudanno_desktop.labels.journal.sql_registers import DELETED_MARK, SPLIT_MARK
from cloudanno_desktop.labels.store import LabelStore


@dataclass(frozen=True, slots=True, eq=False)
class SetState:
    """Put images into a state, or take them out of it."""

    image_ids: Ids
    state: State
    is_on: bool = True
    text: str = "Change state"

    def apply(self, store: LabelStore) -> Applied:
        kind = StateSet if self.is_on else StateCleared
        return _mark(
            store,
            self.image_ids,
            _Register(state_mark(self.state), SET if self.is_on else "", self.text),
            lambda keys: kind(self.state, keys),
            lambda value, images: SetState(images, self.state, bool(value), self.text),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PinSplit:
    """Pin images to one part of training; ``None``: split at random again."""

    image_ids: Ids
    part: Part | None
    text: str = "Pin to a part"

    def apply(self, store: LabelStore) -> Applied:
        needed = self.part or ""
        return _mark(
            store,
            self.image_ids,
            _Register(SPLIT_MARK, needed, self.text),
            lambda keys: SplitPinned(needed, keys),
            lambda value, images: PinSplit(images, Part(value) if value else None, self.text),
        )


@dataclass(frozen=True, slots=True, eq=False)
class TakeOut:
    """Take images out of the project, or bring them back; their files stay."""

    image_ids: Ids
    is_out: bool = True
    text: str = "Remove from the project"

    def apply(self, store: LabelStore) -> Applied:
        kind = ImagesDeleted if self.is_out else ImagesRestored
        applied = _mark(
            store,
            self.image_ids,
            _Register(DELETED_MARK, SET if self.is_out else "", self.text),
            kind,
            lambda value, images: TakeOut(images, bool(value), self.text),
        )
        return Applied(applied.inverse, Changes(labels=True, images=None))


@dataclass(frozen=True, slots=True)
class _Register:
    """A register of images, its new value, and the name of the edit."""

    name: str
    needed: str
    text: str


def _mark(
    store: LabelStore,
    image_ids: Ids,
    register: _Register,
    act: Callable[[tuple[str, ...]], MarkAct],
    inverse: Callable[[str, IdArray], Edit],
) -> Applied:
    with store.writing() as writing:
        groups = by_value(writing.connection, register.name, image_ids)
        groups.pop(register.needed, None)
        if groups:
            images = np.unique(np.concatenate(list(groups.values())))
            writing.record(act(writing.keys(images)), images)
    edits = [inverse(value, images) for value, images in groups.items()]
    return applied_to_images(edits, register.text, groups.values())


def forget_marks(image_ids: Ids) -> CompositeEdit:
    states = tuple(SetState(image_ids, state, is_on=False) for state in State)
    return CompositeEdit((*states, PinSplit(image_ids, None)), "Forget states")
