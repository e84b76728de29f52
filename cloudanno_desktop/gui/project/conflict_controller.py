"""Conflicts of an open project: what the bar over them offers and does."""

import numpy as np
from PySide6.QtCore import QObject

from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.window.images_page import ImagesTab
from cloudanno_desktop.labels.edits.assign import ClearLabels, CompositeEdit, Edit
from cloudanno_desktop.labels.edits.confirm import KeepLabels
from cloudanno_desktop.labels.edits.resolve_conflict import ResolveConflict
from cloudanno_desktop.labels.moved_outside import renamed
from cloudanno_desktop.projects.workspace import Workspace


class ConflictController(QObject):
    def __init__(self, session: EditSession, views: ProjectViews) -> None:
        super().__init__(session)
        self._session = session
        self._views = views
        views.images.conflict_bar.resolve_requested.connect(self.resolve)
        views.images.conflict_bar.keep_requested.connect(self._keep_all)
        views.images.conflict_bar.keep_changed_requested.connect(self._keep_changed)
        views.images.conflict_bar.drop_changed_requested.connect(self._drop_changed)
        views.images.conflict_bar.label_renamed_requested.connect(self._label_renamed)
        views.grid.selection_changed.connect(self.show_choice)
        session.images_selected.connect(self.show_choice)

    @property
    def is_active(self) -> bool:
        return self._views.images.tab is ImagesTab.CONFLICTS

    def resolve(self, label_id: str) -> None:
        grid = self._views.grid
        ids = grid.selected_ids()
        if not len(ids):
            return
        is_resolved = np.isin(grid.ids, ids)
        rest = grid.ids[~is_resolved]
        following = int(rest[min(int(is_resolved.argmax()), len(rest) - 1)]) if len(rest) else -1

        def go_on() -> None:
            if following >= 0:
                grid.set_current(following)

        self._session.edit(lambda _workspace: ResolveConflict(ids, label_id), go_on)

    def show_choice(self) -> None:
        if not self.is_active:
            return
        chosen = self._views.grid.selected_ids().tolist()
        conflicts = self._session.conflicts
        offered = dict.fromkeys(x for i in chosen for x in conflicts.get(i, ()))
        labels = [row.label for row in self._session.labels() if row.label.id in offered]
        images = sum(i in conflicts for i in chosen)
        outside = self._session.outside
        bar = self._views.images.conflict_bar
        bar.show_choice(images, labels, has_conflicts=bool(conflicts))
        bar.show_outside_changes(outside.changed, outside.renamed)

    def _keep_all(self) -> None:
        shown = {int(image) for image in self._views.grid.ids}

        def make(workspace: Workspace) -> Edit | None:
            by_label: dict[str, list[int]] = {}
            for conflict in workspace.labels.conflicts():
                if conflict.image_id in shown:
                    by_label.setdefault(conflict.label_ids[0], []).append(conflict.image_id)
            edits = tuple(ResolveConflict(ids, label) for label, ids in by_label.items())
            return CompositeEdit(edits, "Resolve conflicts") if edits else None

        self._session.edit(make)

    def _keep_changed(self) -> None:
        self._session.edit(lambda workspace: KeepLabels(workspace.labels.changed_ids()))

    def _drop_changed(self) -> None:
        self._session.edit(lambda workspace: ClearLabels(workspace.labels.changed_ids()))

    def _label_renamed(self) -> None:
        self._session.edit(lambda workspace: renamed(workspace.labels))
