"""An open project in the window: reads for the views, edits in the database lane, signals for both.

No widget here. The few rows that a view shows are read by id on the GUI thread, from its own
read-only connection; all else runs in the serial database lane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.tasks import Lane, Task, TaskRunner
from cloudanno_desktop.gui.grid.cell import Cell, no_rows
from cloudanno_desktop.gui.grid.image_cells import read_cells
from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel
from cloudanno_desktop.gui.project.edit_texts import UndoState
from cloudanno_desktop.gui.project.pending_edits import PendingEdits
from cloudanno_desktop.gui.project.project_counts import CountedProject, count_project
from cloudanno_desktop.gui.window.status_bar import ProjectCounts
from cloudanno_desktop.labels.edits.assign import Applied, Changes, CreateLabel, Edit
from cloudanno_desktop.labels.edits.relabel import AssignNamed
from cloudanno_desktop.labels.edits.undo import UndoStack
from cloudanno_desktop.labels.label import LabelCount
from cloudanno_desktop.labels.moved_outside import OutsideChanges, count_outside_changes
from cloudanno_desktop.labels.naming_rules import LabelNameRefused, check_name, folded_name
from cloudanno_desktop.labels.query import Query, Selected, select_and_count
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.media_messages.commands import Picture
from cloudanno_desktop.projects.workspace import Workspace

Ids = NDArray[np.int32]
T = TypeVar("T")
MakeEdit = Callable[[Workspace], Edit | None]


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit, an undo or a redo left behind."""

    changes: Changes
    undo: UndoState
    numbers: CountedProject


@dataclass(frozen=True, slots=True)
class Found:
    """The images of a tab and filter, with the numbers of the project at that time."""

    selected: Selected
    conflicts: dict[int, tuple[str, ...]]
    changes: int  # how many changes from outside were noted before the conflicts were read
    numbers: CountedProject
    outside: OutsideChanges


