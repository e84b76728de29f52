"""A field for a label, one of the list or a new one; its name is checked while it is typed."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.theme import set_look
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.labels.selection_labels import DOT_PX, color_dot
from cloudanno_desktop.labels.label import LabelCount


class LabelChoice(QWidget):
    """A label chosen by name; ``check`` returns what is wrong with a new one, or nothing."""

    changed = Signal()  # another name is in the field

    def __init__(
        self,
        labels: Sequence[LabelCount],
        check: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._names = {row.label.name for row in labels}
        self._check = check
        self._box = QComboBox(editable=True)
        self._box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._box.setIconSize(QSize(DOT_PX, DOT_PX))
        self._box.setAccessibleName(self.tr("Label"))
        self._box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._box.setMinimumContentsLength(24)
        for row in labels:
            self._box.addItem(color_dot(row.label.color), row.label.name)
        self._problem = styled_label("", "bad", wraps=True)
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._box)
        column.addWidget(self._problem)
        self._box.setCurrentIndex(-1)
        self._box.setEditText("")
        self._box.editTextChanged.connect(self._on_changed)

    @property
    def name(self) -> str:
        return self._box.currentText().strip()

    @property
    def is_good(self) -> bool:
        return bool(self.name) and self._problem.isHidden()

    @property
    def problem(self) -> str:
        return self._problem.text()

    @property
    def field(self) -> QComboBox:
        return self._box

    def _on_changed(self) -> None:
        is_new = bool(self.name) and self.name not in self._names
        problem = self._check(self.name) if is_new else ""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        set_look(self._box, "state", "bad" if problem else "")
        self.changed.emit()
