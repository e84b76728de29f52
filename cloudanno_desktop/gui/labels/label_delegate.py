"""Paints one label: number key, color, name, count, and how far it is from fifty images."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.labels.label_model import RECOMMENDED_IMAGES, LabelRole

MARGIN_PX = 8
KEY_PX = 20
SWATCH_PX = 14
BAR_PX = 3
GAP_PX = 3
AnyIndex = QModelIndex | QPersistentModelIndex


class LabelDelegate(QStyledItemDelegate):
    """Draws a row of the sidebar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self.drop_row = -1
        self.drop_gap = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(120, option.fontMetrics.height() + 24)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = option.rect.adjusted(4, 1, -4, -1)
        self._paint_frame(painter, frame, option, index.row() == self.drop_row)
        line = frame.adjusted(MARGIN_PX, 5, -MARGIN_PX, -9)
        left = self._paint_key(painter, line, str(index.data(LabelRole.KEY)))
        left = self._paint_swatch(painter, line, left, index.data(LabelRole.COLOR))
        right = self._paint_count(painter, line, index.data(LabelRole.COUNT))
        room = QRect(left, line.top(), right - left - MARGIN_PX, line.height())
        if index.data(LabelRole.NEGATIVE):
            room.setRight(self._paint_sign(painter, room))
        self._paint_name(painter, room, str(index.data(LabelRole.NAME)))
        self._paint_bar(painter, frame, index.data(LabelRole.COUNT))
        self._paint_gap(painter, option.rect, index)
        painter.restore()

    def _paint_frame(
        self, painter: QPainter, frame: QRect, option: QStyleOptionViewItem, is_target: bool
    ) -> None:
        colors = self._theme.colors
        fill = ""
        if option.state & QStyle.StateFlag.State_Selected or is_target:
            fill = colors.selection
        elif option.state & QStyle.StateFlag.State_MouseOver:
            fill = colors.hover
        has_edge = is_target or bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QColor(colors.accent) if has_edge else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        if fill or has_edge:
            painter.drawRoundedRect(QRectF(frame), 7, 7)

    def _paint_gap(self, painter: QPainter, row: QRect, index: AnyIndex) -> None:
        is_last = index.row() == index.model().rowCount() - 1
        is_below = is_last and self.drop_gap == index.row() + 1
        if self.drop_gap != index.row() and not is_below:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colors.accent))
        top = row.bottom() - GAP_PX if is_below else row.top()
        painter.drawRoundedRect(QRectF(row.left() + 4, top, row.width() - 8, GAP_PX), 1.5, 1.5)

    def _paint_key(self, painter: QPainter, line: QRect, key: str) -> int:
        if not key:
            return line.left() + KEY_PX + MARGIN_PX
        colors = self._theme.colors
        cap = QRectF(line.left(), line.center().y() - KEY_PX / 2 + 1, KEY_PX, KEY_PX)
        painter.setPen(QColor(colors.border))
        painter.setBrush(QColor(colors.raised))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(QColor(colors.muted))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
        return line.left() + KEY_PX + MARGIN_PX

    def _paint_swatch(self, painter: QPainter, line: QRect, left: int, color: QColor) -> int:
        painter.setPen(QColor(self._theme.colors.border))
        painter.setBrush(color)
        top = line.center().y() - SWATCH_PX / 2 + 1
        painter.drawRoundedRect(QRectF(left, top, SWATCH_PX, SWATCH_PX), 4, 4)
        return left + SWATCH_PX + MARGIN_PX

    def _paint_count(self, painter: QPainter, line: QRect, count: int) -> int:
        text = f"{count:,}"
        is_enough = count >= RECOMMENDED_IMAGES
        painter.setPen(QColor(self._theme.colors.text if is_enough else self._theme.colors.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return line.right() - painter.fontMetrics().horizontalAdvance(text)

    def _paint_sign(self, painter: QPainter, room: QRect) -> int:
        """Draw the sign of “none of the above”; return where the name must end."""
        side = room.height() * 0.62
        middle = QRectF(room.right() - side, room.center().y() - side / 2 + 1, side, side)
        painter.setPen(QPen(QColor(self._theme.colors.muted), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle)
        inset = side * 0.15
        painter.drawLine(
            middle.bottomLeft() + QPointF(inset, -inset), middle.topRight() + QPointF(-inset, inset)
        )
        return int(middle.left()) - MARGIN_PX

    def _paint_name(self, painter: QPainter, room: QRect, name: str) -> None:
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colors.text))
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_bar(self, painter: QPainter, frame: QRect, count: int) -> None:
        if count >= RECOMMENDED_IMAGES:
            return
        left = frame.left() + 2 * MARGIN_PX + KEY_PX
        width = frame.right() - MARGIN_PX - left
        top = frame.bottom() - BAR_PX - 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colors.sunken))
        painter.drawRoundedRect(QRectF(left, top, width, BAR_PX), 1.5, 1.5)
        done = width * count / RECOMMENDED_IMAGES
        painter.setBrush(QColor(self._theme.colors.accent))
        if done >= 1:
            painter.drawRoundedRect(QRectF(left, top, done, BAR_PX), 1.5, 1.5)
