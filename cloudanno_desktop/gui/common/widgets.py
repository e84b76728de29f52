"""Small widgets made the same way everywhere."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from cloudanno_desktop.gui.common.theme import Theme, set_role

FRAME = QSize(8, 40)  # of a window, with its title


def page() -> QWidget:
    widget = QWidget()
    widget.setObjectName("page")
    return widget


def resize_to_screen(window: QWidget, width: int, height: int) -> None:
    """Give a window its size, or the part of it that the screen has room for."""
    window.resize(QSize(width, height).boundedTo(window.screen().availableSize() - FRAME))


def styled_label(text: str = "", role: str = "", *, wraps: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(wraps)
    if role:
        set_role(label, role)
    return label


def hidden_button(text: str, role: str) -> QPushButton:
    """Return a button in the look of ``role`` that is shown when there is something to do."""
    button = QPushButton(text)
    set_role(button, role)
    button.setVisible(False)
    return button


class IconLabel(QLabel):
    """An icon that follows the theme; a bound method, unlike a lambda, ends with its widget."""

    def __init__(self, theme: Theme, icon: str, size_px: int) -> None:
        super().__init__()
        self._theme, self._icon, self._size_px = theme, icon, size_px
        self._recolor()
        theme.changed.connect(self._recolor)

    def _recolor(self) -> None:
        self.setPixmap(self._theme.icon(self._icon).pixmap(self._size_px, self._size_px))


class IconButton(QToolButton):
    def __init__(self, theme: Theme, icon: str, text: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._recolor()
        theme.changed.connect(self._recolor)

    def show_icon(self, name: str) -> None:
        self._icon = name
        self._recolor()

    def _recolor(self) -> None:
        self.setIcon(self._theme.icon(self._icon))
