"""Which images are selected, and which one is current: a bit for each position.

Selecting a million images fills one array; nothing is kept for each image beyond its bit. All of
this runs on the GUI thread, so no more than such an array is made: fresh memory is what takes time.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.gui.grid.layout import NOWHERE

Ids = NDArray[np.int32]
STEP = 1 << 16  # so many ids are looked through at once, in memory that is used again and again


class Selection:
    """The selection of an ordered list of image ids; ``current`` is a position or ``NOWHERE``."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.current = NOWHERE
        self._anchor = NOWHERE
        self._mask = np.zeros(len(ids), np.bool_)
        self._before_band = self._mask
        self._count = 0

    @property
    def count(self) -> int:
        return self._count

    @property
    def current_id(self) -> int:
        """The id of the current image, or -1."""
        return int(self.ids[self.current]) if self.current != NOWHERE else -1

    def selected_ids(self) -> Ids:
        """Return the selected ids in the order of the list; not to be written to."""
        if self._count == len(self.ids):
            return self.ids
        return self.ids[self._mask] if self._count else self.ids[:0]

    def has(self, position: int) -> bool:
        return bool(self._mask[position])

    def flags(self, first: int, end: int) -> list[bool]:
        flags: list[bool] = self._mask[first:end].tolist()
        return flags

    def choose(self, position: int) -> None:
        self._mask[:] = False
        self._mask[position] = True
        self._set(position, anchor=position, count=1)

    def toggle(self, position: int) -> None:
        self._mask[position] = not self._mask[position]
        self._set(position, anchor=position, count=self._count + (1 if self.has(position) else -1))

    def extend(self, position: int, *, keep: bool = False) -> None:
        """Select from the anchor to ``position``; ``keep`` what was selected elsewhere too."""
        anchor = self._anchor if self._anchor != NOWHERE else position
        if not keep:
            self._mask[:] = False
        first, last = sorted((anchor, position))
        self._mask[first : last + 1] = True
        self._set(position, anchor=anchor)

    def go(self, position: int) -> None:
        """Make an image current without selecting it."""
        self.current = position

    def select_all(self) -> None:
        self._mask[:] = True
        self._set(self.current, anchor=self._anchor)

    def select_range(self, first: int, end: int) -> None:
        self._mask[:] = False
        self._mask[first:end] = True
        self._set(self.current, anchor=first)

    def clear(self) -> None:
        if self._count:
            self._mask[:] = False
        self._set(self.current, anchor=self.current, count=0)

    def select_ids(self, ids: Iterable[int] | Ids) -> None:
        chosen = ids if isinstance(ids, np.ndarray) else np.fromiter(ids, np.int64)
        self._mask = members(self.ids, chosen)
        self._set(self.current, anchor=self._anchor)

    def begin_band(self, *, keep: bool) -> None:
        """Start a rubber band; ``keep`` what is selected already."""
        self._before_band = self._mask.copy() if keep else np.zeros_like(self._mask)

    def set_band(self, positions: NDArray[np.int64]) -> None:
        self._mask = self._before_band.copy()
        self._mask[positions] = True
        current = int(positions[-1]) if len(positions) else self.current
        self._set(current, anchor=int(positions[0]) if len(positions) else self._anchor)

    def cancel_band(self) -> None:
        self._mask = self._before_band
        self._set(self.current, anchor=self._anchor)

    def moved_to(self, ids: Ids) -> "Selection":
        """Return the selection of another list: the same images, as far as they are in it.

        If the current image is gone, the next one that is still there becomes current; and if the
        whole selection is gone, that one is selected, so that labeling goes on from there.
        """
        moved = Selection(ids)
        if self._count:
            moved._mask = members(ids, self.selected_ids())
        current = position_in(ids, self.ids, self.current)
        is_same = self._anchor == self.current
        anchor = current if is_same else position_in(ids, self.ids, self._anchor)
        moved._set(current, anchor=anchor, count=None if self._count else 0)
        if self.count and not moved.count and current != NOWHERE:
            moved.choose(current)
        return moved

    def _set(self, current: int, *, anchor: int, count: int | None = None) -> None:
        self.current, self._anchor = current, anchor
        self._count = int(np.count_nonzero(self._mask)) if count is None else count


def members(ids: Ids, chosen: NDArray[np.integer]) -> NDArray[np.bool_]:
    if not len(ids) or not len(chosen):
        return np.zeros(len(ids), np.bool_)
    found: NDArray[np.bool_] = _table(chosen, int(ids.max()))[ids]
    return found


def position_in(ids: Ids, old_ids: Ids, old_position: int) -> int:
    """Return where the image of an old position is now, or else the next that is still there."""
    if old_position == NOWHERE or not len(ids):
        return NOWHERE
    place = place_of(ids, int(old_ids[old_position]))
    if place != NOWHERE:
        return place
    later = old_ids[old_position:]
    table = _table(ids, int(later.max()))
    for start in range(0, len(later), STEP):
        left = table[later[start : start + STEP]]
        if left.any():
            return place_of(ids, int(later[start + left.argmax()]))
    return NOWHERE


def place_of(ids: Ids, image_id: int) -> int:
    for start in range(0, len(ids), STEP):
        is_it = ids[start : start + STEP] == image_id
        if is_it.any():
            return start + int(is_it.argmax())
    return NOWHERE


def _table(ids: NDArray[np.integer], largest: int) -> NDArray[np.bool_]:
    """Return a table that is true at the place of each of ``ids``, as long as it takes."""
    table = np.zeros(max(int(ids.max()), largest) + 1, np.bool_)
    table[ids if ids.min() >= 0 else ids[ids >= 0]] = True
    return table
