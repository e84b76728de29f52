"""The labels as of a moment.

Operations up to the moment are read in the order of their stamps, so the last one to write a
register counts. Each set of labels is stored once, so a million images fit into memory.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import numpy as np

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.catalog import Catalog, LabelRow
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.journal.history import is_complete
from cloudanno_desktop.labels.journal.operations import (
    Act,
    Assigned,
    Cleared,
    LabelAct,
    LabelCreated,
    PairAct,
    Unassigned,
    decode_operation,
)
from cloudanno_desktop.labels.journal.sql_registers import properties
from cloudanno_desktop.labels.label import Label
from cloudanno_desktop.labels.store import LabelStore

UNTIL = """
SELECT body FROM label_operation WHERE stamp < ? AND body IS NOT NULL ORDER BY stamp
"""
KEYS = "SELECT key, id FROM image"

Ids = tuple[str, ...]


@dataclass(eq=False)
class HistoryIncomplete(CloudAnnoError):
    """A part of the journal is in the bucket only."""

    sentence: ClassVar[str] = (
        "The beginning of this project’s history is not on this computer yet. Load it first."
    )


@dataclass(frozen=True, slots=True, eq=False)
class LabelsAsOf:
    """The labels at a moment."""

    when: datetime
    catalog: Catalog
    carried: dict[int, Ids]  # image id → label ids, the latest last; labeled images only
    multi_label: bool  # as the project is now

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(self.catalog.shown)

    @property
    def images(self) -> dict[int, Ids]:
        """For each labeled image the ids of the labels that showed."""
        shown = {ids: self._shown(ids) for ids in set(self.carried.values())}
        return {image: shown[ids] for image, ids in self.carried.items() if shown[ids]}

    def _shown(self, ids: Ids) -> Ids:
        return self.catalog.in_order(ids if self.multi_label else ids[-1:])


def labels_as_of(store: LabelStore, when: datetime) -> LabelsAsOf:
    """Return the labels; reads all operations. Raises ``HistoryIncomplete``."""
    if not is_complete(store):
        raise HistoryIncomplete
    reader = store.database.reader()
    changed: list[LabelAct] = []
    images = _Images(dict(reader.execute(KEYS)))
    for act in _acts(reader, when):
        if isinstance(act, LabelAct):
            changed.append(act)
        elif isinstance(act, PairAct):
            images.take(act)
    carried = {image: ids for image, ids in images.carried.items() if ids}
    return LabelsAsOf(when, _catalog(changed), carried, store.project.multi_label)


def _catalog(acts: Iterable[LabelAct]) -> Catalog:
    created: set[str] = set()
    values: dict[str, dict[str, str | float | int]] = defaultdict(dict)
    for act in acts:
        if isinstance(act, LabelCreated):
            created.add(act.label)
        values[act.label].update(properties(act))
    return Catalog(
        LabelRow(
            no,
            Label(
                label_id,
                str(found.get("name", "")),
                str(found.get("color", "")),
                float(found.get("position", 0)),
                bool(found.get("negative", 0)),
            ),
            label_id in created,
            bool(found.get("deleted", 0)),
            str(found.get("merged_into", "")),
        )
        for no, (label_id, found) in enumerate(values.items())
    )


class _Images:
    """The labels of each image, updated by each operation in order."""

    def __init__(self, ids: dict[str, int]) -> None:
        self.carried: dict[int, Ids] = {}
        self._ids = ids

    def take(self, act: PairAct) -> None:
        labels = () if isinstance(act, Cleared) else tuple(sorted(act.labels))
        following: dict[Ids, Ids] = {}
        for image in map(self._ids.__getitem__, act.images):
            old = self.carried.get(image, ())
            if old not in following:
                following[old] = _following(act, old, labels)
            self.carried[image] = following[old]


def _following(act: PairAct, old: Ids, labels: Ids) -> Ids:
    rest = tuple(label for label in old if label not in labels)
    if isinstance(act, Assigned):
        return rest + labels
    return rest if isinstance(act, Unassigned) else labels


def _acts(reader: sqlite3.Connection, when: datetime) -> Iterator[Act]:
    end = f"{int(when.timestamp() * 1000) + 1:015d}"
    return (decode_operation(body).act for (body,) in reader.execute(UNTIL, (end,)))


def ids_by_labels(carried: Iterable[tuple[int, Ids]]) -> dict[Ids, IdArray]:
    found: dict[Ids, list[int]] = defaultdict(list)
    for image, labels in carried:
        found[labels].append(image)
    return {labels: np.array(sorted(images), np.int32) for labels, images in found.items()}
