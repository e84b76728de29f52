"""What the grid paints over or instead of its cells: messages, the drop hint, the rubber band."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QPolygonF

from cloudanno_desktop.gui.grid.chip_painter import blend

TITLE_SCALE = 1.45
TEXT_WIDTH = 460
SIGN_PX = 96
HILL = ((-2.6, 1.8), (-0.9, -1.0), (0.5, 0.9), (1.2, 0.1), (2.6, 1.8))


def paint_picture_sign(painter: QPainter, place: QRect, color: QColor) -> None:
    """Draw a sun over a hill, the sign for a picture that is not there."""
    unit = place.width() / 12
    center = QRectF(place).center()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(center + QPointF(1.2 * unit, -1.3 * unit), 0.5 * unit, 0.5 * unit)
    painter.drawPolygon(QPolygonF([center + QPointF(x * unit, y * unit) for x, y in HILL]))


def paint_message(
    painter: QPainter, view: QRect, palette: QPalette, message: tuple[str, str]
) -> None:
    title, hint = message
    if not title:
        return
    base, text = _base_and_text(palette)
    sign = QRect(0, 0, SIGN_PX * 2, SIGN_PX * 2)
    sign.moveCenter(view.center())
    sign.translate(0, -SIGN_PX)
    paint_picture_sign(painter, sign, blend(base, text, 0.16))
    font = QFont(painter.font())
    large = QFont(font)
    large.setPointSizeF(font.pointSizeF() * TITLE_SCALE)
    large.setWeight(QFont.Weight.DemiBold)
    width = min(TEXT_WIDTH, max(80, view.width() - 40))
    room = QRect(view.center().x() - width // 2, 0, width, view.height())
    wrapped = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
    above = QFontMetrics(large).boundingRect(room, wrapped, title).height()
    room.setTop(max(8, view.center().y() - above - 8))
    painter.setFont(large)
    painter.setPen(blend(base, text, 0.9))
    painter.drawText(room, wrapped, title)
    painter.setFont(font)
    painter.setPen(blend(base, text, 0.65))
    room.setTop(room.top() + above + 10)
    painter.drawText(room, wrapped, hint)


def paint_drop_hint(painter: QPainter, view: QRect, palette: QPalette, hint: str) -> None:
    accent = palette.color(QPalette.ColorRole.Highlight)
    painter.setBrush(_faint(accent, 26))
    painter.setPen(QPen(accent, 3))
    painter.drawRoundedRect(QRectF(view).adjusted(3, 3, -3, -3), 8, 8)
    metrics = QFontMetrics(painter.font())
    width = min(metrics.horizontalAdvance(hint) + 40, view.width() - 24)
    banner = QRect(0, 0, width, metrics.height() + 16)
    banner.moveCenter(view.center())
    banner.moveBottom(view.bottom() - 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(accent)
    painter.drawRoundedRect(banner, banner.height() / 2, banner.height() / 2)
    painter.setPen(palette.color(QPalette.ColorRole.HighlightedText))
    shown = metrics.elidedText(hint, Qt.TextElideMode.ElideMiddle, banner.width() - 24)
    painter.drawText(banner, Qt.AlignmentFlag.AlignCenter, shown)


def paint_band(painter: QPainter, band: QRect, palette: QPalette) -> None:
    accent = palette.color(QPalette.ColorRole.Highlight)
    painter.setPen(QPen(accent, 1))
    painter.setBrush(_faint(accent, 50))
    painter.drawRect(band)


def _base_and_text(palette: QPalette) -> tuple[QColor, QColor]:
    return palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)


def _faint(color: QColor, alpha: int) -> QColor:
    return QColor(color.red(), color.green(), color.blue(), alpha)
