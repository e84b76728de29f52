"""The question what to do where the history of labels is no longer in the bucket."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget


class LostQuestion(QMessageBox):
    """The choice; closing it decides nothing."""

    resend_requested = Signal()  # send the history again
    anew_requested = Signal()  # only what the bucket holds counts

    def __init__(self, sentence: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("The history is gone"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(sentence)
        self.setInformativeText(
            self.tr("Starting over discards labels on this computer that are not in the bucket.")
        )
        roles = QMessageBox.ButtonRole
        resend = self.addButton(self.tr("&Send my history again"), roles.AcceptRole)
        anew = self.addButton(self.tr("Start &over"), roles.DestructiveRole)
        self.setEscapeButton(self.addButton(QMessageBox.StandardButton.Cancel))
        self.setDefaultButton(resend)
        resend.clicked.connect(self.resend_requested)
        anew.clicked.connect(self.anew_requested)
