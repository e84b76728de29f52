"""Edits of assignments, and of labels as a whole.

Edits are the only way labels change. Each one is one durable transaction: its operations and their
effect are on disk together when ``apply`` returns. An edit that would change nothing writes
nothing; choosing the label that already shows in a conflict resolves it, and is written.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import numpy as np

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.edit import Applied, Changes, Edit
from cloudanno_desktop.labels.edits.confirm import KeepLabels, set_labels
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.journal.operations import (
    Assigned,
    LabelAct,
    LabelCreated,
    LabelDeleted,
    LabelMerged,
    LabelUndeleted,
    Unassigned,
)
from cloudanno_desktop.labels.label import color_at, id_for_name
from cloudanno_desktop.labels.naming_rules import LabelNameRefused, check_name
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.transaction import Group, Transaction

__all__ = ["Applied", "Changes", "Edit"]

Ids = Sequence[int] | IdArray
NO_IMAGES: IdArray = np.zeros(0, np.int32)
LABELS_ONLY = Changes(labels=True, images=NO_IMAGES)
EVERYTHING = Changes(labels=True, images=None)


@dataclass(eq=False)
class OneLabelOnly(CloudAnnoError):
    """Images of a single-label project would get several labels."""

    sentence: ClassVar[str] = (
        "Each picture in this project has one label. "
        "Allow several labels per picture, then try again."
    )


@dataclass(frozen=True, slots=True, eq=False)
class CompositeEdit:
    """Edits that are carried out, and undone, as one."""

    edits: tuple[Edit, ...]
    text: str

    def apply(self, store: LabelStore) -> Applied:
        with store.writing():
            done = [edit.apply(store) for edit in self.edits]
        return together(done, self.text)


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """Give labels to images; in a single-label project the last one replaces others."""

    label_ids: Sequence[str]
    image_ids: Ids
    text: str = "Assign label"
    as_before: bool = False  # to the bytes that had the labels last (see ``set_labels``)

    def apply(self, store: LabelStore) -> Applied:
        if not store.project.multi_label:
            return SetLabels(self.image_ids, self.label_ids[-1:], self.text, self.as_before).apply(
                store
            )
        missing: dict[tuple[str, ...], list[IdArray]] = defaultdict(list)
        with store.writing() as writing:
            catalog = writing.known(self.label_ids)
            for group in writing.groups(self.image_ids):
                carried = {catalog.root(label) for label in group.labels}
                lacking = tuple(x for x in self.label_ids if catalog.root(x) not in carried)
                missing[lacking].append(group.images)
            missing.pop((), None)
            kept = _kept(store, self.image_ids, self.label_ids, is_redone=self.as_before)
            for labels, parts in missing.items():
                images = np.concatenate(parts)
                keys = writing.keys(images)
                if not self.as_before:
                    writing.record(Assigned(labels, keys), images)
                    continue
                for label in labels:
                    writing.record(Assigned((label,), keys, writing.seen(label, images)), images)
        inverse = [Unassign(labels, np.concatenate(parts)) for labels, parts in missing.items()]
        return applied_to_images(
            [*inverse, *(one.inverse for one in kept)],
            self.text,
            [*(part for parts in missing.values() for part in parts), *_images(kept)],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Unassign:
    """Remove labels, and those merged into them, from images."""

    label_ids: Sequence[str]
    image_ids: Ids
    text: str = "Remove label"

    def apply(self, store: LabelStore) -> Applied:
        hits: dict[tuple[str, ...], list[IdArray]] = defaultdict(list)
        with store.writing() as writing:
            catalog = writing.known(self.label_ids)
            roots = {catalog.root(label) for label in self.label_ids} - {None}
            for group in writing.groups(self.image_ids):
                hit = [x for x in group.labels if x in self.label_ids or catalog.root(x) in roots]
                hits[tuple(hit)].append(group.images)
            hits.pop((), None)
            if not store.project.multi_label:  # a label that lost must not show again
                images = np.concatenate([NO_IMAGES, *(x for parts in hits.values() for x in parts)])
                return SetLabels(images, (), self.text).apply(store)
            for labels, parts in hits.items():
                images = np.concatenate(parts)
                writing.record(Unassigned(labels, writing.keys(images)), images)
        inverse = [
            Assign(labels, np.concatenate(parts), as_before=True) for labels, parts in hits.items()
        ]
        return applied_to_images(
            inverse, self.text, (part for parts in hits.values() for part in parts)
        )


@dataclass(frozen=True, slots=True, eq=False)
class SetLabels:
    image_ids: Ids
    label_ids: Sequence[str]
    text: str = "Set labels"
    as_before: bool = False  # to the bytes that had the labels last (see ``set_labels``)

    def apply(self, store: LabelStore) -> Applied:
        needed = tuple(self.label_ids)
        if len(needed) > 1 and not store.project.multi_label:
            raise OneLabelOnly
        with store.writing() as writing:
            writing.known(needed)
            groups = writing.groups(self.image_ids)
            changed = [group for group in groups if set(group.labels) != set(needed)]
            if len(needed) == 1 and not store.project.multi_label:
                changed += _disputed(writing, (g for g in groups if set(g.labels) == set(needed)))
            same = [group.images for group in groups if set(group.labels) == set(needed)]
            kept = [
                one
                for images in same
                for one in _kept(store, images, needed, is_redone=self.as_before)
            ]
            if changed:
                images = np.concatenate([group.images for group in changed])
                set_labels(writing, needed, images, as_before=self.as_before)
        inverse = [
            *(SetLabels(group.images, group.labels, as_before=True) for group in changed),
            *(one.inverse for one in kept),
        ]
        return applied_to_images(
            inverse, self.text, [*(group.images for group in changed), *_images(kept)]
        )


@dataclass(frozen=True, slots=True, eq=False)
class ClearLabels:
    image_ids: Ids
    text: str = "Remove all labels"

    def apply(self, store: LabelStore) -> Applied:
        return SetLabels(self.image_ids, (), self.text).apply(store)


@dataclass(frozen=True, slots=True)
class CreateLabel:
    """Add a label at the end of the list."""

    name: str
    color: str | None = None  # ``#rrggbb``; the next of the palette if left out
    label_id: str | None = None  # UUID text; made from the name if left out
    text: str = "Create label"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            catalog = writing.catalog()
            name = checked_name(self.name, store, writing)
            derived = id_for_name(name)
            free = derived if derived not in catalog.rows else str(uuid4())
            label_id = self.label_id or free
            position = max((label.position for label in catalog.shown), default=0.0) + 1
            color = self.color or color_at(len(catalog.shown))
            writing.record(LabelCreated(label_id, name, color, position))
        return Applied(DeleteLabel(label_id, self.text), LABELS_ONLY)


@dataclass(frozen=True, slots=True)
class DeleteLabel:
    """Hide a label with its assignments."""

    label_id: str
    text: str = "Delete label"

    def apply(self, store: LabelStore) -> Applied:
        act = LabelDeleted(self.label_id)
        return _change_label(store, act, UndeleteLabel(self.label_id, self.text))


@dataclass(frozen=True, slots=True)
class UndeleteLabel:
    label_id: str
    text: str = "Restore label"

    def apply(self, store: LabelStore) -> Applied:
        act = LabelUndeleted(self.label_id)
        return _change_label(store, act, DeleteLabel(self.label_id, self.text))


@dataclass(frozen=True, slots=True)
class MergeLabels:
    """Let a label count as another one; as itself again if ``into_id`` is empty."""

    label_id: str
    into_id: str
    text: str = "Merge labels"

    def apply(self, store: LabelStore) -> Applied:
        with store.writing() as writing:
            rows = writing.known([x for x in (self.label_id, self.into_id) if x]).rows
            into = "" if self.into_id == self.label_id else self.into_id
            old = rows[self.label_id].merged_into
            writing.record(LabelMerged(self.label_id, into))
        return Applied(MergeLabels(self.label_id, old, self.text), EVERYTHING)


def _change_label(store: LabelStore, act: LabelAct, inverse: Edit) -> Applied:
    with store.writing() as writing:
        writing.known([act.label])
        writing.record(act)
    return Applied(inverse, EVERYTHING)


def checked_name(name: str, store: LabelStore, writing: Transaction, except_for: str = "") -> str:
    """Return a valid, unused name without outer spaces. Raises ``LabelNameRefused``."""
    rules = store.project
    clean = check_name(name, rules.profile, rules.pattern)
    same = writing.catalog().named(clean)
    if same is not None and same.id != except_for:
        raise LabelNameRefused(clean, "another label has this name")
    return clean


def _kept(
    store: LabelStore, images: Ids, labels: Sequence[str], *, is_redone: bool
) -> list[Applied]:
    """Labels that are given once more are given to the bytes of now; undo and redo give none."""
    applied = [] if is_redone else [KeepLabels(images, labels).apply(store)]
    return [one for one in applied if len(_images([one])[0])]


def _images(done: Sequence[Applied]) -> list[IdArray]:
    return [NO_IMAGES if one.changes.images is None else one.changes.images for one in done]


def _disputed(writing: Transaction, same: Iterable[Group]) -> list[Group]:
    """Return the images in conflict: choosing the label that shows resolves them."""
    found = ((group.labels, writing.disputed(group.images)) for group in same)
    return [Group(labels, images) for labels, images in found if len(images)]


def applied_to_images(inverse: Sequence[Edit], text: str, images: Iterable[IdArray]) -> Applied:
    edit = inverse[0] if len(inverse) == 1 else CompositeEdit(tuple(inverse), text)
    changed = np.unique(np.concatenate([NO_IMAGES, *images]))
    return Applied(edit, Changes(labels=False, images=changed))


def together(done: Sequence[Applied], text: str) -> Applied:
    inverse = CompositeEdit(tuple(one.inverse for one in reversed(done)), text)
    labels = any(one.changes.labels for one in done)
    arrays = [one.changes.images for one in done if one.changes.images is not None]
    images = np.unique(np.concatenate([NO_IMAGES, *arrays])) if len(arrays) == len(done) else None
    return Applied(inverse, Changes(labels, images))
