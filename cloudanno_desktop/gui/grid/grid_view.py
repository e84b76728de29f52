"""The thumbnail grid: one painted view over an ordered array of image ids.

Nothing is kept for each image but its id and one bit, so a million images scroll like a hundred.
Cells are painted when they are visible, from rows that a provider gives and thumbnails that come
later; the grid decides nothing: it shows, selects and tells.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDrag,
    QFocusEvent,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from cloudanno_desktop.gui.grid.carried import Carried
from cloudanno_desktop.gui.grid.cell import Cell, RowsProvider
from cloudanno_desktop.gui.grid.cell_painter import CellPainter, CellState
from cloudanno_desktop.gui.grid.drag_badge import drag_badge
from cloudanno_desktop.gui.grid.drop_zone import DropZone
from cloudanno_desktop.gui.grid.layout import NOWHERE
from cloudanno_desktop.gui.grid.overlay import paint_band, paint_drop_hint, paint_message
from cloudanno_desktop.gui.grid.rows import Rows
from cloudanno_desktop.gui.grid.selecting_grid import SelectingGrid
from cloudanno_desktop.gui.grid.spoken import describe, grid_text
from cloudanno_desktop.gui.grid.thumbnail_feed import ThumbnailFeed

REQUEST_DELAY_MS = 30
DRAGGED_PICTURES = 3


class ThumbnailGrid(SelectingGrid):
    """Shows images as thumbnails that can be selected, dragged and dropped on."""

    visible_changed = Signal(object)  # int32 ids whose thumbnails to request, most urgent first
    files_dropped = Signal(object)  # list of paths
    label_dropped = Signal(str, object)  # label id, int32 ids of the images it was dropped on
    carried = Signal(object)  # a ``Carried``; files can be added to it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message = ("", "")
        self._drop_hint = self.tr("Drop to upload")
        self._rows = Rows()
        self._feed = ThumbnailFeed(self)
        self._drop_zone = DropZone(self.viewport(), self._pointer.position_at)
        self._visible = np.empty(0, np.int32)
        self._asked_generation = 0
        self._request_timer = QTimer(self, singleShot=True)
        self._since_asked = QElapsedTimer()
        self._since_asked.start()
        self.setAccessibleName(self.tr("Pictures"))
        self._measure()
        self._connect_parts()

    @property
    def generation(self) -> int:
        """Goes with each request; thumbnails of an earlier generation are ignored."""
        return self._feed.generation

    @property
    def request_px(self) -> int:
        return self._feed.request_px

    @property
    def is_complete(self) -> bool:
        """Whether everything on screen shows its thumbnail, or why it has none."""
        first, end = self.visible_range()
        return not self._feed.missing(self.ids[first:end].tolist()) and self._feed.is_idle

    def set_rows_provider(self, provider: RowsProvider) -> None:
        self._rows.set_provider(provider)
        self.refresh_rows()

    def refresh_rows(self, ids: Iterable[int] | None = None) -> None:
        self._rows.forget(ids)
        self.viewport().update()
        self._describe()

    def set_message(self, title: str, hint: str) -> None:
        self._message = (title, hint)
        self.viewport().update()
        self._describe()

    def set_drop_hint(self, text: str) -> None:
        self._drop_hint = text
        self.viewport().update()

    def show_thumbnail(
        self, image_id: int, generation: int, jpeg: bytes, *, is_preview: bool = False
    ) -> None:
        """Show a thumbnail, or a preview until the thumbnail comes."""
        self._feed.receive(image_id, generation, jpeg, is_preview=is_preview)

    def mark_animated(self, ids: Iterable[int]) -> None:
        self._feed.mark_animated(ids)

    def thumbnail_of(self, image_id: int) -> bytes | None:
        return self._feed.jpeg(image_id)

    def show_problem(self, image_id: int, generation: int, reason: str) -> None:
        self._feed.fail(image_id, generation, reason)

    def forget_thumbnails(self, ids: Iterable[int] | None = None) -> None:
        self._feed.forget(ids)
        self.viewport().update()
        self.ask_again()

    def ask_again(self) -> None:
        """Request what is missing, also what failed before."""
        self._feed.forget_problems()
        self._asked_generation = 0
        self._ask_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_soon()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._set_side_px()
        painter = QPainter(self.viewport())
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.fillRect(event.rect(), self.palette().base())
        if self.count:
            dirty = event.rect().adjusted(0, -4, 0, 4)
            top = dirty.top() + self.scroll_top()
            self._paint_cells(painter, *self._layout.range_at(top, dirty.height()))
        else:
            paint_message(painter, self.viewport().rect(), self.palette(), self._message)
        if self._pointer.is_banding:
            paint_band(painter, self._pointer.band(), self.palette())
        if self._drop_zone.offer.paths:
            view = self.viewport().rect()
            paint_drop_hint(painter, view, self.palette(), self._drop_hint)
        painter.end()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            position = self._pointer.position_at(event.pos())
            text = self._tooltip(position) if position != NOWHERE else ""
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def _connect_parts(self) -> None:
        self._feed.decoded.connect(self._on_decoded)
        self._drop_zone.hovered.connect(self.viewport().update)
        self._drop_zone.files_dropped.connect(self.files_dropped)
        self._drop_zone.label_dropped.connect(self._on_label_dropped)
        self._request_timer.timeout.connect(self._on_needed)
        self.scrolled.connect(self._ask_soon)
        self.drag_began.connect(self._on_drag_began)
        self.selection_changed.connect(self._describe)

    def _on_decoded(self, ids: list[int]) -> None:
        first, end = self.visible_range()
        shown = {int(image_id): first + i for i, image_id in enumerate(self.ids[first:end])}
        for image_id in ids:
            if image_id in shown:
                self._update_cell(shown[image_id])

    def _ask_soon(self) -> None:
        """Request what is on screen: at once, but not again within ``REQUEST_DELAY_MS``."""
        if not self._request_timer.isActive():
            rest_ms = REQUEST_DELAY_MS - self._since_asked.elapsed()
            self._request_timer.start(max(0, rest_ms))

    def _on_needed(self) -> None:
        """Request what is on screen, then the page after it, then the one before."""
        if not self.isVisible():
            return
        self._since_asked.start()
        self._set_side_px()
        first, end = self.visible_range()
        page = end - first
        near = [(first, end), (end, end + page), (max(0, first - page), first)]
        ids = np.concatenate([self.ids[start:stop] for start, stop in near]).tolist()
        readable = [i for i in self._feed.missing(ids) if not self._rows.known_problem(i)]
        visible = np.array(readable, np.int32)
        is_same = self._asked_generation == self.generation
        if not is_same or not np.array_equal(visible, self._visible):
            self._visible, self._asked_generation = visible, self.generation
            self.visible_changed.emit(visible)

    def _on_label_dropped(self, label_id: str, position: int) -> None:
        """Give the label to the cell under it, or to the whole selection that the cell is in."""
        on_selection = self._selection.has(position)
        one = self.ids[position : position + 1]
        self.label_dropped.emit(label_id, self.selected_ids() if on_selection else one)

    def _on_drag_began(self) -> None:
        ids = self.selected_ids()
        pictures = [self._feed.pixmap(int(image_id)) for image_id in ids[:DRAGGED_PICTURES]]
        drag = QDrag(self)
        carried = Carried(ids, self.window())
        self.carried.emit(carried)
        carried.begin(drag)
        drag.setPixmap(drag_badge(len(ids), pictures, self))
        drag.setHotSpot(QPoint(0, 0))
        actions = Qt.DropAction.CopyAction | Qt.DropAction.LinkAction
        drag.exec(actions, Qt.DropAction.CopyAction)
        carried.end()

    def _paint_cells(self, painter: QPainter, first: int, end: int) -> None:
        ids = self.ids[first:end].tolist()
        cells = self._rows.fetch(ids)
        flags = self._selection.flags(first, end)
        for offset, cell in enumerate(cells):
            position = first + offset
            state = self._state(position, is_selected=flags[offset])
            shown = self._as_known(cell)
            pixmap = self._feed.pixmap(cell.id)
            self._painter.paint(painter, self.cell_rect(position), shown, pixmap, state)

    def _state(self, position: int, *, is_selected: bool) -> CellState:
        target = self._drop_zone.target
        on_selection = target != NOWHERE and self._selection.has(target)
        return CellState(
            is_selected=is_selected,
            is_current=position == self._selection.current and self.hasFocus(),
            is_hovered=position == self._hovered,
            is_target=position == target or (on_selection and is_selected),
        )

    def _as_known(self, cell: Cell) -> Cell:
        """Add what came with the thumbnail."""
        problem = cell.problem or self._feed.problem(cell.id)
        is_animated = self._feed.is_animated(cell.id)
        if (problem, is_animated) == (cell.problem, cell.is_animated):
            return cell
        return replace(cell, problem=problem, is_animated=is_animated)

    def _tooltip(self, position: int) -> str:
        cell = self._as_known(self._rows.fetch([int(self.ids[position])])[0])
        labels = ", ".join(chip.text for chip in cell.chips)
        moves = self.tr("animated; first frame shown") if cell.is_animated else ""
        return "\n".join(line for line in (cell.key, labels, moves, cell.problem) if line)

    def _describe(self) -> None:
        current = self._selection.current
        spoken = ""
        if current != NOWHERE:
            cell = self._rows.fetch([int(self.ids[current])])[0]
            spoken = self._as_known(cell).described
        if not self.count:
            describe(self, ". ".join(part for part in self._message if part))
            return
        describe(self, grid_text(spoken, (current, self.count), self.selected_count))

    def _measure_cell(self, thumbnail_size: int) -> QSize:
        unreadable = self.tr("Cannot be read")
        self._painter = CellPainter(thumbnail_size, self.font(), self.palette(), unreadable)
        return self._painter.cell_size

    def _set_side_px(self) -> None:
        """Size pixmaps in the device pixels of the screen that the grid is on now."""
        self._feed.set_side_px(round(self.thumbnail_size * self.devicePixelRatioF()))

    def _moves_pixels(self) -> bool:
        return super()._moves_pixels() and not self._drop_zone.offer.paths
