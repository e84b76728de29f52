"""Label chips: the label's name on its color, as many as there is room for."""

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from cloudanno_desktop.gui.grid.cell import Chip

SIDE = 6
GAP = 3


class ChipPainter:
    def __init__(self, font: QFont, palette: QPalette) -> None:
        self._font = font
        self._metrics = QFontMetrics(font)
        base = palette.color(QPalette.ColorRole.Base)
        text = palette.color(QPalette.ColorRole.Text)
        self._more = blend(base, text, 0.18)
        self._edge = blend(base, text, 0.30)

    @property
    def height(self) -> int:
        return self._metrics.height() + 2

    def paint(self, painter: QPainter, line: QRect, chips: Sequence[Chip]) -> None:
        """Paint chips centred on a line; what does not fit becomes ``+n``."""
        shown = self._fitted(chips, line.width())
        widths = [self._width(chip.text) for chip in shown]
        left = line.left() + (line.width() - sum(widths) - GAP * (len(widths) - 1)) // 2
        for chip, width in zip(shown, widths, strict=True):
            self._paint_one(painter, QRect(left, line.top(), width, self.height), chip)
            left += width + GAP

    def _fitted(self, chips: Sequence[Chip], room: int) -> list[Chip]:
        for shown in range(len(chips), 1, -1):
            row = [*chips[:shown], *self._rest(len(chips) - shown)]
            if sum(self._width(chip.text) + GAP for chip in row) - GAP <= room:
                return row
        if not chips:
            return []
        rest = self._rest(len(chips) - 1)
        left = room - 2 * SIDE - sum(self._width(chip.text) + GAP for chip in rest)
        name = self._metrics.elidedText(chips[0].text, Qt.TextElideMode.ElideRight, left)
        return [Chip(name, chips[0].color), *rest]

    def _rest(self, hidden: int) -> list[Chip]:
        return [Chip(f"+{hidden}", self._more.name())] if hidden else []

    def _width(self, text: str) -> int:
        return self._metrics.horizontalAdvance(text) + 2 * SIDE

    def _paint_one(self, painter: QPainter, rect: QRect, chip: Chip) -> None:
        fill, ink = _colors(chip.color)
        painter.setPen(QPen(self._edge, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setPen(ink)
        painter.setFont(self._font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, chip.text)


def blend(under: QColor, over: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        under.redF() + (over.redF() - under.redF()) * share,
        under.greenF() + (over.greenF() - under.greenF()) * share,
        under.blueF() + (over.blueF() - under.blueF()) * share,
    )


def readable_on(fill: QColor) -> QColor:
    """Return black or white, whichever has the higher contrast (WCAG relative luminance)."""
    linear = [_linear(part) for part in (fill.redF(), fill.greenF(), fill.blueF())]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return QColor("black") if luminance > 0.179 else QColor("white")


@lru_cache(maxsize=512)
def _colors(name: str) -> tuple[QColor, QColor]:
    fill = QColor(name)
    return fill, readable_on(fill)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


class ChipRow(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: tuple[Chip, ...] = ()
        self.setMinimumHeight(self.sizeHint().height())

    def set_chips(self, chips: Sequence[Chip]) -> None:
        self._chips = tuple(chips)
        names = ", ".join(chip.text for chip in chips)
        self.setAccessibleName(names or self.tr("No label"))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, ChipPainter(self.font(), self.palette()).height + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chips = ChipPainter(self.font(), self.palette())
        chips.paint(painter, self.rect().adjusted(2, 2, -2, -2), self._chips)
        painter.end()
