"""What can be undone and redone, without any window."""

from cloudanno_desktop.labels.edit import Applied, Edit
from cloudanno_desktop.labels.store import LabelStore

LIMIT = 1000


class UndoStack:
    """Edits that can be taken back, the latest first, and those that were taken back.

    The stack belongs to one open project and one thread.
    """

    def __init__(self) -> None:
        self._undo: list[tuple[str, Edit]] = []
        self._redo: list[tuple[str, Edit]] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return bool(self._redo)

    @property
    def undo_text(self) -> str:
        """What would be taken back; empty if nothing."""
        return self._undo[-1][0] if self._undo else ""

    @property
    def redo_text(self) -> str:
        """What would be done again; empty if nothing."""
        return self._redo[-1][0] if self._redo else ""

    def push(self, text: str, applied: Applied) -> None:
        """Remember an edit that was just carried out; what could be redone is forgotten."""
        self._undo = [*self._undo[1 - LIMIT :], (text, applied.inverse)]
        self._redo.clear()

    def undo(self, store: LabelStore) -> Applied:
        """Take the latest edit back. Raises ``IndexError`` if there is none."""
        return _carry_over(self._undo, self._redo, store)

    def redo(self, store: LabelStore) -> Applied:
        """Do again what was taken back last. Raises ``IndexError`` if there is none."""
        return _carry_over(self._redo, self._undo, store)

    def clear(self) -> None:
        """Forget everything."""
        self._undo.clear()
        self._redo.clear()


def _carry_over(
    source: list[tuple[str, Edit]], target: list[tuple[str, Edit]], store: LabelStore
) -> Applied:
    text, edit = source[-1]
    applied = edit.apply(store)
    source.pop()
    target.append((text, applied.inverse))
    return applied
