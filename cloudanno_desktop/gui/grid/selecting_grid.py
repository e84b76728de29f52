"""The part of the grid that is used: selection by mouse and keyboard."""

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from cloudanno_desktop.gui.grid.keys import MOVES, has_control, has_shift
from cloudanno_desktop.gui.grid.layout import NOWHERE
from cloudanno_desktop.gui.grid.pointer import Pointer
from cloudanno_desktop.gui.grid.scrolling_grid import ScrollingGrid
from cloudanno_desktop.gui.grid.selection import Ids, Selection, place_of, position_in

NO_MODIFIER = Qt.KeyboardModifier.NoModifier


class SelectingGrid(ScrollingGrid):
    """A scrolling grid of images by id, some selected, one current."""

    selection_changed = Signal()
    current_changed = Signal(int)  # id of the image that the keyboard is on, or -1
    quick_look_requested = Signal(int)  # id; Space was pressed or the image double-clicked
    context_menu_requested = Signal(QPoint)  # global point
    drag_began = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = Selection(np.empty(0, np.int32))
        self._shown_current = -1
        self._hovered = NOWHERE
        self._pointer = Pointer(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)

    @property
    def ids(self) -> Ids:
        return self._selection.ids

    @property
    def selection(self) -> Selection:
        """Which images are selected; whoever changes it calls ``show_selection``."""
        return self._selection

    @property
    def selected_count(self) -> int:
        return self._selection.count

    @property
    def current_id(self) -> int:
        return self._selection.current_id

    def selected_ids(self) -> Ids:
        return self._selection.selected_ids()

    def is_selected(self, image_id: int) -> bool:
        place = place_of(self.ids, image_id)
        return place != NOWHERE and self._selection.has(place)

    def visible_ids(self) -> Ids:
        first, end = self.visible_range()
        return self.ids[first:end]

    def set_images(self, ids: Ids) -> None:
        """Show other images; selection, current image and scroll position follow the ids."""
        ids = np.ascontiguousarray(ids, np.int32)
        kept = self.kept_position()
        kept_y = self.cell_rect(kept).top() if kept != NOWHERE else 0
        moved = position_in(ids, self.ids, kept)
        self._pointer.forget()
        self._hovered = NOWHERE
        self._selection = self._selection.moved_to(ids)
        self._lay_out(len(ids), moved, kept_y)
        self.show_selection()

    def select_all(self) -> None:
        self._selection.select_all()
        self.show_selection()

    def select_ids(self, ids: Iterable[int] | Ids) -> None:
        self._selection.select_ids(ids)
        self.show_selection()

    def clear_selection(self) -> None:
        self._selection.clear()
        self.show_selection()

    def set_current(self, image_id: int) -> None:
        """Select one image alone and scroll to it; ignored if it is not in the list."""
        place = place_of(self.ids, image_id)
        if place != NOWHERE:
            self._go(place, NO_MODIFIER)

    def step_current(self, step: int) -> None:
        if self.count:
            self._go(min(max(self._selection.current + step, 0), self.count - 1), NO_MODIFIER)

    def show_selection(self) -> None:
        self.viewport().update()
        self.selection_changed.emit()
        if self.current_id != self._shown_current:
            self._shown_current = self.current_id
            self.current_changed.emit(self._shown_current)

    def drag_selection(self) -> None:
        self.drag_began.emit()

    def kept_position(self) -> int:
        """Return the cell that stays in place: the current one if visible, else the first."""
        first, end = self.visible_range()
        current = self._selection.current
        return current if first <= current < end else super().kept_position()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = MOVES.get(Qt.Key(event.key()))
        is_letter = event.key() in (Qt.Key.Key_J, Qt.Key.Key_K)
        if move is None or not self.count or (is_letter and has_control(event.modifiers())):
            if not self._acts(event):
                super().keyPressEvent(event)
            return
        self._go(self._layout.moved(self._selection.current, move), event.modifiers())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._pointer.position_at(event.position().toPoint()))
        self._pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        position = self._pointer.position_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and position != NOWHERE:
            self.quick_look_requested.emit(int(self.ids[position]))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = event.globalPos()
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        if by_key and self._selection.current != NOWHERE:
            center = self.cell_rect(self._selection.current).center()
            point = self.viewport().mapToGlobal(center)
        self.context_menu_requested.emit(point)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(NOWHERE)
        return super().viewportEvent(event)

    def _acts(self, event: QKeyEvent) -> bool:
        """Act on a key; return False if it means nothing here."""
        if event.key() == Qt.Key.Key_Escape:
            return self._escape()
        if event.key() == Qt.Key.Key_A and has_control(event.modifiers()):
            self.select_all()
            return True
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier):
            return False
        return self._asks(Qt.Key(event.key()))

    def _asks(self, key: Qt.Key) -> bool:
        if key != Qt.Key.Key_Space or self.current_id < 0:
            return False
        self.quick_look_requested.emit(self.current_id)
        return True

    def _escape(self) -> bool:
        if self._pointer.cancel():
            return True
        had_selection = self._selection.count > 0
        self.clear_selection()
        return had_selection

    def _go(self, position: int, modifiers: Qt.KeyboardModifier) -> None:
        if has_shift(modifiers):
            self._selection.extend(position, keep=has_control(modifiers))
        elif has_control(modifiers):
            self._selection.go(position)
        else:
            self._selection.choose(position)
        self.scroll_to(position)
        self.show_selection()

    def _hover(self, position: int) -> None:
        if position == self._hovered:
            return
        for changed in (self._hovered, position):
            if changed != NOWHERE:
                self._update_cell(changed)
        self._hovered = position

    def _update_cell(self, position: int) -> None:
        self.viewport().update(self.cell_rect(position).adjusted(-4, -4, 4, 4))

    def _moves_pixels(self) -> bool:
        return not self._pointer.is_banding
