"""What the grid paints over or instead of its cells: messages, the drop hint, the rubber band."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen

from cloudanno_desktop.gui.grid.chip_painter import blend

TITLE_SCALE = 1.45
TEXT_WIDTH = 460


def paint_message(
    painter: QPainter, view: QRect, palette: QPalette, message: tuple[str, str]
) -> None:
    """Paint a title and a hint in the middle of an empty view."""
    title, hint = message
    base, text = _base_and_text(palette)
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
    """Paint a frame around the view and a banner that says what a drop does."""
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
    """Paint the rubber band."""
    accent = palette.color(QPalette.ColorRole.Highlight)
    painter.setPen(QPen(accent, 1))
    painter.setBrush(_faint(accent, 50))
    painter.drawRect(band)


def _base_and_text(palette: QPalette) -> tuple[QColor, QColor]:
    return palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)


def _faint(color: QColor, alpha: int) -> QColor:
    return QColor(color.red(), color.green(), color.blue(), alpha)
