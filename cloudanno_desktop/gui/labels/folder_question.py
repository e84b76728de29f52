"""The question after folders were dropped beside the labels: a label for each, or only upload."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from cloudanno_desktop.natural_order import natural_key
from cloudanno_desktop.project_keys import is_leftover

SHOWN_NAMES = 6


class FolderQuestion(QMessageBox):
    """Asks whether each dropped folder becomes a label."""

    labels_requested = Signal(object)  # the folders; each becomes a label
    upload_requested = Signal(object)  # all paths; no label

    def __init__(self, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Upload folders"))
        self._paths = paths
        self._folders = _label_folders(paths)
        self._build()

    def show_cost(self, cost: str) -> None:
        parts = (self.informativeText(), cost)
        self.setInformativeText("\n".join(part for part in parts if part))

    def _build(self) -> None:
        if self._folders:
            names = ", ".join(f"“{folder.name}”" for folder in self._folders[:SHOWN_NAMES])
            more = "…" if len(self._folders) > SHOWN_NAMES else ""
            self.setText(self.tr("Create a label for each folder?"))
            self.setInformativeText(names + more)
            labels = self.addButton(
                self.tr("%n label(s)", "", len(self._folders)), QMessageBox.ButtonRole.AcceptRole
            )
            labels.clicked.connect(lambda: self.labels_requested.emit(self._folders))
        else:
            self.setText(self.tr("Upload these files without a label?"))
        plain = self.addButton(self.tr("Without labels"), QMessageBox.ButtonRole.ActionRole)
        plain.clicked.connect(lambda: self.upload_requested.emit(self._paths))
        self.addButton(QMessageBox.StandardButton.Cancel)


def _label_folders(paths: Sequence[Path]) -> list[Path]:
    """Return the folders, or the folders inside a single one that holds only folders."""
    folders = _folders_in(paths)
    return (len(folders) == 1 and _folders_in(folders[0].iterdir())) or folders


def _folders_in(paths: Iterable[Path]) -> list[Path]:
    found = [path for path in paths if path.is_dir() and not is_leftover(f"{path.name}/")]
    return sorted(found, key=lambda path: natural_key(path.name))


class SingleQuestion(QMessageBox):
    """Asks before a project with pictures of several labels goes back to one label each."""

    confirmed = Signal()  # each keeps the first label of the list
    show_requested = Signal()  # see these pictures first

    def __init__(self, images: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("One label per picture"))
        self.setText(self.tr("%n picture(s) with more than one label.", "", images))
        self.setInformativeText(
            self.tr(
                "Each keeps the one that stands first in the list of labels; the others are "
                "taken from it. Undo brings them back once several labels are allowed again."
            )
        )
        keep = self.addButton(self.tr("Keep the first label"), QMessageBox.ButtonRole.AcceptRole)
        keep.clicked.connect(self.confirmed)
        show = self.addButton(self.tr("Show the pictures"), QMessageBox.ButtonRole.ActionRole)
        show.clicked.connect(self.show_requested)
        self.addButton(QMessageBox.StandardButton.Cancel)
