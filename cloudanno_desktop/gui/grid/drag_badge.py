"""The picture that hangs at the pointer while thumbnails are dragged: a small pile and a number."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QWidget

PILE_PX = 84
STEP_PX = 7
MARGIN_PX = 12


def drag_badge(count: int, pictures: Sequence[QPixmap | None], source: QWidget) -> QPixmap:
    """Return a pile of at most three thumbnails with the number of dragged images on it."""
    palette, ratio = source.palette(), source.devicePixelRatioF()
    side = PILE_PX + 2 * STEP_PX + 2 * MARGIN_PX
    badge = QPixmap(QSize(side, side) * ratio)
    badge.setDevicePixelRatio(ratio)
    badge.fill(Qt.GlobalColor.transparent)
    painter = QPainter(badge)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    layers = max(1, min(3, count))
    for layer in reversed(range(layers)):
        _paint_layer(painter, layer, pictures[layer] if layer < len(pictures) else None, palette)
    _paint_count(painter, count, palette, source.font())
    painter.end()
    return badge


def _paint_layer(painter: QPainter, layer: int, picture: QPixmap | None, palette: QPalette) -> None:
    offset = MARGIN_PX + layer * STEP_PX
    frame = QRect(offset, offset, PILE_PX, PILE_PX)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
    painter.setBrush(palette.color(QPalette.ColorRole.Base))
    painter.drawRoundedRect(frame, 6, 6)
    if picture is None:
        return
    room = frame.adjusted(4, 4, -4, -4)
    size = picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(room.topLeft(), size)
    place.moveCenter(room.center())
    painter.drawPixmap(place, picture)


def _paint_count(painter: QPainter, count: int, palette: QPalette, font: QFont) -> None:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.Bold)
    metrics = QFontMetrics(bold)
    text = f"{count:,}"
    height = metrics.height() + 6
    width = max(height, metrics.horizontalAdvance(text) + 14)
    disc = QRectF(QPointF(2, 2), QPointF(2 + width, 2 + height))
    painter.setPen(QPen(palette.color(QPalette.ColorRole.HighlightedText), 1.5))
    painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
    painter.drawRoundedRect(disc, height / 2, height / 2)
    painter.setFont(bold)
    painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, text)
