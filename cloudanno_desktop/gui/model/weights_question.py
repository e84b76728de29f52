"""The question when the pretrained weights are missing: use a file, or train without."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


class WeightsQuestion(QMessageBox):
    file_requested = Signal()
    chosen = Signal(str)  # ``none``, to train without

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Pretrained weights"))
        self.setText(self.tr("The pretrained weights are not on this computer."))
        self.setInformativeText(
            self.tr(
                "They could not be downloaded either. Choose a weights file, or train without "
                "one, which is less accurate."
            )
        )
        file = self.addButton(self.tr("Choose a file…"), QMessageBox.ButtonRole.AcceptRole)
        file.clicked.connect(self.file_requested)
        none = self.addButton(self.tr("Train without"), QMessageBox.ButtonRole.ActionRole)
        none.clicked.connect(lambda: self.chosen.emit("none"))
        self.addButton(QMessageBox.StandardButton.Cancel)


def ask_weights(window: QWidget | None, take: Callable[[str], None]) -> None:
    title = QCoreApplication.translate("WeightsQuestion", "Choose a weights file")
    kinds = QCoreApplication.translate("WeightsQuestion", "Keras weights (*.h5 *.keras)")
    dialog = QFileDialog(window, title, "", kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(take)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
