"""The bar over the conflicts: one button for each label that stands against another.

Below, what other programs did to labeled pictures, with one act for all of it.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

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
    keep_changed_requested = Signal()  # changed pictures keep their labels
    drop_changed_requested = Signal()  # changed pictures lose their labels
    label_renamed_requested = Signal()  # renamed pictures get the labels that they had

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
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        row = QHBoxLayout()
        column.addLayout(row)
        self._changed, self._changed_text = self._outside_row(
            (self.tr("Keep labels"), self.keep_changed_requested),
            (self.tr("Remove labels"), self.drop_changed_requested),
        )
        self._renamed, self._renamed_text = self._outside_row(
            (self.tr("Label as before"), self.label_renamed_requested)
        )
        column.addWidget(self._changed)
        column.addWidget(self._renamed)
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

    def show_outside_changes(self, changed: int, renamed: int) -> None:
        """Offer what to do with pictures that other programs replaced or renamed."""
        text = self.tr("%n picture(s) changed since labeled and are not trained on.", "", changed)
        self._changed_text.setText(text)
        self._changed.setVisible(changed > 0)
        self._renamed_text.setText(self.tr("%n labeled picture(s) were renamed.", "", renamed))
        self._renamed.setVisible(renamed > 0)

    def _outside_row(self, *buttons: tuple[str, SignalInstance]) -> tuple[QWidget, QLabel]:
        widget, text = QWidget(), styled_label()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(text)
        row.addStretch(1)
        for name, requested in buttons:
            button = QPushButton(name)
            button.clicked.connect(requested)
            row.addWidget(button)
        widget.hide()
        return widget, text

    def _button(self, label: Label) -> QPushButton:
        button = QPushButton(color_dot(label.color), "")
        name = button.fontMetrics().elidedText(label.name, Qt.TextElideMode.ElideRight, NAME_PX)
        button.setText(name.replace("&", "&&"))
        button.setObjectName(label.name)
        button.setToolTip(self.tr("Label the selected pictures “%1”").replace("%1", label.name))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(lambda: self.resolve_requested.emit(label.id))
        return button
