"""Number keys act once, however long a finger stays on them."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from cloudanno_desktop.gui.actions.specs import DIGITS

KEYS = {Qt.Key(ord(digit)) for digit in DIGITS}


class KeyRepeatFilter(QObject):
    """Takes repeated presses of number keys away from the actions of the widgets it watches.

    X11 sends a repeat as a release and a press of one moment. Qt knows it for a repeat only if it
    finds both in its queue, so ``isAutoRepeat`` alone misses many (``QXcbKeyboard``).
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._released = (0, 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        del watched
        if not isinstance(event, QKeyEvent):
            return False
        stroke = (event.key(), event.timestamp())
        if event.type() == QEvent.Type.KeyRelease:
            self._released = stroke
        is_repeat = event.isAutoRepeat() or (event.timestamp() > 0 and stroke == self._released)
        if event.type() == QEvent.Type.ShortcutOverride and is_repeat and event.key() in KEYS:
            event.accept()  # it becomes a press that no action gets
            return True
        return False
