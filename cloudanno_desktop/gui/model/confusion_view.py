"""The confusion matrix: rows are true labels, columns are predictions."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cloudanno_desktop.gui.common.theme import Theme

CELL_PX = 44
HEAD_PX = 96
Cell = tuple[int, int]
STRONG_SHARE = 0.5  # from here on the fill is too dark for the usual text
NO_CELL: Cell = (-1, -1)
STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionView(QWidget):
    """A painted table whose cells can be chosen by mouse and keys."""

    cell_chosen = Signal(str, str)  # true and predicted label; both empty for all mistakes

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._labels: Sequence[str] = ()
        self._counts: Sequence[Sequence[int]] = ()
        self._chosen = NO_CELL
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Confusion matrix"))
        theme.changed.connect(self.update)

    def show_matrix(self, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        self._labels, self._counts, self._chosen = labels, counts, NO_CELL
        self.updateGeometry()
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        side = HEAD_PX + CELL_PX * len(self._labels)
        return QSize(side + 4, side + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for position, name in enumerate(self._labels):
            self._paint_heads(painter, position, name)
        for row, counts in enumerate(self._counts):
            total = sum(counts) or 1
            for column, count in enumerate(counts):
                self._paint_cell(painter, (row, column), count, count / total)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell; clicking it again clears the choice."""
        cell = self._cell_at(event.position().toPoint())
        self._choose(NO_CELL if cell == self._chosen else cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step is None or not self._labels:
            super().keyPressEvent(event)
            return
        last = len(self._labels) - 1
        row, column = self._chosen[0] + step[0], self._chosen[1] + step[1]
        self._choose((min(max(row, 0), last), min(max(column, 0), last)))

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            cell = self._cell_at(event.pos())
            QToolTip.showText(event.globalPos(), self._description(cell), self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def _choose(self, cell: Cell) -> None:
        self._chosen = cell
        self.setAccessibleDescription(self._description(cell))
        self.update()
        names = ("", "") if cell == NO_CELL else (self._labels[cell[0]], self._labels[cell[1]])
        self.cell_chosen.emit(*names)

    def _description(self, cell: Cell) -> str:
        if cell == NO_CELL:
            return ""
        count = self._counts[cell[0]][cell[1]]
        text = self.tr("%n picture(s) labeled “%1”, predicted “%2”", "", count)
        return text.replace("%1", self._labels[cell[0]]).replace("%2", self._labels[cell[1]])

    def _cell_at(self, point: QPoint) -> Cell:
        row, column = (point.y() - HEAD_PX) // CELL_PX, (point.x() - HEAD_PX) // CELL_PX
        inside = 0 <= row < len(self._labels) and 0 <= column < len(self._labels)
        return (row, column) if inside else NO_CELL

    def _paint_heads(self, painter: QPainter, position: int, name: str) -> None:
        painter.setPen(QColor(self._theme.colors.muted))
        start = HEAD_PX + position * CELL_PX
        metrics = painter.fontMetrics()
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, HEAD_PX - 12)
        side = QRect(0, start, HEAD_PX - 8, CELL_PX)
        painter.drawText(side, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.save()
        painter.translate(start + CELL_PX / 2, HEAD_PX - 8)
        painter.rotate(-60)
        painter.drawText(0, metrics.ascent() // 2, text)
        painter.restore()

    def _paint_cell(self, painter: QPainter, cell: Cell, count: int, share: float) -> None:
        colors = self._theme.colors
        row, column = cell
        rect = QRect(HEAD_PX + column * CELL_PX, HEAD_PX + row * CELL_PX, CELL_PX, CELL_PX)
        rect.adjust(1, 1, -1, -1)
        fill = QColor(colors.accent if row == column else colors.bad)
        fill.setAlphaF(0.12 + 0.75 * share)
        painter.setPen(QColor(colors.text) if cell == self._chosen else Qt.PenStyle.NoPen)
        painter.setBrush(fill if count else QColor(colors.hover))
        painter.drawRoundedRect(rect, 5, 5)
        text = colors.text if count else colors.faint
        painter.setPen(QColor(colors.on_accent if count and share > STRONG_SHARE else text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, f"{count:,}")
