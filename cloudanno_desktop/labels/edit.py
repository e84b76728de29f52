"""Edits, what they changed, and their inverses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cloudanno_desktop.labels.ids import IdArray

if TYPE_CHECKING:
    from cloudanno_desktop.labels.store import LabelStore


@dataclass(frozen=True, slots=True)
class Changes:
    """What a view has to refresh."""

    labels: bool  # the list of labels or a property of one
    images: IdArray | None  # sorted ids of those whose labels changed; ``None``: any


class Edit(Protocol):
    """An undoable change of labels; carried out whole or not at all."""

    @property
    def text(self) -> str:
        """A few English words, such as ``Assign label``."""

    def apply(self, store: "LabelStore") -> "Applied":
        """Carry the edit out; it is on disk when this returns.

        Raises:
            ProjectReadOnly: nothing may be changed here.
            LabelUnknown: the edit names a label that was never created.
        """


@dataclass(frozen=True, slots=True)
class Applied:
    """An edit that was carried out, with the edit that undoes it."""

    inverse: Edit
    changes: Changes
