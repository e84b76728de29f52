"""A question with one thing to fill in or to confirm; the answer is checked while typed."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.gui.common.widgets import styled_label

WIDTH_PX = 440


class FormDialog(QDialog):
    """The question, what is wrong with the answer, two buttons; fields go in ``body``."""

    def __init__(self, texts: tuple[str, str, str], parent: QWidget, *, is_danger: bool) -> None:
        """Args: title of the window, explanation (may be empty), text of the button."""
        super().__init__(parent)
        title, explanation, accept_text = texts
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDTH_PX)
        self._explanation = styled_label(explanation, wraps=True)
        self._explanation.setVisible(bool(explanation))
        self._problem = styled_label("", "bad", wraps=True)
        self._problem.hide()
        self.body = QVBoxLayout()
        column = self._column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(self._explanation)
        column.addLayout(self.body)
        column.addWidget(self._problem)
        column.addStretch(1)
        column.addWidget(self._build_buttons(accept_text, "danger" if is_danger else "primary"))

    def say(self, problem: str, *, is_ready: bool = True) -> None:
        """Show what is wrong, empty for nothing, and accept only a valid answer."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._accept.setEnabled(is_ready and not problem)
        if self.isVisible() and self.height() < self._column.totalHeightForWidth(self.width()):
            self.adjustSize()

    def _build_buttons(self, accept_text: str, role: str) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self._accept = buttons.addButton(accept_text, QDialogButtonBox.ButtonRole.AcceptRole)
        self._accept.setDefault(True)
        self._accept.setEnabled(False)
        set_role(self._accept, role)
        self.cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons


def confirm(texts: tuple[str, str, str], parent: QWidget, act: Callable[[], object]) -> FormDialog:
    """Ask before something is thrown away: title, explanation, text of the red button."""
    dialog = FormDialog(texts, parent, is_danger=True)
    dialog.say("")
    dialog.cancel.setDefault(True)
    dialog.cancel.setFocus()
    dialog.accepted.connect(act)
    dialog.open()
    return dialog
