"""Which label another one shall count as."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.labels.selection_labels import DOT_PX, color_dot
from cloudanno_desktop.labels.label import LabelCount


class MergeDialog(QDialog):
    """Asks into which label another one is merged."""

    chosen = Signal(str)  # label id

    def __init__(
        self, merged: LabelCount, others: Sequence[LabelCount], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Merge label"))
        self.resize(400, 420)
        self._others = others
        text = self.tr("Relabel %n picture(s) from “%1” to:", "", merged.images)
        head = styled_label(text.replace("%1", merged.label.name), wraps=True)
        head.setTextFormat(Qt.TextFormat.PlainText)
        self._field = QLineEdit(placeholderText=self.tr("Find a label"), clearButtonEnabled=True)
        self._field.setAccessibleName(self.tr("Find a label"))
        self._list = QListWidget()
        self._list.setIconSize(QSize(DOT_PX, DOT_PX))
        self._list.setAccessibleName(self.tr("Labels"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._merge = buttons.addButton(self.tr("Merge"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._merge.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        for widget in (head, self._field, self._list, buttons):
            column.addWidget(widget)
        self._field.textChanged.connect(self._fill)
        self._list.itemDoubleClicked.connect(self._on_merge)
        buttons.accepted.connect(self._on_merge)
        buttons.rejected.connect(self.reject)
        self._fill("")
        self._field.setFocus()

    def _fill(self, text: str) -> None:
        self._list.clear()
        for row in self._others:
            if text.strip().casefold() in row.label.name.casefold():
                item = QListWidgetItem(color_dot(row.label.color), row.label.name, self._list)
                item.setData(Qt.ItemDataRole.UserRole, row.label.id)
        self._list.setCurrentRow(0)
        self._merge.setEnabled(self._list.count() > 0)

    def _on_merge(self) -> None:
        item: QListWidgetItem | None = self._list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
            self.accept()


class MergeQuestion(QMessageBox):
    """Asks before a label that was dropped on another one is merged into it."""

    confirmed = Signal()

    def __init__(self, merged: LabelCount, into: LabelCount, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Merge label"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        text = self.tr("Merge “%1” into “%2”?").replace("%1", merged.label.name)
        self.setText(text.replace("%2", into.label.name))
        note = self.tr(
            "%n picture(s) will be relabeled “%1”. You can undo this.", "", merged.images
        )
        self.setInformativeText(note.replace("%1", into.label.name))
        merge = self.addButton(self.tr("Merge"), QMessageBox.ButtonRole.AcceptRole)
        self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(merge)
        merge.clicked.connect(self.confirmed)
