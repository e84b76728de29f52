"""Rare acts on labels: merge, split, order, delete, by folder, by a list, rules for names."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.labels.delete_dialog import DeleteLabelDialog
from cloudanno_desktop.gui.labels.folder_labels_dialog import FolderLabelsDialog
from cloudanno_desktop.gui.labels.folder_question import SingleQuestion
from cloudanno_desktop.gui.labels.merge_dialog import MergeDialog, MergeQuestion
from cloudanno_desktop.gui.labels.paste_dialog import PasteDialog
from cloudanno_desktop.gui.labels.rules_dialog import RulesDialog
from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel
from cloudanno_desktop.gui.labels.split_dialog import SplitDialog
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.sync_controller import SyncController
from cloudanno_desktop.gui.project.trash_controller import TrashController
from cloudanno_desktop.labels.edits.assign import DeleteLabel, Edit, MergeLabels
from cloudanno_desktop.labels.edits.by_folder import FolderLabel, label_by_folder, plan_folders
from cloudanno_desktop.labels.edits.delete_label import (
    DeleteLabelAndImages,
    DeleteMode,
    DeletionScope,
    reach_of,
)
from cloudanno_desktop.labels.edits.properties import MarkNegative, reorder
from cloudanno_desktop.labels.edits.relabel import AssignNamed, KeepFirstLabel, SplitLabel
from cloudanno_desktop.labels.label import LabelCount
from cloudanno_desktop.labels.match_list import match_keys
from cloudanno_desktop.labels.naming_rules import RuleProfile
from cloudanno_desktop.projects.workspace import Workspace

Ids = NDArray[np.int32]


class LabelAdmin(QObject):
    def __init__(
        self,
        session: EditSession,
        sync_controller: SyncController,
        trash_controller: TrashController,
        views: ProjectViews,
        say: Say,
    ) -> None:
        super().__init__(session)
        self._session = session
        self._sync_controller = sync_controller
        self._trash_controller = trash_controller
        self._views = views
        self._say = say
        self._has_offered = False
        sidebar = views.sidebar
        sidebar.merge_requested.connect(self._on_merge_requested)
        sidebar.move_requested.connect(self._on_move_requested)
        sidebar.deletion_requested.connect(self._on_deletion_requested)
        session.labels_changed.connect(self._show_multi_label)
        self._show_multi_label()

    @handles(Action.MULTI_LABEL)
    def _toggle_multi_label(self) -> None:
        if self._views.window.actions_set[Action.MULTI_LABEL].isChecked():
            self._use_multi_label(is_on=True)
        else:
            self._ask_single()

    def _show_multi_label(self) -> None:
        action = self._views.window.actions_set[Action.MULTI_LABEL]
        action.setChecked(self._session.workspace.labels.project.multi_label)

    def _use_multi_label(self, *, is_on: bool) -> None:
        def failed(error: CloudAnnoError) -> None:
            self._show_multi_label()
            self._say(Message(Level.ERROR, str(error)))

        self._sync_controller.use_multi_label(failed, multi_label=is_on)

    def _ask_single(self) -> None:
        def look(workspace: Workspace) -> Ids:
            return workspace.labels.multi_labeled_ids()

        use_single = partial(self._use_multi_label, is_on=False)

        def ask(ids: Ids) -> None:
            if not len(ids):
                use_single()
                return
            question = SingleQuestion(len(ids), self._views.window)
            question.confirmed.connect(
                lambda: self._session.edit(lambda _w: KeepFirstLabel(), use_single)
            )
            question.show_requested.connect(lambda: self._show(ids))
            question.finished.connect(lambda _result: self._show_multi_label())
            question.open()

        self._session.look(look, ask)

    def _row(self, label_id: str) -> LabelCount | None:
        return next((row for row in self._session.labels() if row.label.id == label_id), None)

    def _current(self) -> LabelCount | None:
        return self._row(self._views.sidebar.current_label())

    @handles(Action.MERGE_LABEL)
    def _ask_merge(self) -> None:
        merged = self._current()
        others = [row for row in self._session.labels() if row != merged]
        if merged is None or not others:
            return
        dialog = MergeDialog(merged, others, self._views.window)
        dialog.chosen.connect(lambda into: self._merge(merged.label.id, into))
        dialog.open()

    def _on_merge_requested(self, label_id: str, into_id: str) -> None:
        merged, into = self._row(label_id), self._row(into_id)
        if merged is None or into is None:
            return
        if not merged.images:
            self._merge(label_id, into_id)
            return
        question = MergeQuestion(merged, into, self._views.window)
        question.confirmed.connect(lambda: self._merge(label_id, into_id))
        question.open()

    def _merge(self, label_id: str, into_id: str) -> None:
        self._session.edit(lambda _workspace: MergeLabels(label_id, into_id))

    def _on_move_requested(self, label_id: str, row: int) -> None:
        def make(workspace: Workspace) -> Edit | None:
            labels = workspace.labels.catalog.shown
            known = any(label.id == label_id for label in labels)
            return reorder(labels, label_id, row) if known else None

        self._session.edit(make)

    @handles(Action.NEGATIVE_LABEL)
    def _toggle_negative(self) -> None:
        row = self._current()
        if row is not None:
            label_id, is_negative = row.label.id, not row.label.negative
            self._session.edit(lambda _workspace: MarkNegative(label_id, is_negative))

    def _on_deletion_requested(self, label_id: str) -> None:
        row = self._row(label_id)
        if row is None:
            return
        name = row.label.name

        def ask(reach: DeletionScope) -> None:
            if not reach.carriers:
                self._delete(label_id, reach, DeleteMode.LABEL)
                return
            trash = self._trash_controller.uses_trash
            dialog = DeleteLabelDialog(name, reach, self._views.window, uses_trash=trash)
            dialog.confirmed.connect(lambda mode: self._delete(label_id, reach, mode))
            dialog.open()

        self._session.look(lambda workspace: reach_of(workspace.labels, label_id), ask)

    def _delete(self, label_id: str, reach: DeletionScope, mode: DeleteMode) -> None:
        if mode is DeleteMode.IMAGES:
            self._session.edit(lambda _workspace: DeleteLabelAndImages(label_id))
            return
        if mode is DeleteMode.FILES:
            self._trash_controller.delete(reach.only)  # reads the labels before the next edit
        self._session.edit(lambda _workspace: DeleteLabel(label_id))

    @handles(Action.SPLIT_LABEL)
    def _ask_split(self) -> None:
        ids = self._views.grid.selected_ids()

        def ask(carried: list[SelectedLabel]) -> None:
            if not carried:
                return
            labels = self._session.labels()
            over = self._views.front(self._views.window)
            dialog = SplitDialog(carried, labels, self._session.name_problem, over)
            dialog.chosen.connect(
                lambda old, name: self._session.edit(lambda _w: SplitLabel(old, ids, name))
            )
            dialog.open()

        if len(ids):
            self._session.describe(ids, ask)

    def offer_folders(self) -> None:
        """Offer *Label by folder* once where nothing is labeled and pictures lie in folders."""

        def look(workspace: Workspace) -> int:
            folders = [folder for folder in workspace.index.folders(3) if folder]  # not the root
            return 0 if workspace.labels.labels() else len(folders)

        def offer(folders: int) -> None:
            if folders > 1:
                text = self.tr("Are the names of your folders labels?")
                by_folder = self.tr("Label by folder…")
                self._say(Message(Level.INFO, text, action=by_folder, act=self._ask_folders))

        if not self._has_offered:
            self._has_offered = True
            self._session.look(look, offer)

    @handles(Action.LABEL_BY_FOLDER)
    def _ask_folders(self) -> None:
        dialog = FolderLabelsDialog(self._views.window)

        def plan(only_unlabeled: bool) -> None:
            def look(workspace: Workspace) -> list[FolderLabel]:
                ids = workspace.labels.image_ids()
                if only_unlabeled:
                    ids = np.setdiff1d(ids, workspace.labels.labeled_ids(), assume_unique=True)
                return plan_folders(workspace.index, workspace.labels, ids)

            self._session.look(look, dialog.show_plan, dialog)

        def confirmed(chosen: Sequence[FolderLabel]) -> None:
            self._session.edit(lambda _workspace: label_by_folder(chosen))

        dialog.plan_requested.connect(plan)
        dialog.confirmed.connect(confirmed)
        dialog.open()
        plan(only_unlabeled=True)

    @handles(Action.PASTE_KEYS)
    def _ask_list(self) -> None:
        dialog = PasteDialog(self._session.labels(), self._session.name_problem, self._views.window)

        def match(text: str) -> None:
            self._session.look(
                lambda w: match_keys(w.index, text, w.labels.image_ids()), dialog.show_match, dialog
            )

        dialog.match_requested.connect(match)
        dialog.confirmed.connect(
            lambda name, ids: self._session.edit(lambda _w: AssignNamed({name: ids}))
        )
        dialog.selection_requested.connect(self._show)
        dialog.open()

    def _show(self, ids: Ids) -> None:
        self._views.window.set_filter("")
        self._views.images.show_tab(0)
        self._views.grid.select_ids(ids)

    @handles(Action.LABEL_RULES)
    def _ask_rules(self) -> None:
        settings = self._session.workspace.labels.project
        names = [row.label.name for row in self._session.labels()]
        dialog = RulesDialog(settings, names, self._views.window)

        def chosen(profile: RuleProfile, pattern: str) -> None:
            self._sync_controller.use_rules(profile, pattern)

        dialog.chosen.connect(chosen)
        dialog.open()
