"""Where each cell of the grid lies: arithmetic alone, so a million images cost nothing.

Positions are indices into the ordered list of images. Points and rectangles are in pixels of the
whole content, whose top left corner is (0, 0), unless a name says otherwise.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

NOWHERE = -1


class Move(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    PREVIOUS = "previous"
    NEXT = "next"
    PAGE_UP = "page_up"
    PAGE_DOWN = "page_down"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; right and bottom lie just outside."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class GridLayout:
    """``count`` cells of one size, in rows that fill ``view_width``."""

    count: int
    view_width: int
    view_height: int
    cell_width: int
    cell_height: int
    gap: int = 8

    @property
    def columns(self) -> int:
        return max(1, (self.view_width - self.gap) // (self.cell_width + self.gap))

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    @property
    def row_height(self) -> int:
        """From the top of one row to the top of the next."""
        return self.cell_height + self.gap

    @property
    def content_height(self) -> int:
        return self.rows * self.row_height + self.gap if self.count else 0

    @property
    def rows_in_view(self) -> int:
        return max(1, (self.view_height - self.gap) // self.row_height)

    def box(self, position: int) -> Box:
        row, column = divmod(position, self.columns)
        left = self._left(column)
        return Box(left, self.gap + row * self.row_height, self.cell_width, self.cell_height)

    def position_at(self, x: int, y: int) -> int:
        """Return the cell under a point, or ``NOWHERE`` between and beside cells."""
        row, inside = divmod(y - self.gap, self.row_height)
        if row < 0 or inside >= self.cell_height:
            return NOWHERE
        for column in range(self.columns):
            left = self._left(column)
            if left <= x < left + self.cell_width:
                position = row * self.columns + column
                return position if position < self.count else NOWHERE
        return NOWHERE

    def range_at(self, top: int, height: int) -> tuple[int, int]:
        """Return the first position and the one after the last that touch a strip of lines."""
        first_row = max(0, (top - self.gap) // self.row_height)
        end_row = max(0, -(-(top + height - self.gap) // self.row_height))
        first = min(self.count, first_row * self.columns)
        return first, max(first, min(self.count, end_row * self.columns))

    def positions_in(self, area: Box) -> NDArray[np.int64]:
        columns = [c for c in range(self.columns) if self._touches(c, area)]
        first_row = max(0, (area.top - self.gap - self.cell_height) // self.row_height + 1)
        end_row = min(self.rows, (area.bottom - 1 - self.gap) // self.row_height + 1)
        if not columns or end_row <= first_row:
            return np.empty(0, np.int64)
        starts = np.arange(first_row, end_row, dtype=np.int64) * self.columns
        positions = (starts[:, None] + np.array(columns, np.int64)[None, :]).ravel()
        return positions[positions < self.count]

    def moved(self, position: int, move: Move) -> int:
        """Return where a step of the keyboard leads; the first cell if there was none before."""
        if not self.count:
            return NOWHERE
        if position == NOWHERE:
            return self.count - 1 if move is Move.LAST else 0
        return self._stepped(position, move)

    def scroll_to_show(self, position: int, top: int) -> int:
        """Return the scroll value nearest to ``top`` that shows one cell whole."""
        box = self.box(position)
        low = box.bottom + self.gap - self.view_height
        return min(max(top, low), box.top - self.gap)

    def _stepped(self, position: int, move: Move) -> int:
        rows = {
            Move.UP: -1,
            Move.DOWN: 1,
            Move.PAGE_UP: -self.rows_in_view,
            Move.PAGE_DOWN: self.rows_in_view,
        }
        if move in rows:
            return self._row_stepped(position, rows[move])
        steps = {Move.LEFT: -1, Move.PREVIOUS: -1, Move.RIGHT: 1, Move.NEXT: 1}
        if move in steps:
            return min(max(position + steps[move], 0), self.count - 1)
        return 0 if move is Move.FIRST else self.count - 1

    def _row_stepped(self, position: int, by: int) -> int:
        row, column = divmod(position, self.columns)
        row = min(max(row + by, 0), self.rows - 1)
        return min(row * self.columns + column, self.count - 1)

    def _left(self, column: int) -> int:
        """Share what is left of the width evenly between the cells."""
        spare = self.view_width - self.columns * self.cell_width
        return max(0, (column + 1) * spare // (self.columns + 1)) + column * self.cell_width

    def _touches(self, column: int, area: Box) -> bool:
        left = self._left(column)
        return left < area.right and area.left < left + self.cell_width
