"""One line of label chips as a widget."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cloudanno_desktop.gui.grid.cell import Chip
from cloudanno_desktop.gui.grid.chip_painter import ChipPainter


class ChipRow(QWidget):
    """Show the labels of one image."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: tuple[Chip, ...] = ()
        self.setMinimumHeight(self.sizeHint().height())

    def set_chips(self, chips: Sequence[Chip]) -> None:
        """Show these labels."""
        self._chips = tuple(chips)
        names = ", ".join(chip.text for chip in chips)
        self.setAccessibleName(names or self.tr("No label"))
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for one line."""
        return QSize(200, ChipPainter(self.font(), self.palette()).height + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chips in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chips = ChipPainter(self.font(), self.palette())
        chips.paint(painter, self.rect().adjusted(2, 2, -2, -2), self._chips)
        painter.end()
