"""The bar over the conflicts: one button for each label that stands against another."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.labels.selection_labels import color_dot
from cloudanno_desktop.labels.label import Label

MOST_BUTTONS = 6
NAME_PX = 180


class ConflictBar(QFrame):
    """Offers the labels of the selected conflicts, and to keep what is shown."""

    resolve_requested = Signal(str)  # label id for the selected pictures
    keep_requested = Signal()  # all pictures on show keep the label that they show

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "edge-bottom")
        self.setAccessibleName(self.tr("Conflicts"))
        self._text = styled_label()
        self._buttons = QWidget()
        self._row = QHBoxLayout(self._buttons)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._keep = QPushButton(self.tr("Keep first label of all"))
        self._keep.setToolTip(self.tr("Every picture here keeps its first label"))
        self._keep.clicked.connect(self.keep_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(self._text)
        row.addWidget(self._buttons)
        row.addStretch(1)
        row.addWidget(self._keep)
        self.show_choice(0, (), has_conflicts=False)

    def show_choice(self, images: int, labels: Sequence[Label], *, has_conflicts: bool) -> None:
        for button in self._buttons.findChildren(QPushButton):
            self._row.removeWidget(button)
            button.deleteLater()
        hint = self.tr("Two people labeled these pictures differently. Select some to resolve.")
        text = self.tr("%n picture(s):", "", images) if images else hint
        self._text.setText(text if has_conflicts else self.tr("No conflicts."))
        for label in labels[:MOST_BUTTONS]:
            self._row.addWidget(self._button(label))
        self._keep.setVisible(has_conflicts)

    def _button(self, label: Label) -> QPushButton:
        button = QPushButton(color_dot(label.color), "")
        name = button.fontMetrics().elidedText(label.name, Qt.TextElideMode.ElideRight, NAME_PX)
        button.setText(name.replace("&", "&&"))
        button.setObjectName(label.name)
        button.setToolTip(self.tr("Label the selected pictures “%1”").replace("%1", label.name))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(lambda: self.resolve_requested.emit(label.id))
        return button
