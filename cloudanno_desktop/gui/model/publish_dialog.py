"""Publish a run: which files, how accurate they are, to which branch; then how to poll."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.dataset.run_folder import ArtifactResult, RunResult
from cloudanno_desktop.gui.common.figure_table import FigureTable
from cloudanno_desktop.gui.common.form_dialog import confirm
from cloudanno_desktop.gui.common.format import shown_bytes, shown_percent
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import styled_label

if TYPE_CHECKING:
    from cloudanno_desktop.publish.publisher import Published

COMMAND_PX = 66  # three lines
MAX_DROP = 0.01
TITLES = {
    "keras": "Keras (.keras)",
    "tflite": "TensorFlow Lite, float16 (.tflite)",
    "coreml": "Core ML program (.mlpackage)",
    "mlmodel": "Core ML classifier (.mlmodel)",
    "onnx": "ONNX (.onnx)",
    "savedmodel": "SavedModel",
}
CHOICE, DONE = range(2)
STEPS = 1000


class PublishDialog(QDialog):
    """Shows the files of a run and asks for their publication."""

    publish_requested = Signal(str, object)  # branch, tuple of format names

    def __init__(
        self,
        theme: Theme,
        result: RunResult,
        branches: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Publish"))
        self.resize(760, 470)
        self._theme = theme
        self._result = result
        self._pages = QStackedWidget()
        self._pages.addWidget(self._build_choice(branches))
        self._pages.addWidget(self._build_done())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.addWidget(self._pages, 1)
        column.addWidget(self._build_buttons())
        self._on_chosen()

    @property
    def chosen_formats(self) -> tuple[str, ...]:
        items = [self._table.item(row, 0) for row in range(self._table.rowCount())]
        checked = [item for item in items if item and item.checkState() == Qt.CheckState.Checked]
        return tuple(str(item.data(Qt.ItemDataRole.UserRole)) for item in checked)

    def show_branches(self, names: Sequence[str]) -> None:
        known = [self._branch.itemText(row) for row in range(self._branch.count())]
        self._branch.addItems([name for name in names if name not in known])

    def show_progress(self, done: int, total: int | None, text: str) -> None:
        self._bar.setRange(0, STEPS if total else 0)
        if total:
            self._bar.setValue(round(STEPS * done / total))
        self._state.setText(text or self.tr("Publishing…"))

    def reject(self) -> None:
        if self._bar.isVisible():
            text = self.tr("The model is being published. If you stop now, the old one stays.")
            texts = (self.tr("Stop publishing?"), text, self.tr("Stop publishing"))
            confirm(texts, self, partial(self.done, QDialog.DialogCode.Rejected))
        else:
            super().reject()

    def show_problem(self, sentence: str) -> None:
        """Show why nothing was published; the old model is still served."""
        self._bar.hide()
        set_role(self._state, "bad")
        self._state.setText(sentence)
        self._publish.setEnabled(True)

    def show_done(self, published: "Published", command: str) -> None:
        text = self.tr("Branch “%1” now serves version %2 (serial %3).")
        text = text.replace("%1", published.branch).replace("%2", published.version)
        self._done_text.setText(text.replace("%3", str(published.serial)))
        self._command.setPlainText(command)
        self._keys.setPlainText("\n".join(published.keys))
        self._publish.hide()
        self._pages.setCurrentIndex(DONE)

    def _build_choice(self, branches: Sequence[str]) -> QWidget:
        page = QWidget()
        self._branch = QComboBox(editable=True)
        self._branch.setAccessibleName(self.tr("Branch"))
        self._branch.addItems(list(dict.fromkeys(branches)))
        self._branch.currentTextChanged.connect(self._on_chosen)
        form = QFormLayout()
        form.addRow(self.tr("&Branch"), self._branch)
        self._bar = QProgressBar(textVisible=False)
        self._bar.hide()
        self._state = styled_label("", "muted", wraps=True)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        title = self.tr("Exported files, checked on the validation set")
        column.addWidget(styled_label(title, "heading"))
        column.addWidget(self._build_table(), 1)
        column.addLayout(form)
        column.addWidget(self._bar)
        column.addWidget(self._state)
        return page

    def _build_table(self) -> FigureTable:
        self._table = FigureTable(
            (
                self.tr("File"),
                self.tr("Size"),
                self.tr("Accuracy"),
                self.tr("Difference"),
                self.tr("Same prediction"),
            )
        )
        self._table.setAccessibleName(self.tr("Files"))
        for artifact in self._result.artifacts:
            self._add_file(artifact)
        self._table.itemChanged.connect(self._on_chosen)
        return self._table

    def _add_file(self, file: ArtifactResult) -> None:
        drop = self._result.val_accuracy - file.val_accuracy
        is_blocked = drop > MAX_DROP
        sign = self.tr("equal") if abs(drop) < 0.0005 else f"{-100 * drop:+.1f}%"
        name, *figures = self._table.add_row(
            (
                TITLES.get(file.format, file.format),
                shown_bytes(file.bytes),
                shown_percent(file.val_accuracy),
                self.tr("%1: too large").replace("%1", sign) if is_blocked else sign,
                shown_percent(file.agreement),
            )
        )
        name.setData(Qt.ItemDataRole.UserRole, file.format)
        flags = Qt.ItemFlag.ItemIsUserCheckable
        name.setFlags(flags if is_blocked else flags | Qt.ItemFlag.ItemIsEnabled)
        name.setCheckState(Qt.CheckState.Unchecked if is_blocked else Qt.CheckState.Checked)
        figures[-1].setToolTip("\n".join(file.flipped[:20]))

    def _build_done(self) -> QWidget:
        page = QWidget()
        title = styled_label(self.tr("Published"), "heading")
        self._done_text = styled_label(wraps=True)
        hint = styled_label(self.tr("To get this model on another computer:"), "muted")
        self._command = QPlainTextEdit(readOnly=True)
        self._command.setAccessibleName(self.tr("Command to get the model"))
        self._keys = QPlainTextEdit(readOnly=True)
        self._keys.setAccessibleName(self.tr("Published files"))
        for field in (self._command, self._keys):
            field.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._command.setFixedHeight(COMMAND_PX)
        copy = QPushButton(self.tr("Copy command"))
        copy.clicked.connect(self._on_copy)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (title, self._done_text, hint, self._command):
            column.addWidget(widget)
        column.addWidget(copy, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(styled_label(self.tr("In the bucket:"), "muted"))
        column.addWidget(self._keys, 1)
        return page

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._publish = buttons.addButton(self.tr("Publish"), QDialogButtonBox.ButtonRole.ApplyRole)
        set_role(self._publish, "primary")
        self._publish.setDefault(True)
        self._publish.clicked.connect(self._on_publish)
        buttons.rejected.connect(self.reject)
        return buttons

    def _on_chosen(self) -> None:
        if hasattr(self, "_publish"):
            has_branch = bool(self._branch.currentText().strip())
            self._publish.setEnabled(has_branch and bool(self.chosen_formats))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._command.toPlainText())

    def _on_publish(self) -> None:
        self._publish.setEnabled(False)
        self._bar.show()
        set_role(self._state, "muted")
        self.show_progress(0, None, "")
        self.publish_requested.emit(self._branch.currentText().strip(), self.chosen_formats)
