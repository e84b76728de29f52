"""What edits that are under way do to the pictures on show, before the database answers.

A label goes to the picture that the eye sees: one that is being labeled leaves the unlabeled ones
at once, and a key after an undo waits until what came back is selected.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.gui.grid.selection import members

Ids = NDArray[np.int32]


class PendingEdits:
    def __init__(self) -> None:
        self._edits = 0
        self._leaving: list[tuple[int, Ids]] = []  # ids that an edit of this number labels
        self._restoring = 0
        self._restored: Ids | None = None
        self._waiting: list[Callable[[], None]] = []

    @property
    def number(self) -> int:
        """How many edits were begun; a search that begins now sees what they do."""
        return self._edits

    def label(self, ids: Ids) -> None:
        self._edits += 1
        self._leaving.append((self._edits, ids))

    def refuse(self) -> None:
        self._leaving.clear()

    def forget_seen(self, number: int) -> None:
        """Forget the edits that a search has seen."""
        self._leaving = [(edit, ids) for edit, ids in self._leaving if edit > number]

    def without_leaving(self, ids: Ids) -> Ids:
        for _edit, leaving in self._leaving:
            ids = ids[~members(ids, leaving)]
        return ids

    def begin_restore(self) -> None:
        self._restoring += 1

    def end_restore(self, ids: Ids | None) -> None:
        """Note what an undo or a redo changed; ``None`` if there is nothing to select."""
        self._restoring -= 1
        self.show(ids)

    def show(self, ids: Ids | None) -> None:
        """Have ``ids`` selected as soon as they are on show."""
        self._restored = ids
        self.go_on()

    def restored_in(self, ids: Ids) -> Ids:
        """Return those of ``ids`` that were restored; they are asked for once."""
        restored, self._restored = self._restored, None
        return ids[:0] if restored is None else ids[members(ids, restored)]

    def when_shown(self, act: Callable[[], None]) -> None:
        """Let ``act`` wait until what an undo or a redo changed is on show."""
        self._waiting.append(act)
        self.go_on()

    def go_on(self) -> None:
        """Do what has waited, unless something is still to be shown."""
        if self._restored is None and not self._restoring:
            waiting, self._waiting = self._waiting, []
            for act in waiting:
                act()
