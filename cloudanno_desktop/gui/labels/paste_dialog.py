"""Label the pictures of a pasted list: it says which lines are none of the project's."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.labels.label_choice import LabelChoice
from cloudanno_desktop.labels.label import LabelCount
from cloudanno_desktop.labels.match_list import MatchedList

TYPED_MS = 200
SHOWN_LINES = 200


class PasteDialog(QDialog):
    """Takes a list of keys and a label."""

    match_requested = Signal(str)  # the text; the reply is ``show_match``
    confirmed = Signal(str, object)  # name of the label, int32 ids
    selection_requested = Signal(object)  # int32 ids; only select them

    def __init__(
        self,
        labels: Sequence[LabelCount],
        check: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Label a pasted list"))
        self.resize(560, 520)
        self._found: MatchedList | None = None
        self._text = QPlainTextEdit()
        self._text.setObjectName("list")
        self._text.setPlaceholderText(
            self.tr("Paste names of pictures here, one per line: keys, URLs or file names.")
        )
        self._text.setAccessibleName(self.tr("Names of pictures"))
        self._text.setTabChangesFocus(True)
        self._choice = LabelChoice(labels, check)
        self._summary = styled_label("", wraps=True)
        self._summary.setObjectName("summary")
        self._left = QPlainTextEdit(readOnly=True)
        self._left.setObjectName("left-out")
        self._left.setAccessibleName(self.tr("Lines that were not found"))
        self._left.setMaximumHeight(110)
        set_role(self._left, "muted")
        self._left.hide()
        self._timer = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._timer.timeout.connect(lambda: self.match_requested.emit(self._text.toPlainText()))
        self._build()

    def show_match(self, found: MatchedList) -> None:
        self._found = found
        left = len(found.unknown) + len(found.ambiguous)
        text = self.tr("%n picture(s) found.", "", len(found.images))
        if left:
            text += " " + self.tr("%n line(s) not found in this project:", "", left)
        self._summary.setText(text)
        multi_label = self.tr("more than one picture has this name")
        lines = [*found.unknown, *(f"{line} — {multi_label}" for line in found.ambiguous)]
        self._left.setPlainText("\n".join(lines[:SHOWN_LINES]))
        self._left.setVisible(bool(lines))
        self._show_state()

    def _build(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = buttons.addButton(self.tr("Label"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._select = buttons.addButton(
            self.tr("Select only"), QDialogButtonBox.ButtonRole.ActionRole
        )
        form = QFormLayout()
        form.addRow(self.tr("Label"), self._choice)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        for widget in (self._text, self._summary, self._left):
            column.addWidget(widget)
        column.addLayout(form)
        column.addWidget(buttons)
        self._text.textChanged.connect(self._timer.start)
        self._choice.changed.connect(self._show_state)
        self._select.clicked.connect(self._on_select)
        buttons.accepted.connect(self._on_go)
        buttons.rejected.connect(self.reject)
        self._take_clipboard()
        self._show_state()

    def _take_clipboard(self) -> None:
        text = QGuiApplication.clipboard().text()
        if "\n" in text.strip():
            self._text.setPlainText(text)

    def _show_state(self) -> None:
        has_images = self._found is not None and len(self._found.images) > 0
        self._select.setEnabled(has_images)
        self._go.setEnabled(has_images and self._choice.is_good)

    def _on_go(self) -> None:
        if self._found is not None:
            self.confirmed.emit(self._choice.name, self._found.images)
        self.accept()

    def _on_select(self) -> None:
        if self._found is not None:
            self.selection_requested.emit(self._found.images)
        self.accept()
