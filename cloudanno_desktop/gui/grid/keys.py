"""Which key means what in the grid."""

from PySide6.QtCore import Qt

from cloudanno_desktop.gui.grid.layout import Move

Key = Qt.Key

MOVES = {
    Key.Key_Left: Move.LEFT,
    Key.Key_Right: Move.RIGHT,
    Key.Key_Up: Move.UP,
    Key.Key_Down: Move.DOWN,
    Key.Key_K: Move.PREVIOUS,
    Key.Key_J: Move.NEXT,
    Key.Key_PageUp: Move.PAGE_UP,
    Key.Key_PageDown: Move.PAGE_DOWN,
    Key.Key_Home: Move.FIRST,
    Key.Key_End: Move.LAST,
}


def has_control(modifiers: Qt.KeyboardModifier) -> bool:
    """Return whether Ctrl (Command on a Mac) is held."""
    return bool(modifiers & Qt.KeyboardModifier.ControlModifier)


def has_shift(modifiers: Qt.KeyboardModifier) -> bool:
    return bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
