"""Rename and move the pictures of an open project; undo moves them back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.bucket.bulk import Amount
from cloudanno_desktop.bucket.keys import key_problem
from cloudanno_desktop.errors import CloudAnnoError, Failed
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.browser.amounts import move_text
from cloudanno_desktop.gui.browser.folder_actions import move_message
from cloudanno_desktop.gui.browser.object_dialogs import FolderDialog, NameDialog, QuestionText
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.progress_window import ProgressWindow, run_with_window
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.labels.edit import Applied, Changes
from cloudanno_desktop.labels.move_images import MoveReport, move_objects
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.project_keys import is_image_key
from cloudanno_desktop.projects.folders import place_of

MOST_FOLDERS = 1000
Moves = Sequence[tuple[StoredObject, str]]


class MoveController(QObject):
    _needed_again = Signal(object)

    def __init__(self, project: Project, runner: TaskRunner, views: ProjectViews, say: Say) -> None:
        super().__init__(project)
        self._project = project
        self._runner = runner
        self._say = say
        self._views = views
        # Undo runs in the database lane; what moves the pictures then runs from here.
        self._needed_again.connect(self._on_needed_again, Qt.ConnectionType.QueuedConnection)

    @property
    def problem(self) -> str:
        """Why nothing can be moved now; empty if it can."""
        if not self._project.connectivity.is_online:
            return self.tr("the storage cannot be reached")
        if self._project.workspace.labels.read_only_reason:
            return self.tr("this project is read-only")
        return ""

    @handles(Action.RENAME_IMAGE)
    def ask_name(self) -> None:
        ids = self._views.grid.selected_ids()
        if len(ids) != 1 or self.problem:
            return
        row = self._project.workspace.index.rows(ids)[0]
        asked = QuestionText(
            self.tr("Rename picture"),
            self.tr("The picture keeps its labels."),
            self.tr("Rename"),
            self.tr("Path in the project"),
        )
        dialog = NameDialog(asked, row.key, self._name_problem, self._views.window)
        dialog.name_requested.connect(lambda key: self._move([(_entry(row), key)]))
        dialog.open()

    @handles(Action.MOVE_IMAGES)
    def ask_folder(self) -> None:
        ids = self._views.grid.selected_ids()
        if len(ids) and not self.problem:
            index = self._project.workspace.index
            self._runner.run(Task(self, lambda _task: index.rows(ids), self._ask_folder_for))

    def _ask_folder_for(self, rows: Sequence[ImageRow]) -> None:
        address = self._project.workspace.address
        amount = Amount(len(rows), sum(row.size for row in rows))
        text = move_text(amount, self._project.settings.current.prices, is_folder=address.is_folder)
        dialog = FolderDialog(text, self._folder_problem, self._views.window)
        dialog.folder_requested.connect(lambda folder: self._move_into(rows, folder))
        index = self._project.workspace.index
        work = Task(dialog, lambda _task: index.folders(MOST_FOLDERS), dialog.show_folders)
        self._runner.run(work)
        dialog.open()

    def _move_into(self, rows: Sequence[ImageRow], folder: str) -> None:
        moves = [(_entry(row), folder + row.key.rpartition("/")[2]) for row in rows]
        self._move([(entry, key) for entry, key in moves if entry.key != key])

    def _move(self, moves: Moves) -> None:
        def done(report: MoveReport) -> None:
            self._report(report)
            if report.moved:
                back = tuple(report.moved)
                text = self.tr("Move pictures") if len(back) > 1 else self.tr("Move picture")
                self._project.session.edit(lambda _w: _Moved(back, self._move_again, text))

        self._run(moves, done)

    def _move_again(self, moves: Moves) -> None:
        """Move once more; called by undo or redo in the database lane."""
        if self.problem:
            raise Failed(self.tr("Nothing was moved: %1.").replace("%1", self.problem))
        self._needed_again.emit(moves)

    def _on_needed_again(self, moves: Moves) -> None:
        self._run(moves, self._report)

    def _run(self, moves: Moves, done: Callable[[MoveReport], None]) -> None:
        place = place_of(self._project.workspace)

        def work(progress: Progress) -> MoveReport:
            with self._project.moving:
                return move_objects(place, moves, progress)

        def succeeded(report: MoveReport) -> None:
            if self._project.show_moved():
                done(report)

        def failed(error: CloudAnnoError | None) -> None:
            if self._project.show_moved() and error is not None:
                self._say(Message(Level.ERROR, str(error)))

        title = self.tr("Moving %n picture(s)", "", len(moves))
        window = ProgressWindow(title, self._views.window)
        run_with_window(self._runner, self, window, work, (succeeded, failed))

    def _report(self, report: MoveReport) -> None:
        if not report.moved and len(report.failed) == 1:
            self._say(Message(Level.ERROR, report.failed[0].reason))
            return
        text = self.tr("%n picture(s) moved.", "", len(report.moved))
        self._say(move_message(text, report))

    def _name_problem(self, key: str) -> str:
        problem = key_problem(key)
        if problem:
            return self.tr("This name cannot be used: %1.").replace("%1", problem)
        if not is_image_key(key):
            return self.tr("The name must end with a picture extension, such as .jpg.")
        return ""

    def _folder_problem(self, folder: str) -> str:
        is_fine = not folder or is_image_key(f"{folder}x.jpg")
        return "" if is_fine else self.tr("This folder is reserved for CloudAnno.")


@dataclass(frozen=True, slots=True, eq=False)
class _Moved:
    """Stands in the undo list for pictures that were moved.

    Args:
        now: each object as it is now, and the key that it had.
        is_done: it was carried out already, so that applying it only notes it.
    """

    now: Moves
    ask: Callable[[Moves], None]
    text: str
    is_done: bool = True

    def apply(self, _store: LabelStore) -> Applied:
        """Request the move, unless it is done; labels change when the pictures have moved."""
        if self.is_done:
            back = _Moved(self.now, self.ask, self.text, is_done=False)
        else:
            self.ask(self.now)
            there = tuple((_renamed(entry, key), entry.key) for entry, key in self.now)
            back = _Moved(there, self.ask, self.text, is_done=False)
        return Applied(back, Changes(labels=False, images=np.zeros(0, np.int32)))


def _renamed(entry: StoredObject, key: str) -> StoredObject:
    return StoredObject(key, entry.size, entry.etag, entry.modified)


def _entry(row: ImageRow) -> StoredObject:
    return StoredObject(row.key, row.size, row.etag, datetime.fromtimestamp(row.modified_s, UTC))
