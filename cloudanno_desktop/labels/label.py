"""Labels.

A label is identified by its id; its name, color and position are properties that may change while
others assign it.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

NAMESPACE = UUID("6f4a1c1e-5b0e-5f0a-9a55-3f6f0c1b7a10")

PALETTE = (
    "#4e79a7",
    "#f28e2b",
    "#59a14f",
    "#e15759",
    "#b07aa1",
    "#76b7b2",
    "#edc948",
    "#ff9da7",
    "#9c755f",
    "#8a8fa3",
)


@dataclass(frozen=True, slots=True)
class Label:
    """One label as the window shows it."""

    id: str  # UUID text that never changes
    name: str
    color: str  # ``#rrggbb``
    position: float  # labels are ordered by it, ties by id
    negative: bool = False  # stands for “none of the above”


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label with the number of present images that carry it."""

    label: Label
    images: int


def id_for_name(name: str) -> str:
    """Return the id of the first label of that name.

    Two users who create “cat” while apart, or open the same old bucket at once, so get one label.
    """
    return str(uuid5(NAMESPACE, name))


def color_at(number: int) -> str:
    return PALETTE[number % len(PALETTE)]
