"""Delete the selected pictures: now, or once the storage can be reached again."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from cloudanno_desktop.bucket.errors import DeleteFailure, Unreachable
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.form_dialog import confirm
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.tasks import Lane, Task
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.project import Project


class DeleteController(QObject):
    def __init__(self, project: Project, views: ProjectViews, say: Say) -> None:
        super().__init__(project)
        self._project = project
        self._views = views
        self._say = say
        project.sync_controller.undeleted.connect(self._show_failures)
        project.labels.trash_controller.postponed.connect(self._on_postponed)

    @handles(Action.DELETE_IMAGES)
    def ask(self) -> None:
        count = self._views.grid.selected_count
        if not count:
            return
        question = self.tr("Delete %n picture(s) from the bucket?", "", count)
        note = self.tr("This cannot be undone.")
        if self._project.labels.trash_controller.uses_trash:
            note = self.tr("You can restore them from the trash.")
        if not self._project.connectivity.is_online:
            later = self.tr("They are deleted when the storage can be reached again.")
            note = f"{note} {later}"
        texts = (self.tr("Delete pictures"), f"{question}\n{note}", self.tr("Delete"))
        confirm(texts, self._views.window, self._delete_selected)

    def _delete_selected(self) -> None:
        ids = self._views.grid.selected_ids()
        uses_trash = self._project.labels.trash_controller.uses_trash
        if not self._project.connectivity.is_online:
            self._delete_later(ids, into_trash=uses_trash)
        elif uses_trash:
            self._project.labels.trash_controller.delete(ids)
        else:
            self._delete_for_good(ids)

    def _delete_for_good(self, ids: NDArray[np.int32]) -> None:
        workspace = self._project.workspace
        keys = [row.key for row in workspace.index.rows(ids)]

        def done(failures: list[DeleteFailure]) -> None:
            self._project.transfers.scans.scan()
            if failures:
                self._show_failures(failures)

        def failed(error: CloudAnnoError) -> None:
            if isinstance(error, Unreachable):
                self._project.connectivity.note_silence()
                self._delete_later(ids, into_trash=False)
            else:
                self._say(Message(Level.ERROR, str(error)))

        self._project.run(Task(self, lambda _task: workspace.bucket.delete(keys), done, failed))

    def _on_postponed(self, ids: NDArray[np.int32]) -> None:
        self._project.connectivity.note_silence()
        self._delete_later(ids, into_trash=self._project.labels.trash_controller.uses_trash)

    def _delete_later(self, ids: NDArray[np.int32], *, into_trash: bool) -> None:
        deletions = self._project.workspace.deletions

        def done(_nothing: object) -> None:
            self._project.grid.controller.show_images()
            self._project.sync_controller.note_edit()

        def work(_task: Task) -> None:
            deletions.add(ids.tolist(), into_trash=into_trash)

        self._project.run(Task(self, work, done, lane=Lane.DATABASE))

    def _show_failures(self, failures: list[DeleteFailure]) -> None:
        lines = "\n".join(f"{f.key}\n    {f.reason}" for f in failures)
        text = self.tr("%n picture(s) could not be deleted.", "", len(failures))
        self._say(Message(Level.ERROR, text, lines))
        self._project.grid.controller.show_images()
