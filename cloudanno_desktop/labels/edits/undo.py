"""The undo history, independent of any window."""

from cloudanno_desktop.labels.edit import Applied, Edit
from cloudanno_desktop.labels.store import LabelStore

LIMIT = 1000


class UndoStack:
    """Edits to undo and to redo, the latest last; belongs to one project and one thread."""

    def __init__(self) -> None:
        self._undo: list[tuple[str, Edit]] = []
        self._redo: list[tuple[str, Edit]] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    @property
    def undo_text(self) -> str:
        """What would be undone; empty if nothing."""
        return self._undo[-1][0] if self._undo else ""

    @property
    def redo_text(self) -> str:
        """What would be redone; empty if nothing."""
        return self._redo[-1][0] if self._redo else ""

    def push(self, text: str, applied: Applied) -> None:
        """Add an edit that was just carried out; the redo history is dropped."""
        self._undo = [*self._undo[1 - LIMIT :], (text, applied.inverse)]
        self._redo.clear()

    def undo(self, store: LabelStore) -> Applied:
        """Undo the latest edit. Raises ``IndexError`` if there is none."""
        return _carry_over(self._undo, self._redo, store)

    def redo(self, store: LabelStore) -> Applied:
        """Redo the edit undone last. Raises ``IndexError`` if there is none."""
        return _carry_over(self._redo, self._undo, store)

    def clear(self) -> None:
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
