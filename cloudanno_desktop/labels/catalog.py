"""The list of labels at one moment, with merged and deleted ones resolved.

The pure fold and the database both use ``roots_of``, so they agree on what a merge means.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloudanno_desktop.labels.label import Label
from cloudanno_desktop.labels.naming_rules import folded_name


@dataclass(frozen=True, slots=True)
class LabelRow:
    """The registers of one label."""

    no: int  # in this database only
    label: Label
    created: bool  # false until the operation that created it arrives
    deleted: bool
    merged_into: str  # id of the label it counts as; empty for itself


def roots_of(rows: Mapping[str, LabelRow]) -> dict[str, str | None]:
    """Return the label that each label counts as, ``None`` if it is hidden.

    Where users merged labels into each other while apart, the smallest id of the circle stays.
    """
    roots: dict[str, str | None] = {}
    for label_id in rows:
        path: dict[str, None] = {}
        current = label_id
        while current not in roots and current not in path:
            row = rows.get(current)
            if row is None or not row.created or row.deleted:
                roots[current] = None
            elif row.merged_into:
                path[current] = None
                current = row.merged_into
            else:
                roots[current] = current
        circle = list(path)[list(path).index(current) :] if current in path else ()
        roots.update(dict.fromkeys(path, min(circle) if circle else roots[current]))
    return roots


class Catalog:
    """All labels ever heard of (``rows``), and those that the user sees, in order (``shown``)."""

    def __init__(self, rows: Iterable[LabelRow]) -> None:
        self.rows = {row.label.id: row for row in rows}
        self._roots = roots_of(self.rows)
        self._id_of_no = {row.no: label_id for label_id, row in self.rows.items()}
        roots = [
            row.label for label_id, row in self.rows.items() if self.root(label_id) == label_id
        ]
        self.shown = sorted(roots, key=lambda label: (label.position, label.id))
        self._rank = {label.id: rank for rank, label in enumerate(self.shown)}

    def root(self, label_id: str) -> str | None:
        """Return the shown label that ``label_id`` counts as, ``None`` if it is hidden."""
        return self._roots.get(label_id)

    def members(self, label_id: str) -> list[LabelRow]:
        """Return the rows of a shown label and of all labels merged into it."""
        return [self.rows[other] for other, root in self._roots.items() if root == label_id]

    def named(self, name: str) -> Label | None:
        """Return the label of that name, or else one whose name differs by case or form alone."""
        folded = folded_name(name)
        alike = [label for label in self.shown if folded_name(label.name) == folded]
        return next((label for label in alike if label.name == name), alike[0] if alike else None)

    def id_of(self, no: int) -> str:
        return self._id_of_no[no]

    def in_order(self, label_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the shown labels that ``label_ids`` count as, each once."""
        roots = {root for root in map(self.root, label_ids) if root is not None}
        return tuple(sorted(roots, key=self._rank.__getitem__))
