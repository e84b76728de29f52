"""Upload, download and keep offline: ask which files or folders, then hand over the transfer."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.cost import estimate_download
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.project_keys import IMAGE_SUFFIXES


class FileActions(QObject):
    def __init__(self, project: Project, views: ProjectViews, say: Say) -> None:
        super().__init__(project)
        self._project = project
        self._views = views
        self._say = say

    @handles(Action.UPLOAD)
    def ask_files(self) -> None:
        self._ask_files(self._views.sidebar.selected_label())

    @handles(Action.UPLOAD_UNLABELED)
    def ask_unlabeled_files(self) -> None:
        self._ask_files("")

    @handles(Action.UPLOAD_FOLDER)
    def ask_folder(self) -> None:
        label_id = self._views.sidebar.selected_label()
        title = self._titled(self.tr("Upload a folder"), label_id)
        dialog = self._ask(title, partial(self._upload, label_id))
        self._name_button(dialog, label_id)

    @handles(Action.DOWNLOAD)
    def ask_target(self) -> None:
        if not self._views.grid.selected_count:
            text = self.tr("Select the pictures to download first.")
            self._say(Message(Level.INFO, text))
        else:
            self._ask(self._download_title(), self._download)

    @handles(Action.KEEP_OFFLINE)
    def ask_offline(self) -> None:
        if self._project.workspace.address.is_folder:
            text = self.tr("This project is a folder on this computer, so it is always available.")
            self._say(Message(Level.INFO, text))
        else:
            self._project.transfers.offline.ask(self._views.window, self._download_cost)

    def keep_offline(self, address: ProjectAddress) -> bool:
        """Ask to keep a place offline; return whether it lies in the open project."""
        own = self._project.workspace.address
        is_inside = (own.bucket_name, own.endpoint) == (address.bucket_name, address.endpoint)
        if own.is_folder or not is_inside or not address.prefix.startswith(own.prefix):
            return False
        prefix = address.prefix.removeprefix(own.prefix)
        self._project.transfers.offline.ask(self._views.window, self._download_cost, prefix)
        return True

    def _ask(
        self,
        title: str,
        chosen: Callable[[list[str]], None],
        mode: QFileDialog.FileMode = QFileDialog.FileMode.Directory,
    ) -> QFileDialog:
        dialog = QFileDialog(self._views.window, title, fileMode=mode)
        dialog.filesSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _download_title(self) -> str:
        title = self.tr("Download into a folder")
        if self._project.workspace.address.is_folder:
            return title
        sizes = [row.size for row in self._selected_rows()]
        return f"{title} – {self._download_cost(len(sizes), sum(sizes))}"

    def _download_cost(self, images: int, size: int) -> str:
        return self._views.window.status.cost.sentence(estimate_download(images, size))

    def _ask_files(self, label_id: str) -> None:
        title = self._titled(self.tr("Upload pictures"), label_id)
        dialog = self._ask(
            title, partial(self._upload, label_id), QFileDialog.FileMode.ExistingFiles
        )
        self._name_button(dialog, label_id)
        suffixes = " ".join(f"*.{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        dialog.setNameFilters([f"{self.tr('Pictures')} ({suffixes})", self.tr("All files (*)")])

    def _name_button(self, dialog: QFileDialog, label_id: str) -> None:
        text = self._titled(self.tr("Upload"), label_id).replace("&", "&&")
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, text)

    def _titled(self, title: str, label_id: str) -> str:
        """Say in a title which label the files will get."""
        if not label_id:
            return title
        name = self._project.workspace.labels.catalog.rows[label_id].label.name
        return self.tr("%1 as “%2”").replace("%1", title).replace("%2", name)

    def _upload(self, label_id: str, names: list[str]) -> None:
        self._project.labels.label_controller.upload([Path(name) for name in names], label_id)

    def _download(self, folders: list[str]) -> None:
        keys = [row.key for row in self._selected_rows()]
        self._project.transfers.queue.download(keys, Path(folders[0]))

    def _selected_rows(self) -> list[ImageRow]:
        return self._project.workspace.index.rows(self._views.grid.selected_ids())
