"""A model of the journal in plain Python, which the database must agree with.

A state is a set of last-writer-wins registers, so ``join`` is commutative, associative and
idempotent, and operations may come in any order, split and repeated (Shapiro et al., “A
comprehensive study of convergent and commutative replicated data types”, 2011). The program has
the same rules in ``sql_registers``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from cloudanno_desktop.labels.catalog import Catalog, LabelRow
from cloudanno_desktop.labels.journal.operations import (
    Cleared,
    LabelAct,
    LabelCreated,
    LabelsSet,
    Operation,
    PairAct,
    Stamp,
    Unassigned,
)
from cloudanno_desktop.labels.journal.sql_registers import mark, properties
from cloudanno_desktop.labels.label import Label

K = TypeVar("K")
V = TypeVar("V")

Register = tuple[Stamp, V]
Property = str | float | int


@dataclass(frozen=True, slots=True)
class FoldedState:
    """The registers that a set of operations leaves.

    Attributes:
        created: ids of labels whose creation is among the operations.
        properties: (label id, property) → value.
        pairs: (image key, label id) → assigned or not.
        clears: (image key, writer) → stamp of that writer's last clearing of the image.
        marks: (image key, mark) → value.
    """

    created: frozenset[str] = frozenset()
    properties: dict[tuple[str, str], Register[Property]] = field(default_factory=dict)
    pairs: dict[tuple[str, str], Register[bool]] = field(default_factory=dict)
    clears: dict[tuple[str, str], Register[None]] = field(default_factory=dict)
    marks: dict[tuple[str, str], Register[str]] = field(default_factory=dict)

    def catalog(self) -> Catalog:
        """Return the labels, merged and deleted ones resolved."""
        ids = {label_id for label_id, _ in self.properties}
        return Catalog(self._row(no, label_id) for no, label_id in enumerate(sorted(ids)))

    def assignments(self, *, multi_label: bool = True) -> dict[str, tuple[str, ...]]:
        """Return for each labeled image the ids of the labels that show, in the labels' order."""
        cleared: dict[str, Stamp] = {}
        for (image, _), (stamp, _) in self.clears.items():
            cleared[image] = max(stamp, cleared.get(image, stamp))
        carried: dict[str, list[tuple[Stamp, str]]] = {}
        for (image, label_id), (stamp, is_on) in self.pairs.items():
            if is_on and (image not in cleared or stamp >= cleared[image]):
                carried.setdefault(image, []).append((stamp, label_id))
        catalog = self.catalog()
        shown = {
            image: catalog.in_order(label for _, label in (found if multi_label else [max(found)]))
            for image, found in carried.items()
        }
        return {image: labels for image, labels in shown.items() if labels}

    def marked(self) -> dict[tuple[str, str], str]:
        """Return the marks of images that are set."""
        return {place: value for place, (_, value) in self.marks.items() if value}

    def _row(self, no: int, label_id: str) -> LabelRow:
        def value(name: str, default: Property) -> Property:
            register = self.properties.get((label_id, name))
            return register[1] if register else default

        label = Label(
            label_id,
            str(value("name", "")),
            str(value("color", "")),
            float(value("position", 0)),
            bool(value("negative", 0)),
        )
        created = label_id in self.created
        return LabelRow(
            no, label, created, bool(value("deleted", 0)), str(value("merged_into", ""))
        )


def fold(operations: Iterable[tuple[Stamp, Operation]]) -> FoldedState:
    """Add operations up, in any order."""
    created: set[str] = set()
    state = FoldedState(frozenset(), {}, {}, {}, {})
    for stamp, operation in operations:
        act = operation.act
        if isinstance(act, LabelAct):
            if isinstance(act, LabelCreated):
                created.add(act.label)
            for name, value in properties(act).items():
                _write(state.properties, (act.label, name), (stamp, value))
        elif isinstance(act, PairAct):
            _fold_pairs(state, stamp, act)
        else:
            name, text = mark(act)
            for image in act.images:
                _write(state.marks, (image, name), (stamp, text))
    return FoldedState(frozenset(created), state.properties, state.pairs, state.clears, state.marks)


def join(first: FoldedState, second: FoldedState) -> FoldedState:
    """Add two states up: the fold of the union of their operations."""
    return FoldedState(
        first.created | second.created,
        _later(first.properties, second.properties),
        _later(first.pairs, second.pairs),
        _later(first.clears, second.clears),
        _later(first.marks, second.marks),
    )


def _fold_pairs(state: FoldedState, stamp: Stamp, act: PairAct) -> None:
    for image in act.images:
        if isinstance(act, LabelsSet | Cleared):
            _write(state.clears, (image, stamp.writer), (stamp, None))
        if not isinstance(act, Cleared):
            for label_id in act.labels:
                is_on = not isinstance(act, Unassigned)
                _write(state.pairs, (image, label_id), (stamp, is_on))


def _write(registers: dict[K, Register[V]], place: K, value: Register[V]) -> None:
    if place not in registers or registers[place][0] < value[0]:
        registers[place] = value


def _later(first: dict[K, Register[V]], second: dict[K, Register[V]]) -> dict[K, Register[V]]:
    joined = dict(first)
    for place, value in second.items():
        _write(joined, place, value)
    return joined
