"""The three ways to delete a label; each says how many pictures, the last asks for the number."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.labels.edits.delete_label import DeleteMode, DeletionScope


class DeleteLabelDialog(QDialog):
    """Asks how to delete a label."""

    confirmed = Signal(object)  # a ``DeleteMode``

    def __init__(
        self, name: str, reach: DeletionScope, parent: QWidget | None = None, *, uses_trash: bool
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Delete label"))
        self.setMinimumWidth(460)
        self._only = len(reach.only)
        self._choices: dict[DeleteMode, QRadioButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(6)
        title = self.tr("Delete the label “%1”?").replace("%1", name)
        heading = styled_label(title, "heading", wraps=True)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(heading)
        column.addSpacing(8)
        for mode, text, note in self._texts(reach, uses_trash=uses_trash):
            self._add_choice(column, mode, text, note)
        self._build_number(column)
        column.addSpacing(8)
        column.addWidget(self._build_buttons())
        self._choices[DeleteMode.LABEL].setChecked(True)
        self._choices[DeleteMode.LABEL].setFocus()
        self._show_state()

    def _texts(
        self, reach: DeletionScope, *, uses_trash: bool
    ) -> list[tuple[DeleteMode, str, str]]:
        only = len(reach.only)
        fate = self.tr("They go to the trash.") if uses_trash else self.tr("This cannot be undone.")
        return [
            (
                DeleteMode.LABEL,
                self.tr("Only the label"),
                self.tr(
                    "Keeps the %n picture(s), unlabeled. You can undo this.", "", reach.carriers
                ),
            ),
            (
                DeleteMode.IMAGES,
                self.tr("The label, and remove pictures that have no other label from the project"),
                self.tr("Removes %n picture(s); their files stay. You can undo this.", "", only),
            ),
            (
                DeleteMode.FILES,
                self.tr("The label, and delete the files of pictures that have no other label"),
                self.tr("%n file(s).", "", only) + " " + fate,
            ),
        ]

    def _add_choice(self, column: QVBoxLayout, mode: DeleteMode, text: str, note: str) -> None:
        button = QRadioButton(text)
        button.setEnabled(mode is DeleteMode.LABEL or self._only > 0)
        button.setAccessibleDescription(note)
        button.toggled.connect(self._show_state)
        self._choices[mode] = button
        column.addWidget(button)
        hint = styled_label(note, "muted", wraps=True)
        hint.setContentsMargins(26, 0, 0, 6)
        column.addWidget(hint)

    def _build_number(self, column: QVBoxLayout) -> None:
        text = self.tr("Type the number of files, %1, to confirm:")
        self._ask = QLabel(text.replace("%1", str(self._only)))
        self._number = QLineEdit(placeholderText=str(self._only))
        self._number.setAccessibleName(self._ask.text())
        self._number.setMaximumWidth(140)
        self._ask.setContentsMargins(26, 0, 0, 0)
        self._number.textChanged.connect(self._show_state)
        for widget in (self._ask, self._number):  # nothing above moves when they show
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
        column.addWidget(self._ask)
        row = QVBoxLayout()
        row.setContentsMargins(26, 0, 0, 0)
        row.addWidget(self._number)
        column.addLayout(row)

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._delete = buttons.addButton(
            self.tr("Delete"), QDialogButtonBox.ButtonRole.DestructiveRole
        )
        set_role(self._delete, "danger")
        self._delete.setDefault(True)
        self._delete.clicked.connect(self._on_delete)
        buttons.rejected.connect(self.reject)
        return buttons

    def _mode(self) -> DeleteMode:
        return next(mode for mode, button in self._choices.items() if button.isChecked())

    def _show_state(self) -> None:
        if not hasattr(self, "_delete"):
            return
        deletes_files = self._choices[DeleteMode.FILES].isChecked()
        self._ask.setVisible(deletes_files)
        self._number.setVisible(deletes_files)
        typed = self._number.text().strip().replace(",", "").replace(".", "").replace(" ", "")
        self._delete.setEnabled(not deletes_files or typed == str(self._only))

    def _on_delete(self) -> None:
        self.confirmed.emit(self._mode())
        self.accept()
