"""What a label is.

A label is known by its id for ever; its name, color and place in the list are properties that may
change while other people assign it.
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
    """One label as the window shows it.

    Attributes:
        id: UUID text that never changes.
        color: ``#rrggbb``.
        position: place in the list; labels are ordered by it, ties by id.
        negative: stands for “none of the above”.
    """

    id: str
    name: str
    color: str
    position: float
    negative: bool = False


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label with the number of images in the bucket that carry it."""

    label: Label
    images: int


def id_for_name(name: str) -> str:
    """Return the id of the first label of that name.

    Two people who create “cat” while apart, or open the same old bucket at once, so get one label.
    """
    return str(uuid5(NAMESPACE, name))


def color_at(number: int) -> str:
    """Return the color of the ``number``-th label, round the palette."""
    return PALETTE[number % len(PALETTE)]
