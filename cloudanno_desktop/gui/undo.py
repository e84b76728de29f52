"""What undo and redo would do now, as the window shows it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudanno_desktop.labels.edits.undo import UndoStack


@dataclass(frozen=True, slots=True)
class UndoState:
    """Texts of the next steps; empty where there is none."""

    undo_text: str = ""
    redo_text: str = ""


NOTHING_TO_UNDO = UndoState()


def state_of(stack: "UndoStack") -> UndoState:
    """Return what the stack would do next."""
    return UndoState(stack.undo_text, stack.redo_text)
