"""The labels that the selected pictures carry, as chips; partial ones say on how many."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.flow_layout import FlowLayout
from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.labels.label import Label

DOT_PX = 12
NAME_PX = 160


@dataclass(frozen=True, slots=True)
class SelectedLabel:
    """A label of the selection, and how many of the selected images carry it."""

    label: Label
    images: int


class SelectionLabels(QWidget):
    """Chips of the selection's labels."""

    removal_requested = Signal(str)  # label id whose chip was pressed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self.tr("LABELS OF THE SELECTION"))
        set_role(self._title, "section")
        self._hint = QLabel(wordWrap=True)
        set_role(self._hint, "muted")
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        self._made: list[QToolButton] = []
        self._shown: tuple[int, list[SelectedLabel]] = (-1, [])
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        for widget in (self._title, self._hint, self._chips):
            column.addWidget(widget)
        self.show_selection(0, ())

    def show_selection(self, images: int, labels: Sequence[SelectedLabel]) -> None:
        if (images, list(labels)) == self._shown:
            return
        self._shown = images, list(labels)
        self._hint.setText(self._hint_for(images, bool(labels)))
        self._hint.setVisible(not labels)
        while len(self._made) < len(labels):  # to make one takes longer than all the rest
            self._made.append(self._new_chip(len(self._made)))
        for chip, item in zip(self._made, labels, strict=False):
            self._show_on(chip, item, images)
        for chip in self._made[len(labels) :]:
            chip.hide()
        self._chips.setVisible(bool(labels))
        self._chips.updateGeometry()

    def _hint_for(self, images: int, has_labels: bool) -> str:
        if images == 0:
            return self.tr("Select pictures, then press a number key or drag them onto a label.")
        return "" if has_labels else self.tr("%n picture(s), no labels yet.", "", images)

    def _new_chip(self, place: int) -> QToolButton:
        chip = QToolButton()
        chip.setToolButtonStyle(chip.toolButtonStyle().ToolButtonTextBesideIcon)
        set_role(chip, "chip")
        chip.clicked.connect(lambda: self.removal_requested.emit(self._shown[1][place].label.id))
        self._flow.addWidget(chip)
        return chip

    def _show_on(self, chip: QToolButton, item: SelectedLabel, images: int) -> None:
        name = item.label.name
        is_partial = item.images < images
        shown = chip.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, NAME_PX)
        chip.setText(f"{shown}  {item.images}/{images}" if is_partial else shown)
        chip.setIcon(color_dot(item.label.color, is_partial))
        chip.setToolTip(self.tr("Remove “%1” from the selection").replace("%1", name))
        chip.setAccessibleName(chip.toolTip())
        chip.show()


def color_dot(color: str, is_partial: bool = False) -> QIcon:
    """Return a dot of a label's color; a partial one is only a ring."""
    pixmap = QPixmap(DOT_PX * 2, DOT_PX * 2)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(QColor(color))
    pen.setWidth(4)
    painter.setPen(pen)
    painter.setBrush(QColor(0, 0, 0, 0) if is_partial else QColor(color))
    painter.drawEllipse(3, 3, DOT_PX * 2 - 6, DOT_PX * 2 - 6)
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return QIcon(pixmap)
