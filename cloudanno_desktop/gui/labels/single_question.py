"""The question before pictures with several labels keep only one of them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget


class SingleQuestion(QMessageBox):
    """Says how many pictures carry several labels and what would happen to them.

    Signals:
        confirmed: each shall keep the first label of the list.
        show_wanted: the person wants to see these pictures first.
    """

    confirmed = Signal()
    show_wanted = Signal()

    def __init__(self, images: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("One label per picture"))
        self.setText(self.tr("%n picture(s) carry several labels.", "", images))
        self.setInformativeText(
            self.tr(
                "Each keeps the one that stands first in the list of labels; the others are "
                "taken from it. Undo brings them back once several labels are allowed again."
            )
        )
        keep = self.addButton(self.tr("Keep the first label"), QMessageBox.ButtonRole.AcceptRole)
        keep.clicked.connect(self.confirmed)
        show = self.addButton(self.tr("Show the pictures"), QMessageBox.ButtonRole.ActionRole)
        show.clicked.connect(self.show_wanted)
        self.addButton(QMessageBox.StandardButton.Cancel)
