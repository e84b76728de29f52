"""The list of labels at one moment, with merged and deleted ones resolved.

The pure fold and the database both use ``root_of``, so they agree on what a merge means.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloudanno_desktop.labels.label import Label


@dataclass(frozen=True, slots=True)
class LabelRow:
    """The registers of one label."""

    no: int  # in this database only
    label: Label
    created: bool  # false until the operation that created it arrives
    deleted: bool
    merged_into: str  # id of the label it counts as; empty for itself


def root_of(label_id: str, rows: Mapping[str, LabelRow]) -> str | None:
    """Return the label that ``label_id`` counts as, ``None`` if it is hidden.

    Where users merged two labels into each other while apart, the smallest id of the circle stays.
    """
    path: list[str] = []
    current = label_id
    while current not in path:
        row = rows.get(current)
        if row is None or not row.created or row.deleted:
            return None
        path.append(current)
        if not row.merged_into:
            return current
        current = row.merged_into
    return min(path[path.index(current) :])


class Catalog:
    """All labels ever heard of (``rows``), and those that the user sees, in order (``shown``)."""

    def __init__(self, rows: Iterable[LabelRow]) -> None:
        self.rows = {row.label.id: row for row in rows}
        self._roots = {label_id: root_of(label_id, self.rows) for label_id in self.rows}
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
        return next((label for label in self.shown if label.name == name), None)

    def id_of(self, no: int) -> str:
        return self._id_of_no[no]

    def in_order(self, label_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the shown labels that ``label_ids`` count as, each once."""
        roots = {root for root in map(self.root, label_ids) if root is not None}
        return tuple(sorted(roots, key=self._rank.__getitem__))
