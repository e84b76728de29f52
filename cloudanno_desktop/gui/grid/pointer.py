"""What the mouse does in the grid: click, rubber band, start of a drag."""

from typing import Protocol

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.gui.grid.keys import has_control, has_shift
from cloudanno_desktop.gui.grid.layout import NOWHERE, Box, GridLayout
from cloudanno_desktop.gui.grid.selection import Selection

AUTOSCROLL_MS = 16


class Surface(Protocol):
    """What the pointer needs of the grid."""

    @property
    def selection(self) -> Selection: ...

    @property
    def grid_layout(self) -> GridLayout: ...

    def scroll_top(self) -> int: ...

    def scroll_by(self, lines_px: int) -> None: ...

    def show_selection(self) -> None: ...

    def drag_selection(self) -> None: ...


class Pointer(QObject):
    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self._surface = surface
        self._pressed = QPoint()
        self._last = QPoint()
        self._pressed_on = NOWHERE
        self._is_pressed = False
        self._chooses_on_release = False
        self._is_banding = False
        self._autoscroll = QTimer(self, interval=AUTOSCROLL_MS)
        self._autoscroll.timeout.connect(self._on_autoscroll)

    @property
    def is_banding(self) -> bool:
        return self._is_banding

    def position_at(self, point: QPoint) -> int:
        content = self._content(point)
        return self._surface.grid_layout.position_at(content.x(), content.y())

    def band(self) -> QRect:
        top = QPoint(0, self._surface.scroll_top())
        return QRect(self._pressed - top, self._last - top).normalized()

    def press(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        position = self.position_at(point)
        if event.button() == Qt.MouseButton.RightButton:
            self._press_right(position)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._is_pressed, self._pressed_on = True, position
        self._pressed = self._last = self._content(point)
        self._chooses_on_release = False
        if position == NOWHERE:
            self._begin_band(event.modifiers())
        else:
            self._press_cell(position, event.modifiers())
        self._surface.show_selection()

    def move(self, event: QMouseEvent) -> None:
        if not self._is_pressed:
            return
        point = event.position().toPoint()
        self._last = self._content(point)
        if self._is_banding:
            self._stretch_band()
            self._autoscroll.start()
        elif (self._last - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._drag()

    def release(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._is_pressed:
            return
        self._autoscroll.stop()
        if self._chooses_on_release:
            self._surface.selection.choose(self._pressed_on)
        self._is_pressed = self._is_banding = self._chooses_on_release = False
        self._surface.show_selection()

    def cancel(self) -> bool:
        """Cancel the rubber band; return False if there was none."""
        if not self._is_banding:
            return False
        self._autoscroll.stop()
        self._is_pressed = self._is_banding = False
        self._surface.selection.cancel_band()
        self._surface.show_selection()
        return True

    def forget(self) -> None:
        """Reset because the list of images changed under the mouse."""
        self._autoscroll.stop()
        self._is_pressed = self._is_banding = self._chooses_on_release = False

    def _press_right(self, position: int) -> None:
        if position != NOWHERE and not self._surface.selection.has(position):
            self._surface.selection.choose(position)
            self._surface.show_selection()

    def _press_cell(self, position: int, modifiers: Qt.KeyboardModifier) -> None:
        selection = self._surface.selection
        if has_shift(modifiers):
            selection.extend(position, keep=has_control(modifiers))
        elif has_control(modifiers):
            selection.toggle(position)
        elif selection.has(position):
            selection.go(position)
            self._chooses_on_release = True
        else:
            selection.choose(position)

    def _begin_band(self, modifiers: Qt.KeyboardModifier) -> None:
        self._is_banding = True
        keeps = has_control(modifiers) or has_shift(modifiers)
        self._surface.selection.begin_band(keep=keeps)
        if not keeps:
            self._surface.selection.clear()

    def _stretch_band(self) -> None:
        area = QRect(self._pressed, self._last).normalized()
        box = Box(area.left(), area.top(), area.width(), area.height())
        self._surface.selection.set_band(self._surface.grid_layout.positions_in(box))
        self._surface.show_selection()

    def _drag(self) -> None:
        selection = self._surface.selection
        self._is_pressed = self._chooses_on_release = False
        if not selection.has(self._pressed_on):
            selection.choose(self._pressed_on)
            self._surface.show_selection()
        self._surface.drag_selection()

    def _on_autoscroll(self) -> None:
        """Scroll on while the rubber band is held above or below the view."""
        y = self._last.y() - self._surface.scroll_top()
        height = self._surface.grid_layout.view_height
        beyond = min(y, 0) + max(y - height, 0)
        if not beyond:
            self._autoscroll.stop()
            return
        before = self._surface.scroll_top()
        self._surface.scroll_by(beyond // 3 or (1 if beyond > 0 else -1))
        self._last += QPoint(0, self._surface.scroll_top() - before)
        self._stretch_band()

    def _content(self, point: QPoint) -> QPoint:
        return point + QPoint(0, self._surface.scroll_top())
