"""What the grid shows of one image."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chip:
    """One label under a picture; ``color`` is ``#rrggbb``."""

    text: str
    color: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One image; ``problem`` says why its picture cannot be read."""

    id: int
    key: str
    chips: tuple[Chip, ...] = ()
    problem: str = ""
    is_animated: bool = False

    @property
    def name(self) -> str:
        return self.key.rsplit("/", 1)[-1]

    @property
    def described(self) -> str:
        """One line for a screen reader: name, labels, problem."""
        labels = ", ".join(chip.text for chip in self.chips) or "no label"
        moves = "moves" if self.is_animated else ""
        return "; ".join(part for part in (self.name, labels, moves, self.problem) if part)


RowsProvider = Callable[[Sequence[int]], Sequence[Cell]]


def no_rows(ids: Sequence[int]) -> Sequence[Cell]:
    """Return empty cells; the grid's provider until a project sets one."""
    return [Cell(image_id, "") for image_id in ids]
