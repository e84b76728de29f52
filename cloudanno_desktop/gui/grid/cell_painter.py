"""How one cell of the grid looks: card, picture, name, label chips and states.

No state is told by color alone: a selected cell has a check mark, the current one a ring, an
unreadable one a sign and words, a label its name.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QPixmap, QPolygonF

from cloudanno_desktop.gui.grid.cell import Cell
from cloudanno_desktop.gui.grid.chip_painter import ChipPainter, blend
from cloudanno_desktop.gui.grid.overlay import paint_picture_sign

PADDING = 6
SPACING = 3
CARD_RADIUS = 8
RING = 3


@dataclass(frozen=True, slots=True)
class CellState:
    is_selected: bool = False
    is_current: bool = False
    is_hovered: bool = False
    is_target: bool = False


class CellPainter:
    def __init__(self, picture_px: int, font: QFont, palette: QPalette, unreadable: str) -> None:
        self._picture_px = picture_px
        self._font = QFont(font)
        self._font.setPointSizeF(max(6.0, font.pointSizeF() * 0.92))
        self._metrics = QFontMetrics(self._font)
        self._chips = ChipPainter(self._font, palette)
        self._unreadable = unreadable
        self._cards: dict[tuple[CellState, float], QPixmap] = {}
        self._base = palette.color(QPalette.ColorRole.Base)
        self._text = palette.color(QPalette.ColorRole.Text)
        self._accent = palette.color(QPalette.ColorRole.Highlight)
        self._on_accent = palette.color(QPalette.ColorRole.HighlightedText)

    @property
    def cell_size(self) -> QSize:
        text = self._metrics.height() + self._chips.height + 2 * SPACING
        return QSize(self._picture_px + 2 * PADDING, self._picture_px + text + 2 * PADDING)

    def paint(
        self, painter: QPainter, rect: QRect, cell: Cell, pixmap: QPixmap | None, state: CellState
    ) -> None:
        picture = QRect(
            rect.left() + PADDING, rect.top() + PADDING, self._picture_px, self._picture_px
        )
        margin = QPoint(RING, RING)
        painter.drawPixmap(rect.topLeft() - margin, self._card(painter, state))
        if pixmap is not None:
            painter.drawPixmap(_fitted(pixmap, picture), pixmap)
        elif cell.problem:
            self._paint_unreadable(painter, picture)
        else:
            self._paint_placeholder(painter, picture)
        self._paint_text(painter, picture, cell)
        if state.is_selected:
            self._paint_check(painter, picture)
        if cell.is_animated:
            _paint_play(painter, picture if pixmap is None else _fitted(pixmap, picture))

    def _card(self, painter: QPainter, state: CellState) -> QPixmap:
        """Return the card under a picture, painted once for each state and screen."""
        ratio = painter.device().devicePixelRatio()
        known = self._cards.get((state, ratio))
        if known is not None:
            return known
        rect = QRect(QPoint(RING, RING), self.cell_size)
        card = QPixmap((self.cell_size + QSize(2 * RING, 2 * RING)) * ratio)
        card.setDevicePixelRatio(ratio)
        card.fill(self._base)
        on_card = QPainter(card)
        on_card.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_card(on_card, rect, state)
        on_card.end()
        self._cards[(state, ratio)] = card
        return card

    def _paint_card(self, painter: QPainter, rect: QRect, state: CellState) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._card_color(state))
        painter.drawRoundedRect(rect, CARD_RADIUS, CARD_RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state.is_selected or state.is_target:
            style = Qt.PenStyle.DashLine if state.is_target else Qt.PenStyle.SolidLine
            painter.setPen(QPen(self._accent, 2, style))
            inner = QRectF(rect).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(inner, CARD_RADIUS - 1, CARD_RADIUS - 1)
        if state.is_current:
            painter.setPen(QPen(self._accent, 2))
            ring = QRectF(rect).adjusted(-RING + 1, -RING + 1, RING - 1, RING - 1)
            painter.drawRoundedRect(ring, CARD_RADIUS + 2, CARD_RADIUS + 2)

    def _card_color(self, state: CellState) -> QColor:
        if state.is_selected:
            return blend(self._base, self._accent, 0.36 if state.is_hovered else 0.28)
        return blend(self._base, self._text, 0.12 if state.is_hovered else 0.05)

    def _paint_placeholder(self, painter: QPainter, picture: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self._base, self._text, 0.09))
        painter.drawRoundedRect(picture, 4, 4)
        paint_picture_sign(painter, picture, blend(self._base, self._text, 0.22))

    def _paint_unreadable(self, painter: QPainter, picture: QRect) -> None:
        painter.setBrush(blend(self._base, self._text, 0.06))
        painter.setPen(QPen(blend(self._base, self._text, 0.35), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(picture).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        unit = max(14.0, picture.width() / 7)
        top = QPointF(picture.center()) - QPointF(0, 0.9 * unit)
        sign = [
            top,
            top + QPointF(-0.62 * unit, 1.05 * unit),
            top + QPointF(0.62 * unit, 1.05 * unit),
        ]
        painter.setPen(QPen(QColor("#d98200"), 1.5))
        painter.setBrush(QColor(217, 130, 0, 50))
        painter.drawPolygon(QPolygonF(sign))
        painter.drawLine(top + QPointF(0, 0.36 * unit), top + QPointF(0, 0.68 * unit))
        painter.drawPoint(top + QPointF(0, 0.85 * unit))
        painter.setPen(blend(self._base, self._text, 0.75))
        painter.setFont(self._font)
        below = picture.adjusted(4, picture.height() // 2 + int(0.3 * unit), -4, -2)
        wrapped = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(below, wrapped, self._unreadable)

    def _paint_text(self, painter: QPainter, picture: QRect, cell: Cell) -> None:
        line = QRect(
            picture.left(), picture.bottom() + 1 + SPACING, picture.width(), self._metrics.height()
        )
        painter.setFont(self._font)
        painter.setPen(self._text)
        name = self._metrics.elidedText(cell.name, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)
        line.moveTop(line.bottom() + 1 + SPACING)
        line.setHeight(self._chips.height)
        self._chips.paint(painter, line, cell.chips)

    def _paint_check(self, painter: QPainter, picture: QRect) -> None:
        center = QPointF(picture.left() + 12.0, picture.top() + 12.0)
        painter.setPen(QPen(self._on_accent, 1.5))
        painter.setBrush(self._accent)
        painter.drawEllipse(center, 9, 9)
        painter.setPen(QPen(self._on_accent, 2.2))
        mark = [center + QPointF(-4, 0.2), center + QPointF(-1.2, 3), center + QPointF(4, -3)]
        painter.drawPolyline(QPolygonF(mark))


def _paint_play(painter: QPainter, picture: QRect) -> None:
    """Draw a play sign into the corner, readable on any picture."""
    center = QPointF(picture.right() - 11.0, picture.bottom() - 11.0)
    painter.setPen(QPen(QColor(255, 255, 255, 200), 1.2))
    painter.setBrush(QColor(20, 20, 20, 190))
    painter.drawEllipse(center, 9, 9)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    sign = [center + QPointF(-2.6, -4.2), center + QPointF(-2.6, 4.2), center + QPointF(4.6, 0)]
    painter.drawPolygon(QPolygonF(sign))


def _fitted(pixmap: QPixmap, picture: QRect) -> QRect:
    size = pixmap.size().scaled(picture.size(), Qt.AspectRatioMode.KeepAspectRatio)
    size = size.expandedTo(QSize(1, 1))
    fitted = QRect(picture.topLeft(), size)
    fitted.moveCenter(picture.center())
    return fitted
