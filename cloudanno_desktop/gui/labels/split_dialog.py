"""Another label in the place of one that the selection carries."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.labels.label_choice import LabelChoice
from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel, color_dot
from cloudanno_desktop.labels.label import LabelCount


class SplitDialog(QDialog):
    """Asks which of the selection's labels to replace, and by which."""

    chosen = Signal(str, str)  # id of the label that is replaced, name of the other one

    def __init__(
        self,
        carried: Sequence[SelectedLabel],
        labels: Sequence[LabelCount],
        check: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Replace label"))
        self.setMinimumWidth(420)
        self._old = QComboBox()
        self._old.setAccessibleName(self.tr("Label to replace"))
        self._old.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._old.setMinimumContentsLength(24)
        for item in carried:
            text = f"{item.label.name}  ({item.images:,})"
            self._old.addItem(color_dot(item.label.color), text, item.label.id)
        self._new = LabelChoice(labels, check)
        form = QFormLayout()
        form.addRow(self.tr("Replace"), self._old)
        form.addRow(self.tr("with"), self._new)
        note = self.tr("Only selected pictures with this label change.")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._give = buttons.addButton(self.tr("Replace"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._give.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.addLayout(form)
        column.addWidget(styled_label(note, "muted", wraps=True))
        column.addWidget(buttons)
        self._new.changed.connect(lambda: self._give.setEnabled(self._new.is_good))
        buttons.accepted.connect(self._on_give)
        buttons.rejected.connect(self.reject)
        self._new.field.setFocus()

    def _on_give(self) -> None:
        self.chosen.emit(self._old.currentData(), self._new.name)
        self.accept()
