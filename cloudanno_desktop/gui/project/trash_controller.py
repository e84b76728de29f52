"""Deleting pictures with their files, and the trash: progress and result."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.progress_window import ProgressWindow, run_with_window
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.labels.trash_dialog import TrashDialog
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.labels.edits.states import TakeOut
from cloudanno_desktop.labels.image_files import Restoration
from cloudanno_desktop.labels.trash import (
    Deletion,
    Trashed,
    TrashedImage,
    empty_trash,
    list_trash,
)
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.projects.workspace import Workspace

Ids = NDArray[np.int32]


class TrashController(QObject):
    changed = Signal()  # files are gone or back
    postponed = Signal(object)  # ids of images to delete once the storage can be reached

    def __init__(
        self,
        session: EditSession,
        runner: TaskRunner,
        settings: SettingsStore,
        views: ProjectViews,
        say: Say,
    ) -> None:
        super().__init__(session)
        self._session = session
        self._runner = runner
        self._settings = settings
        self._views = views
        self._say = say

    @property
    def uses_trash(self) -> bool:
        return self._settings.current.uses_trash

    def delete(self, ids: Ids) -> None:
        """Delete the files of images; their labels go too, or into the trash's list."""
        uses_trash = self.uses_trash

        def begin(images: list[TrashedImage]) -> None:
            text = self.tr("Deleting %n picture(s)…", "", len(images))

            self._run(
                text,
                lambda w, p: w.image_files.delete(images, p, uses_trash=uses_trash),
                lambda done: self._on_deleted(done, uses_trash=uses_trash),
                lambda: self.postponed.emit(ids),
            )

        self._session.look(lambda workspace: workspace.image_files.describe(ids), begin)

    @handles(Action.TRASH)
    def open(self) -> None:
        dialog = TrashDialog(self._views.window)
        dialog.restore_requested.connect(self._restore)
        dialog.empty_requested.connect(self._empty)
        dialog.back_requested.connect(self._bring_back)
        dialog.open()
        self._session.look(_taken_out, dialog.show_taken_out, dialog)
        bucket = self._session.workspace.bucket
        self._runner.run(
            Task(
                dialog,
                lambda _task: list_trash(bucket),
                dialog.show_trash,
                lambda error: dialog.show_problem(str(error)),
            )
        )

    def _restore(self, trashed: Sequence[Trashed]) -> None:
        text = self.tr("Restoring %n picture(s)…", "", len(trashed))

        self._run(text, lambda w, p: w.image_files.restore(trashed, p), self._on_restored)

    def _empty(self) -> None:
        def done(files: int) -> None:
            text = self.tr("%n file(s) permanently deleted.", "", files)
            self._say(Message(Level.GOOD, text))

        self._run(self.tr("Emptying the trash…"), lambda w, p: empty_trash(w.bucket, p), done)

    def _bring_back(self, ids: Ids) -> None:
        self._session.edit(lambda _workspace: TakeOut(ids, is_out=False))

    def _on_deleted(self, done: Deletion, *, uses_trash: bool) -> None:
        self._report_change()
        text = self.tr("%n picture(s) deleted.", "", len(done.gone))
        if uses_trash:
            text = self.tr("%n picture(s) moved to the trash.", "", len(done.gone))
        problem = self.tr("%n picture(s) could not be deleted.", "", len(done.failed))
        if done.gone:
            act = self.open if uses_trash else None
            button = self.tr("Open the trash") if uses_trash else ""
            self._say(Message(Level.GOOD, text, action=button, act=act))
        self._report_failures(problem, done.failed)

    def _on_restored(self, done: Restoration) -> None:
        self._report_change()
        if done.back:
            text = self.tr("%n picture(s) restored with their labels.", "", len(done.back))
            self._say(Message(Level.GOOD, text))
        problem = self.tr("%n picture(s) could not be restored.", "", len(done.failed))
        self._report_failures(problem, done.failed)

    def _report_change(self) -> None:
        self._session.note_outside_change()
        self._session.edited.emit()
        self.changed.emit()

    def _report_failures(self, text: str, failed: Sequence[tuple[str, str]]) -> None:
        if failed:
            lines = "\n".join(f"{key}\n    {reason}" for key, reason in failed)
            self._say(Message(Level.ERROR, text, lines))

    def _run(
        self,
        text: str,
        work: Callable[[Workspace, Progress], object],
        done: Callable[..., None],
        postpone: Callable[[], None] | None = None,
    ) -> None:
        def failed(error: CloudAnnoError | None) -> None:
            self._report_change()  # what was done before it failed
            if postpone is not None and isinstance(error, Unreachable):
                postpone()
            elif error is not None:
                self._say(Message(Level.ERROR, str(error)))

        workspace = self._session.workspace
        window = ProgressWindow(text, self._views.window)
        run_with_window(
            self._runner, self, window, lambda progress: work(workspace, progress), (done, failed)
        )


def _taken_out(workspace: Workspace) -> list[ImageRow]:
    return workspace.index.rows(workspace.labels.ids_taken_out())