class EditSession(QObject):
    """One open project."""

    labels_changed = Signal()
    images_relabeled = Signal(object)  # int32 ids, or ``None`` for any
    labeling = Signal()  # images are being given a label
    refused = Signal()  # an edit could not be carried out
    edited = Signal()  # something waits to be saved to the bucket
    edit_began = Signal()  # an edit, an undo or a redo waits for the database
    undo_changed = Signal(object)  # an ``UndoState``
    conflicts_changed = Signal(object)  # ids of images that show other labels than before
    images_selected = Signal()  # other images are on show

    def __init__(self, workspace: Workspace, runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._runner = runner
        self._stack = UndoStack()
        self._selecting: Task | None = None
        self._describing: Task | None = None
        self.pending = PendingEdits()
        self._is_reading = True
        self._numbers = CountedProject()
        self.conflicts: dict[int, tuple[str, ...]] = {}
        self._outside_changes, self._changes_in_conflicts = 1, 0
        self.outside, self.undo_state = OutsideChanges(), UndoState()

    def edit(self, make: MakeEdit, then: Callable[[], None] | None = None) -> None:
        """Carry out the edit that ``make`` returns in the database lane; ``None`` is no edit."""

        def work() -> Edited | None:
            edit = make(self.workspace)
            if edit is None:
                return None
            applied = self.workspace.apply(edit)
            self._stack.push(edit.text, applied)
            return self._edited(applied)

        def done(edited: Edited | None) -> None:
            self._on_edited(edited)
            if then is not None:
                then()

        self._change(work, done, self._refuse)

    def label(self, ids: Ids, make: MakeEdit) -> None:
        """Carry out an edit that gives ``ids`` a label, which may take them out of view."""
        self.edit(make)
        self.pending.label(ids)
        self.labeling.emit()

    def assign_new_label(self, name: str, ids: Ids) -> None:
        self.label(ids, lambda _workspace: AssignNamed({name: ids}))

    def look(
        self,
        read: Callable[[Workspace], T],
        done: Callable[[T], None],
        owner: QObject | None = None,
    ) -> None:
        """Read something large in the database lane; ``done`` is not called without ``owner``."""
        work = Task(owner or self, lambda _task: read(self.workspace), done, lane=Lane.DATABASE)
        self._runner.run(work)

    def with_label(self, name: str, then: Callable[[], None]) -> None:
        self.edit(lambda _workspace: self._creation(name), then)

    @handles(Action.UNDO)
    def undo(self) -> None:
        self._run_stack(lambda store: self._stack.undo(store) if self._stack.can_undo else None)

    @handles(Action.REDO)
    def redo(self) -> None:
        self._run_stack(lambda store: self._stack.redo(store) if self._stack.can_redo else None)

    def after_edits(self, then: Callable[[], None]) -> None:
        """Call ``then`` when every edit begun until now is on disk, or was refused."""
        self._runner.run(Task(self, lambda _task: None, lambda _: then(), lane=Lane.DATABASE))

    def labels(self) -> list[LabelCount]:
        return self._numbers.labels

    def counts(self) -> ProjectCounts:
        return self._numbers.project

    def count(self, then: Callable[[], None]) -> None:
        """Count labels and pictures again, then call ``then``; not while closing."""
        if not self._is_reading:
            return

        def counted(numbers: CountedProject) -> None:
            self._numbers = numbers
            then()

        self._runner.run(Task(self, lambda _task: self._counted(), counted, lane=Lane.DATABASE))

    def cells(self, ids: Sequence[int]) -> list[Cell]:
        if not self._is_reading:
            return list(no_rows(ids))
        return read_cells(self.workspace, ids, self.conflicts)

    def pictures(self, ids: Sequence[int]) -> list[Picture]:
        if not self._is_reading:
            return []
        return [
            Picture(row.id, row.key, row.etag, row.size) for row in self.workspace.index.rows(ids)
        ]

    def select(self, query: Query, done: Callable[[Selected], None]) -> None:
        """Find the images of a tab and filter; cancels an older search."""
        if self._selecting is not None:
            self._selecting.cancel()
        workspace = self.workspace

        def work(_task: Task) -> Found:
            changes = self._outside_changes
            conflicts = self._conflicts_for(query, changes)
            selected = select_and_count(workspace.index, workspace.labels, query, [*conflicts])
            outside = count_outside_changes(workspace.labels, query)
            return Found(selected, conflicts, changes, self._counted(), outside)

        def selected(found: Found) -> None:
            self._numbers, self.outside = found.numbers, found.outside
            before, self.conflicts = self.conflicts, found.conflicts
            self._changes_in_conflicts = found.changes
            done(found.selected)
            if other := {i for i, _labels in before.items() ^ found.conflicts.items()}:
                self.conflicts_changed.emit(other)
            self.images_selected.emit()

        self._selecting = self._runner.run(Task(self, work, selected, lane=Lane.DATABASE))

    def describe(self, ids: Ids, done: Callable[[list[SelectedLabel]], None]) -> None:
        if self._describing is not None:
            self._describing.cancel()

        def work(_task: Task) -> list[SelectedLabel]:
            rows = self.workspace.labels.labels_among(ids)
            return [SelectedLabel(row.label, row.images) for row in rows]

        self._describing = self._runner.run(Task(self, work, done, lane=Lane.DATABASE))

    def name_problem(self, name: str, except_for: str = "") -> str:
        """Say what is wrong with a name for the label ``except_for``; empty if nothing."""
        rules = self.workspace.labels.project
        try:
            clean = check_name(name, rules.profile, rules.pattern)
        except LabelNameRefused as refused:
            return str(refused)
        labels = self.workspace.labels.catalog.shown
        names = {folded_name(label.name) for label in labels if label.id != except_for}
        if folded_name(clean) in names:
            return self.tr("The label “%1” already exists.").replace("%1", clean)
        return ""

    def stop_reading(self) -> None:
        """Return nothing to views from now on; queued edits are still carried out."""
        self._is_reading = False
        self._numbers = CountedProject()

    def close(self) -> None:
        self._runner.cancel_all(self)

    def note_outside_change(self) -> None:
        self._outside_changes += 1

        def report() -> None:
            self.labels_changed.emit()
            self.images_relabeled.emit(None)

        self.count(report)

    def _conflicts_for(self, query: Query, changes: int) -> dict[int, tuple[str, ...]]:
        """Return the conflicts; read again where they are on show or changes came in."""
        if changes == self._changes_in_conflicts and not query.asks_conflicts:
            return self.conflicts
        return {x.image_id: x.label_ids for x in self.workspace.labels.conflicts()}

    def _creation(self, name: str) -> Edit | None:
        names = {label.name for label in self.workspace.labels.catalog.shown}
        return None if name in names else CreateLabel(name)

    def _counted(self) -> CountedProject:
        return count_project(self.workspace) if self._is_reading else CountedProject()

    def _edited(self, applied: Applied) -> Edited:
        undo = UndoState(self._stack.undo_text, self._stack.redo_text)
        return Edited(applied.changes, undo, self._counted())

    def _run_stack(self, step: Callable[[LabelStore], Applied | None]) -> None:
        self.pending.begin_restore()

        def work() -> Edited | None:
            applied = step(self.workspace.labels)
            return self._edited(applied) if applied else None

        def done(edited: Edited | None) -> None:
            self._outside_changes += 1  # an undo can bring a conflict back
            self.pending.end_restore(edited.changes.images if edited else None)
            self._on_edited(edited)

        self._change(work, done, lambda: self.pending.end_restore(None))

    def _refuse(self) -> None:
        self.pending.refuse()
        self.refused.emit()

    def _change(
        self,
        work: Callable[[], Edited | None],
        done: Callable[[Edited | None], None],
        failed: Callable[[], None],
    ) -> None:
        def report(error: CloudAnnoError) -> None:
            failed()
            self.undo_changed.emit(self.undo_state)
            self._runner.failed.emit(error, task)

        self.edit_began.emit()
        task = Task(self, lambda _task: work(), done, report, lane=Lane.DATABASE)
        self._runner.run(task)

    def _on_edited(self, edited: Edited | None) -> None:
        if edited is None:
            self.undo_changed.emit(self.undo_state)
            return
        if _touches(edited.changes, [*self.conflicts]):
            self._outside_changes += 1
        self.undo_state = edited.undo
        self._numbers = edited.numbers
        self.labels_changed.emit()
        changes = edited.changes
        self.images_relabeled.emit(None if changes.labels else changes.images)
        self.undo_changed.emit(edited.undo)
        self.edited.emit()


def _touches(changes: Changes, images: list[int]) -> bool:
    return bool(images) and (changes.images is None or bool(np.isin(images, changes.images).any()))
