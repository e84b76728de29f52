"""What an edit changed, and how it is taken back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cloudanno_desktop.labels.ids import IdArray

if TYPE_CHECKING:
    from cloudanno_desktop.labels.store import LabelStore


@dataclass(frozen=True, slots=True)
class Changes:
    """What a view has to show anew.

    Attributes:
        labels: the list of labels or a property of one changed.
        images: sorted ids whose labels changed; ``None``: it may be any image.
    """

    labels: bool
    images: IdArray | None


class Edit(Protocol):
    """A change of labels that a person makes; carried out whole or not at all."""

    @property
    def text(self) -> str:
        """What the edit does, in a few English words, such as ``Assign label``."""

    def apply(self, store: "LabelStore") -> "Applied":
        """Carry the edit out; it is on disk when this returns."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An edit that was carried out.

    Attributes:
        inverse: the edit that takes it back.
    """

    inverse: Edit
    changes: Changes
