"""What the user does to labels: keys, drags, drops and the sidebar become edits and uploads."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect

from cloudanno_desktop import log
from cloudanno_desktop.bucket.cost import estimate_upload
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.labels.folder_question import FolderQuestion
from cloudanno_desktop.gui.labels.tag_picker import TagPicker
from cloudanno_desktop.gui.project.conflict_controller import ConflictController
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.transfer_controller import TransferController
from cloudanno_desktop.labels.edits.assign import (
    Assign,
    ClearLabels,
    CreateLabel,
    Edit,
    SetLabels,
    Unassign,
)
from cloudanno_desktop.labels.edits.properties import RecolorLabel, RenameLabel
from cloudanno_desktop.project_keys import is_image_key
from cloudanno_desktop.projects.uploads import labels_of_uploads
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.transfers.plan import plan_uploads, upload_specs

Ids = NDArray[np.int32]


class LabelController(QObject):
    def __init__(
        self,
        session: EditSession,
        transfers: TransferController,
        conflict_controller: ConflictController,
        views: ProjectViews,
    ) -> None:
        super().__init__(session)
        self._session = session
        self._conflict_controller = conflict_controller
        self._transfers = transfers
        self._views = views
        self._connect()

    @handles(Action.CLEAR_LABELS)
    def clear_labels(self) -> None:
        self._session.pending.when_shown(self._clear_labels)

    @handles(Action.GIVE_LABEL)
    def give_label(self) -> None:
        label_id, ids = self._views.sidebar.current_label(), self._views.grid.selected_ids()
        if label_id and len(ids):
            self._assign(label_id, ids)

    @handles(Action.PICK_LABEL)
    def pick_label(self) -> None:
        if self._views.grid.selected_count:
            over = self._views.front(self._views.grid)
            picker = TagPicker(self._session.labels(), self._session.name_problem, over)
            picker.label_picked.connect(self._on_label_picked)
            picker.new_label_picked.connect(self._on_new_label_picked)
            grid = self._views.grid
            picture = grid.cell_rect(grid.selection.current) if over is grid else QRect()
            picker.open_over(over, picture)

    def toggle(self, label_id: str, ids: Ids) -> None:
        """Give all images a label, or take it away if all of them carry it."""

        def make(workspace: Workspace) -> Edit | None:
            if not len(ids):
                return None
            carried = {row.label.id: row.images for row in workspace.labels.labels_among(ids)}
            if carried.get(label_id) == len(ids):
                return Unassign((label_id,), ids)
            return Assign((label_id,), ids)

        self._session.label(ids, make)

    def upload(self, paths: Sequence[Path], label_id: str = "") -> None:
        names = {row.label.id: row.label.name for row in self._session.labels()}
        self._transfers.upload(paths, label_id, names.get(label_id, ""))

    def _connect(self) -> None:
        sidebar, grid = self._views.sidebar, self._views.grid
        sidebar.label_requested.connect(self._on_label_requested)
        sidebar.rename_requested.connect(self._on_rename_requested)
        sidebar.recolor_requested.connect(self._on_recolor_requested)
        sidebar.removal_requested.connect(self._on_removal_requested)
        sidebar.images_dropped.connect(self._on_images_dropped)
        sidebar.files_dropped.connect(self._on_files_on_label)
        sidebar.folders_dropped.connect(self._on_folders_dropped)
        grid.files_dropped.connect(self._on_files_dropped)
        grid.label_dropped.connect(self._on_label_dropped)
        self._views.window.actions_set.digit_pressed.connect(self._on_digit)
        self._transfers.labels_due.connect(partial(self._session.edit, labels_of_uploads))
        self._transfers.images_changed.connect(self._on_images_changed)

    def _on_digit(self, position: int) -> None:
        row = self._views.sidebar.label_at(position)
        if row is not None and self._conflict_controller.is_active:
            self._conflict_controller.resolve(row.label.id)
        elif row is not None:
            label_id = row.label.id
            self._session.pending.when_shown(lambda: self._toggle(label_id))

    def _toggle(self, label_id: str) -> None:
        self.toggle(label_id, self._views.grid.selected_ids())

    def _clear_labels(self) -> None:
        ids = self._views.grid.selected_ids()
        if len(ids):
            self._session.edit(lambda _workspace: ClearLabels(ids))

    def _assign(self, label_id: str, ids: Ids, *, replaces: bool = False) -> None:
        """Give images a label; in a multi-label project it may replace all others."""

        def make(workspace: Workspace) -> Edit:
            if replaces and workspace.labels.project.multi_label:
                return SetLabels(ids, (label_id,))
            return Assign((label_id,), ids)

        self._session.label(ids, make)

    def _on_label_picked(self, label_id: str) -> None:
        self._assign(label_id, self._views.grid.selected_ids())

    def _on_new_label_picked(self, name: str) -> None:
        self._session.assign_new_label(name, self._views.grid.selected_ids())

    def _on_label_requested(self, name: str) -> None:
        self._session.edit(lambda _workspace: CreateLabel(name))

    def _on_rename_requested(self, label_id: str, name: str) -> None:
        self._session.edit(lambda _workspace: RenameLabel(label_id, name))

    def _on_recolor_requested(self, label_id: str, color: str) -> None:
        self._session.edit(lambda _workspace: RecolorLabel(label_id, color))

    def _on_removal_requested(self, label_id: str) -> None:
        ids = self._views.grid.selected_ids()
        self._session.edit(lambda _workspace: Unassign((label_id,), ids))

    def _on_images_dropped(self, label_id: str, ids: Ids, has_ctrl: bool) -> None:
        self._assign(label_id, ids, replaces=has_ctrl)

    def _on_label_dropped(self, label_id: str, ids: Ids) -> None:
        self._assign(label_id, ids)

    def _on_files_dropped(self, paths: Sequence[Path]) -> None:
        self.upload(paths, self._views.sidebar.selected_label())

    def _on_files_on_label(self, label_id: str, paths: Sequence[Path]) -> None:
        self.upload(paths, label_id)

    def _on_folders_dropped(self, paths: Sequence[Path]) -> None:
        question = FolderQuestion(paths, self._views.window)
        question.labels_requested.connect(self._upload_folders)
        question.upload_requested.connect(self.upload)
        question.open()
        if not self._session.workspace.address.is_folder:
            show = partial(self._report, question)
            self._session.look(lambda _workspace: _usage_of(paths), show, question)

    def _report(self, question: FolderQuestion, usage: Usage) -> None:
        question.show_cost(self._views.window.status.cost.sentence(usage))

    def _upload_folders(self, folders: Sequence[Path]) -> None:
        def upload(folder: Path) -> None:
            label = self._session.workspace.labels.label_named(folder.name)
            self.upload([folder], label.id)

        for folder in folders:
            self._session.with_label(folder.name, partial(upload, folder))

    def _on_images_changed(self) -> None:
        self._session.count(self._session.labels_changed.emit)


def _usage_of(paths: Sequence[Path]) -> Usage:
    """Return what uploading takes; nothing where a file cannot be read: the upload reports it."""
    with log.passing_over(CloudAnnoError):
        plan = plan_uploads(paths, accept=is_image_key)
        return estimate_upload([spec.size for spec in upload_specs(plan.uploads, lambda _item: ())])
    return Usage()
