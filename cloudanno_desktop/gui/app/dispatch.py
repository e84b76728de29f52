"""The actions that need an open project, carried out."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.cost import estimate_download
from cloudanno_desktop.bucket.errors import DeleteFailure, Unreachable
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.messages import Level, Message
from cloudanno_desktop.gui.common.tasks import Lane, Task
from cloudanno_desktop.gui.project.edit_texts import UndoState, edit_text
from cloudanno_desktop.gui.project.grid_controller import Views
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.gui.project.train_controller import Modelling
from cloudanno_desktop.gui.window.images_page import Tab
from cloudanno_desktop.index.image_index import ImageRow

SEVERAL = "several_labels"
SIDEBAR_ACTIONS = ("rename_label", "recolor_label", "delete_label", "label_up", "label_down")
PARTS = {"show_browser": "browser", "show_labels": "labels", "show_drawer": "drawer"}


class Commands(QObject):
    """Carries out actions by their id.

    Signals:
        said: a ``Message`` for the person.
    """

    said = Signal(object)

    def __init__(self, project: Project, modelling: Modelling, views: Views) -> None:
        super().__init__()
        self._project = project
        self._modelling = modelling
        self._views = views
        self._handlers = {**self._project_handlers(), **self._view_handlers()}
        project.session.labels_changed.connect(self._show_several)
        project.saving.undeleted.connect(self._tell_undeleted)
        project.trashing.postponed.connect(self._on_deletion_postponed)
        self._show_several()
        project.managing.single_wanted.connect(self._use_single)
        project.managing.single_refused.connect(self._show_several)
        self._handlers |= project.managing.handlers() | project.marking.handlers()
        self._handlers |= project.remembering.handlers()

    def add(self, handlers: dict[str, Callable[[], object]]) -> None:
        """Let others carry out more actions."""
        self._handlers |= handlers

    def do(self, action_id: str) -> None:
        """Carry out one action."""
        self._handlers[action_id]()

    def show_undo(self, state: UndoState) -> None:
        """Show on the actions what undo and redo would do."""
        actions = self._views.window.actions_set
        for name, word, text in (
            ("undo", self.tr("Undo"), edit_text(state.undo_text)),
            ("redo", self.tr("Redo"), edit_text(state.redo_text)),
        ):
            actions[name].setEnabled(bool(text))
            actions[name].setText(f"{word}: {text}" if text else word)

    def _project_handlers(self) -> dict[str, Callable[[], object]]:
        session, labeling = self._project.session, self._project.labeling
        return {
            "upload": self._ask_files,
            "upload_folder": self._ask_folder,
            "download": self._ask_download,
            "refresh": self._project.refresh,
            "keep_offline": self._ask_offline,
            "trash": self._project.trashing.open,
            "undo": session.undo,
            "redo": session.redo,
            "delete_images": self._ask_deletion,
            "pick_label": labeling.pick_label,
            "clear_labels": labeling.clear_labels,
            SEVERAL: self._toggle_several,
            "next_unlabeled": self._project.showing.go_to_next_unlabeled,
            "train": self._modelling.ask_train,
            "results": self._modelling.show_results,
            "publish": self._modelling.ask_publish,
        }

    def _view_handlers(self) -> dict[str, Callable[[], object]]:
        views = self._views
        handlers: dict[str, Callable[[], object]] = {
            "select_all": views.grid.select_all,
            "select_none": views.grid.clear_selection,
            "find": views.window.focus_filter,
            "new_label": views.sidebar.start_new_label,
            "quick_look": lambda: views.grid.quick_look_requested.emit(views.grid.current_id),
            "larger": lambda: views.images.change_size(1),
            "smaller": lambda: views.images.change_size(-1),
            "tab_all": lambda: views.images.show_tab(Tab.ALL),
            "tab_unlabeled": lambda: views.images.show_tab(Tab.UNLABELED),
            "tab_labeled": lambda: views.images.show_tab(Tab.LABELED),
            "tab_conflicts": lambda: views.images.show_tab(Tab.CONFLICTS),
        }
        for name in SIDEBAR_ACTIONS:
            handlers[name] = partial(views.sidebar.act, name)
        for name in PARTS:
            handlers[name] = partial(self._toggle_part, name)
        return handlers

    def _show_several(self) -> None:
        action = self._views.window.actions_set[SEVERAL]
        action.setChecked(self._project.workspace.labels.project.multi_label)

    def _toggle_several(self) -> None:
        if self._views.window.actions_set[SEVERAL].isChecked():
            self._project.saving.use_multi_label(self._on_several_refused, multi_label=True)
        else:
            self._project.managing.ask_single()

    def _use_single(self) -> None:
        self._project.saving.use_multi_label(self._on_several_refused, multi_label=False)

    def _on_several_refused(self, error: CloudAnnoError) -> None:
        self._show_several()
        self.said.emit(Message(Level.ERROR, str(error)))

    def _toggle_part(self, action_id: str) -> None:
        is_shown = self._views.window.actions_set[action_id].isChecked()
        self._views.window.show_part(PARTS[action_id], is_shown=is_shown)

    def _ask_offline(self) -> None:
        if self._project.workspace.address.is_folder:
            text = self.tr("This project is a folder on this computer: it is here already.")
            self.said.emit(Message(Level.INFO, text))
        else:
            self._project.keeping.ask(self._views.window, self._fetching_cost)

    def keep_offline(self, address: ProjectAddress) -> bool:
        """Ask to keep a place offline; say whether it lies in the open project."""
        own = self._project.workspace.address
        is_inside = (own.bucket_name, own.endpoint) == (address.bucket_name, address.endpoint)
        if own.is_folder or not is_inside or not address.prefix.startswith(own.prefix):
            return False
        prefix = address.prefix.removeprefix(own.prefix)
        self._project.keeping.ask(self._views.window, self._fetching_cost, prefix)
        return True

    def _ask_files(self) -> None:
        dialog = QFileDialog(self._views.window, self.tr("Upload pictures"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._upload)
        self._open(dialog)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self._views.window, self.tr("Upload a folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.filesSelected.connect(self._upload)
        self._open(dialog)

    def _ask_download(self) -> None:
        if not self._views.grid.selected_count:
            text = self.tr("Select the pictures to download first.")
            self.said.emit(Message(Level.INFO, text))
            return
        dialog = QFileDialog(self._views.window, self._download_title())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._download)
        self._open(dialog)

    def _download_title(self) -> str:
        title = self.tr("Download into a folder")
        if self._project.workspace.address.is_folder:
            return title
        sizes = [row.size for row in self._selected_rows()]
        return f"{title} – {self._fetching_cost(len(sizes), sum(sizes))}"

    def _fetching_cost(self, images: int, size: int) -> str:
        return self._views.window.status.cost.sentence(estimate_download(images, size))

    def _open(self, dialog: QFileDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _upload(self, names: list[str]) -> None:
        label_id = self._views.sidebar.current_label()
        self._project.labeling.upload([Path(name) for name in names], label_id)

    def _download(self, folder: str) -> None:
        self._project.transfers.download(self._selected_keys(), Path(folder))

    def _selected_keys(self) -> list[str]:
        return [row.key for row in self._selected_rows()]

    def _selected_rows(self) -> list[ImageRow]:
        ids = self._views.grid.selected_ids().tolist()
        return self._project.workspace.index.rows(ids)

    def _ask_deletion(self) -> None:
        count = self._views.grid.selected_count
        if not count:
            return
        box = QMessageBox(self._views.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Delete pictures"))
        box.setText(self.tr("Delete %n picture(s) from the bucket?", "", count))
        note = self.tr("This cannot be undone.")
        if self._project.trashing.uses_trash:
            note = self.tr("They go to the trash and can be restored from there.")
        if not self._project.connectivity.is_online:
            later = self.tr("It is done in the bucket when the storage can be reached again.")
            note = f"{note} {later}"
        box.setInformativeText(note)
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        delete.clicked.connect(self._delete_selected)
        box.open()

    def _delete_selected(self) -> None:
        ids = self._views.grid.selected_ids().tolist()
        uses_trash = self._project.trashing.uses_trash
        if not self._project.connectivity.is_online:
            self._delete_later(ids, into_trash=uses_trash)
            return
        if uses_trash:
            self._project.trashing.delete(self._views.grid.selected_ids())
            return
        keys = self._selected_keys()
        bucket = self._project.workspace.bucket

        def done(failures: list[DeleteFailure]) -> None:
            self._project.traffic.scan()
            if failures:
                self._tell_undeleted(failures)

        def failed(error: CloudAnnoError) -> None:
            if isinstance(error, Unreachable):
                self._project.connectivity.note_silence()
                self._delete_later(ids, into_trash=False)
            else:
                self.said.emit(Message(Level.ERROR, str(error)))

        self._project.run(Task(self, lambda _task: bucket.delete(keys), done, failed))

    def _on_deletion_postponed(self, ids: NDArray[np.int32]) -> None:
        self._project.connectivity.note_silence()
        self._delete_later(ids.tolist(), into_trash=self._project.trashing.uses_trash)

    def _delete_later(self, ids: list[int], *, into_trash: bool) -> None:
        deletions = self._project.workspace.deletions

        def done(_nothing: object) -> None:
            self._project.showing.show_images()
            self._project.saving.note_edit()

        def work(_task: Task) -> None:
            deletions.add(ids, into_trash=into_trash)

        self._project.run(Task(self, work, done, lane=Lane.DATABASE))

    def _tell_undeleted(self, failures: list[DeleteFailure]) -> None:
        lines = "\n".join(f"{f.key}\n    {f.reason}" for f in failures)
        text = self.tr("%n picture(s) could not be deleted.", "", len(failures))
        self.said.emit(Message(Level.ERROR, text, lines))
        self._project.showing.show_images()
