"""The questions before objects are renamed, moved or deleted, and the details of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.form_dialog import FormDialog
from cloudanno_desktop.gui.common.theme import set_look
from cloudanno_desktop.gui.common.widgets import styled_label

Check = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class QuestionText:
    title: str
    explanation: str
    accept_text: str  # text of the button
    label: str  # of the field


class NameDialog(FormDialog):
    """Asks for a new name or path."""

    name_requested = Signal(str)

    def __init__(self, asked: QuestionText, text: str, check: Check, parent: QWidget) -> None:
        texts = (asked.title, asked.explanation, asked.accept_text)
        super().__init__(texts, parent, is_danger=False)
        self._old, self._check_name = text, check
        self._is_counted = True
        self._field = QLineEdit(text)
        self._field.setAccessibleName(asked.label)
        label = styled_label(asked.label)
        label.setBuddy(self._field)
        self._amount = styled_label("", "muted", wraps=True)
        self._amount.hide()
        for widget in (label, self._field, self._amount):
            self.body.addWidget(widget)
        self._field.textChanged.connect(self._check)
        self.accepted.connect(lambda: self.name_requested.emit(self._field.text()))
        self._field.setFocus()
        self._select_stem()

    def await_amount(self) -> None:
        """Keep the button disabled until ``show_amount``."""
        self._is_counted = False
        self._amount.setText(self.tr("Counting…"))
        self._amount.show()

    def show_amount(self, text: str) -> None:
        self._is_counted = True
        self._amount.setText(text)
        self._amount.show()
        self._check()

    def show_problem(self, sentence: str) -> None:
        """Show why it cannot be counted; nothing is moved then."""
        self._amount.setText(sentence)

    def _check(self) -> None:
        text = self._field.text()
        problem = self._check_name(text) if text and text != self._old else ""
        set_look(self._field, "state", "bad" if problem else "")
        self.say(problem, is_ready=self._is_counted and bool(text) and text != self._old)

    def _select_stem(self) -> None:
        """Select what is most likely to change: the last part without its suffix."""
        path = self._old.rstrip("/")
        start = path.rfind("/") + 1
        dot = path.rfind(".")
        self._field.setSelection(start, (dot if dot > start else len(path)) - start)


class FolderDialog(FormDialog):
    """Asks for the folder to move pictures to."""

    folder_requested = Signal(str)  # prefix, empty or ending with /

    def __init__(self, amount: str, check: Check, parent: QWidget) -> None:
        title = self.tr("Move to a folder")
        super().__init__((title, amount, self.tr("Move")), parent, is_danger=False)
        self._check_folder = check
        self._folder = QComboBox(editable=True)
        self._folder.setAccessibleName(self.tr("Folder in the project"))
        self._folder.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        label = styled_label(self.tr("Folder in the project (created if it is new)"))
        label.setBuddy(self._folder)
        self.body.addWidget(label)
        self.body.addWidget(self._folder)
        self._folder.editTextChanged.connect(self._check)
        self.accepted.connect(lambda: self.folder_requested.emit(self._prefix()))
        self._folder.setFocus()

    def show_folders(self, folders: Sequence[str]) -> None:
        """Offer the existing folders; what was typed stays."""
        typed = self._folder.currentText()
        self._folder.addItems([folder or "/" for folder in folders])
        self._folder.setEditText(typed)

    def _prefix(self) -> str:
        path = self._folder.currentText().strip().strip("/")
        return f"{path}/" if path else ""

    def _check(self) -> None:
        is_chosen = bool(self._folder.currentText().strip())
        self.say(self._check_folder(self._prefix()) if is_chosen else "", is_ready=is_chosen)


class DeleteFolderDialog(FormDialog):
    def __init__(self, name: str, parent: QWidget) -> None:
        explanation = self.tr("Delete the folder “%1” and everything in it? This cannot be undone.")
        title = self.tr("Delete folder")
        texts = (title, explanation.replace("%1", name), self.tr("Delete folder"))
        super().__init__(texts, parent, is_danger=True)
        self._content = styled_label(self.tr("Counting what is in it…"), "muted", wraps=True)
        self.body.addWidget(self._content)

    def show_amount(self, text: str, *, is_deletable: bool = True) -> None:
        self._content.setText(text)
        self.say("", is_ready=is_deletable)


class ImageDetailsDialog(QDialog):
    """Shows the facts about one object; each value can be selected and copied."""

    def __init__(self, facts: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Details"))
        self.setMinimumWidth(520)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(18)
        self._values: dict[str, QLabel] = {}
        for name, value in facts:
            self.show_fact(name, value)
        column = QVBoxLayout(self)
        column.addLayout(self._form)
        column.addStretch(1)
        column.addWidget(self._build_buttons())

    def show_fact(self, name: str, value: str) -> None:
        if name not in self._values:
            label = styled_label(value, wraps=True)
            label.setAccessibleName(name)
            flags = Qt.TextInteractionFlag
            label.setTextInteractionFlags(
                flags.TextSelectableByMouse | flags.TextSelectableByKeyboard
            )
            self._form.addRow(styled_label(name, "muted"), label)
            self._values[name] = label
        self._values[name].setText(value)

    def facts(self) -> dict[str, str]:
        return {name: label.text() for name, label in self._values.items()}

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._on_copy)
        buttons.rejected.connect(self.reject)
        return buttons

    def _on_copy(self) -> None:
        lines = (f"{name}: {value}" for name, value in self.facts().items())
        QGuiApplication.clipboard().setText("\n".join(lines))
