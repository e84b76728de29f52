"""The question about the name of a different file: keep both, overwrite it, or skip."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QMessageBox, QWidget

from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.media_messages.commands import ResolveExisting
from cloudanno_desktop.transfers.model import Asked, BatchStatus, Existing, Question


class ExistingQuestion(QMessageBox):
    """Identical files never raise the question."""

    replied = Signal(object)  # ResolveExisting

    def __init__(self, batch: BatchStatus, asked: Asked, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("The name is taken"))
        self._batch = batch.id
        self._transfer = asked.transfer_id
        self.setTextFormat(Qt.TextFormat.PlainText)
        text = self.tr("A different “%1” already exists.")
        self.setText(text.replace("%1", asked.question.name))
        self.setInformativeText(self._facts(asked.question))
        text = self.tr("Apply to &all files of “%1”").replace("%1", batch.title.replace("&", "&&"))
        self._for_all = QCheckBox(text)
        self.setCheckBox(self._for_all)
        self._build()

    def _build(self) -> None:
        roles = QMessageBox.ButtonRole
        keep = self.addButton(self.tr("&Keep both"), roles.AcceptRole)
        skip = self.addButton(self.tr("&Skip"), roles.RejectRole)
        over = self.addButton(self.tr("&Overwrite"), roles.DestructiveRole)
        keep.setToolTip(self.tr("The new file gets a number"))
        skip.setToolTip(self.tr("Leave the existing file"))
        over.setToolTip(self.tr("The existing file is lost"))
        keep.clicked.connect(lambda: self._reply(Existing.RENAME))
        skip.clicked.connect(lambda: self._reply(Existing.SKIP))
        over.clicked.connect(lambda: self._reply(Existing.OVERWRITE))
        self.setDefaultButton(keep)
        self.setEscapeButton(skip)

    def _facts(self, question: Question) -> str:
        new = self._fact(question.size, question.modified)
        other = self._fact(question.other_size, question.other_modified)
        text = self.tr("New: %1\nExisting: %2")
        return text.replace("%1", new).replace("%2", other)

    def _fact(self, size: int, modified: datetime | None) -> str:
        if modified is None:
            return shown_bytes(size)
        return f"{shown_bytes(size)}, {modified.astimezone():%Y-%m-%d %H:%M}"

    def _reply(self, existing: Existing) -> None:
        for_all = self._for_all.isChecked()
        self.replied.emit(ResolveExisting(self._batch, self._transfer, existing, for_all=for_all))
