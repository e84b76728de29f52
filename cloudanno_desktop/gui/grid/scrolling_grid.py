"""The part of the grid that knows sizes: layout, scrolling and zoom."""

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cloudanno_desktop.gui.grid.keys import has_control
from cloudanno_desktop.gui.grid.layout import NOWHERE, GridLayout

SMALLEST_PX = 64
LARGEST_PX = 512
DEFAULT_PX = 160
ZOOM_STEP = 1.15
WHEEL_NOTCH = 120
SCROLL_LIMIT = 2**31 - 1


class ScrollingGrid(QAbstractScrollArea):
    """A scroll area over ``count`` cells of one size."""

    size_changed = Signal(int)  # the thumbnails have a new size, in pixels
    scrolled = Signal()  # another part of the content is visible, or it is laid out anew

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnail_size = DEFAULT_PX
        self._cell_size = QSize(DEFAULT_PX, DEFAULT_PX)
        self._layout = GridLayout(0, 1, 1, DEFAULT_PX, DEFAULT_PX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)

    @property
    def count(self) -> int:
        return self._layout.count

    @property
    def thumbnail_size(self) -> int:
        """The side of the square that a picture fits into."""
        return self._thumbnail_size

    @property
    def grid_layout(self) -> GridLayout:
        return self._layout

    def set_thumbnail_size(self, size_px: int) -> None:
        self._zoom(size_px, self.kept_position())

    def scroll_top(self) -> int:
        return self.verticalScrollBar().value()

    def scroll_by(self, lines_px: int) -> None:
        self.verticalScrollBar().setValue(self.scroll_top() + lines_px)

    def scroll_to(self, position: int) -> None:
        """Scroll as little as it takes to show one cell whole."""
        self.verticalScrollBar().setValue(self._layout.scroll_to_show(position, self.scroll_top()))

    def visible_range(self) -> tuple[int, int]:
        """Return the first visible position and the one after the last."""
        return self._layout.range_at(self.scroll_top(), self.viewport().height())

    def cell_rect(self, position: int) -> QRect:
        """Return the rectangle of one cell in viewport coordinates."""
        box = self._layout.box(position)
        return QRect(box.left, box.top - self.scroll_top(), box.width, box.height)

    def kept_position(self) -> int:
        """Return the cell that stays where it is when the layout changes: the first visible."""
        first, end = self.visible_range()
        return first if first < end and self.scroll_top() > 0 else NOWHERE

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out(self.count, self.kept_position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not has_control(event.modifiers()):
            super().wheelEvent(event)
            return
        notches = event.angleDelta().y() / WHEEL_NOTCH
        point = event.position().toPoint()
        self._zoom(round(self._thumbnail_size * ZOOM_STEP**notches), self._position_near(point))
        event.accept()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted already; only the new strip is painted."""
        if self._moves_pixels():
            self.viewport().scroll(dx, dy, self.viewport().rect())
        else:
            self.viewport().update()
        self.scrolled.emit()

    def _moves_pixels(self) -> bool:
        return True

    def _measure_cell(self, thumbnail_size: int) -> QSize:
        return QSize(thumbnail_size, thumbnail_size)

    def _zoom(self, size_px: int, kept: int) -> None:
        size_px = min(max(size_px, SMALLEST_PX), LARGEST_PX)
        if size_px == self._thumbnail_size:
            return
        y = self.cell_rect(kept).center().y() if kept != NOWHERE else 0
        self._thumbnail_size = size_px
        self._measure()
        self._lay_out(self.count, NOWHERE)
        if kept != NOWHERE:
            self.scroll_by(self.cell_rect(kept).center().y() - y)
        self.size_changed.emit(size_px)

    def _measure(self) -> None:
        self._cell_size = self._measure_cell(self._thumbnail_size)

    def _lay_out(self, count: int, kept: int, kept_y: int | None = None) -> None:
        """Lay ``count`` cells out; the ``kept`` one stays at its height, or comes to ``kept_y``."""
        if kept != NOWHERE and kept_y is None:
            kept_y = self.cell_rect(kept).top()
        view = self.viewport().size()
        self._layout = GridLayout(
            count, view.width(), view.height(), self._cell_size.width(), self._cell_size.height()
        )
        bar = self.verticalScrollBar()
        bar.setPageStep(view.height())
        bar.setSingleStep(max(1, self._layout.row_height // 3))
        bar.setRange(0, min(SCROLL_LIMIT, max(0, self._layout.content_height - view.height())))
        if kept != NOWHERE and kept_y is not None:
            bar.setValue(self._layout.box(kept).top - kept_y)
        self.viewport().update()
        self.scrolled.emit()

    def _position_near(self, point: QPoint) -> int:
        """Return the cell nearest to the pointer, so that zooming keeps it there."""
        first, end = self.visible_range()
        if first == end:
            return NOWHERE
        row = max(0, point.y() + self.scroll_top()) // self._layout.row_height
        column = point.x() * self._layout.columns // max(1, self.viewport().width())
        position = row * self._layout.columns + min(max(column, 0), self._layout.columns - 1)
        return min(max(position, first), end - 1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            kept = self.kept_position()
            self._measure()
            self._lay_out(self.count, kept)
