"""An open project in the window: reads for the views, edits in the database lane, and news of both.

No widget is known here. The few rows that a view shows are read by id on the GUI thread from its
own read-only connection; everything that writes, counts, or looks at many images runs in the serial
database lane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.gui.grid.cell import Cell, Chip, no_rows
from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel
from cloudanno_desktop.gui.status_bar import ProjectCounts
from cloudanno_desktop.gui.tasks import Lane, Task, TaskRunner
from cloudanno_desktop.gui.undo import NOTHING_TO_UNDO, UndoState, state_of
from cloudanno_desktop.labels.edits import (
    Applied,
    Assign,
    Changes,
    CreateLabel,
    Edit,
    SetLabels,
    Unassign,
)
from cloudanno_desktop.labels.label import LabelCount
from cloudanno_desktop.labels.query import Query, select
from cloudanno_desktop.labels.rules import LabelNameRefused, check_name
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.undo import UndoStack
from cloudanno_desktop.media_messages import Picture
from cloudanno_desktop.workspace import Workspace

Ids = NDArray[np.int32]
MakeEdit = Callable[[Workspace], Edit | None]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was last counted of the whole project."""

    labels: list[LabelCount] = field(default_factory=list)
    project: ProjectCounts = field(default_factory=ProjectCounts)


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit, an undo or a redo left behind."""

    changes: Changes
    undo: UndoState
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Selected:
    """The images of a tab and filter, with the numbers of the project at that time."""

    ids: Ids
    numbers: Numbers


class Session(QObject):
    """One open project.

    Signals:
        labels_changed: the list of labels, a name, a colour or a count.
        images_relabeled: int32 ids, or ``None`` for any.
        edited: something waits to be saved to the bucket.
        undo_changed: an ``UndoState``.
    """

    labels_changed = Signal()
    images_relabeled = Signal(object)
    edited = Signal()
    undo_changed = Signal(object)

    def __init__(
        self, workspace: Workspace, runner: TaskRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._runner = runner
        self._stack = UndoStack()
        self._selecting: Task | None = None
        self._describing: Task | None = None
        self._is_reading = True
        self._numbers = Numbers()
        self.undo_state = NOTHING_TO_UNDO

    def edit(self, make: MakeEdit, then: Callable[[], None] | None = None) -> None:
        """Carry out the edit that ``make`` returns in the database lane; ``None`` is no edit."""

        def work(_task: Task) -> Edited | None:
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

        self._runner.run(Task(self, work, done, lane=Lane.DATABASE))

    def toggle_label(self, label_id: str, ids: Ids) -> None:
        """Give all images a label, or take it away if all of them carry it."""

        def make(workspace: Workspace) -> Edit | None:
            if not len(ids):
                return None
            carried = {row.label.id: row.images for row in workspace.labels.labels_among(ids)}
            if carried.get(label_id) == len(ids):
                return Unassign((label_id,), ids)
            return Assign((label_id,), ids)

        self.edit(make)

    def drop_images(self, label_id: str, ids: Ids, *, is_other_way: bool) -> None:
        """Give images a label; the other way replaces all labels in a multi-label project."""

        def make(workspace: Workspace) -> Edit:
            if is_other_way and workspace.labels.project.multi_label:
                return SetLabels(ids, (label_id,))
            return Assign((label_id,), ids)

        self.edit(make)

    def assign_new_label(self, name: str, ids: Ids) -> None:
        """Create a label, unless there is one of that name, and give it to images."""

        def assign() -> None:
            if len(ids):
                self.edit(lambda w: Assign((w.labels.label_named(name).id,), ids))

        self.with_label(name, assign)

    def with_label(self, name: str, then: Callable[[], None]) -> None:
        """Create a label, unless there is one of that name, and go on."""
        self.edit(lambda _workspace: self._creation(name), then)

    def undo(self) -> None:
        """Take back the last edit."""
        stack = self._stack
        self._run_stack(lambda store: stack.undo(store) if stack.can_undo else None)

    def redo(self) -> None:
        """Carry out again what was taken back last."""
        stack = self._stack
        self._run_stack(lambda store: stack.redo(store) if stack.can_redo else None)

    def after_edits(self, then: Callable[[], None]) -> None:
        """Go on when every edit that was begun until now is on disk, or was refused."""
        self._runner.run(Task(self, lambda _task: None, lambda _: then(), lane=Lane.DATABASE))

    def labels(self) -> list[LabelCount]:
        """Return all labels with their counts, as they were counted last."""
        return self._numbers.labels

    def counts(self) -> ProjectCounts:
        """Return the numbers of the project, as they were counted last."""
        return self._numbers.project

    def count(self, then: Callable[[], None]) -> None:
        """Count again what the labels and the project hold, and go on."""

        def counted(numbers: Numbers) -> None:
            self._numbers = numbers
            then()

        self._runner.run(Task(self, lambda _task: self._counted(), counted, lane=Lane.DATABASE))

    def cells(self, ids: Sequence[int]) -> list[Cell]:
        """Return what the grid shows of these images."""
        if not self._is_reading:
            return list(no_rows(ids))
        labels = {label.id: label for label in self.workspace.labels.catalog.shown}
        carried = self.workspace.labels.labels_of(ids)
        return [
            Cell(
                row.id,
                row.key,
                tuple(
                    Chip(labels[name].name, labels[name].color)
                    for name in carried.get(row.id, ())
                    if name in labels
                ),
                row.problem or "",
            )
            for row in self.workspace.index.rows(ids)
        ]

    def pictures(self, ids: Sequence[int]) -> list[Picture]:
        """Return what the media process needs to know of these images."""
        if not self._is_reading:
            return []
        return [
            Picture(row.id, row.key, row.etag, row.size) for row in self.workspace.index.rows(ids)
        ]

    def select(self, query: Query, done: Callable[[Ids], None]) -> None:
        """Find the images of a tab and filter; an older search that still runs is dropped."""
        if self._selecting is not None:
            self._selecting.cancel()
        workspace = self.workspace

        def work(_task: Task) -> Selected:
            ids = select(workspace.index, workspace.labels, query)
            return Selected(ids, self._counted())

        def selected(found: Selected) -> None:
            self._numbers = found.numbers
            done(found.ids)

        self._selecting = self._runner.run(Task(self, work, selected, lane=Lane.DATABASE))

    def describe(self, ids: Ids, done: Callable[[list[SelectedLabel]], None]) -> None:
        """Count the labels of the selected images."""
        if self._describing is not None:
            self._describing.cancel()
        self._describing = self._runner.run(
            Task(self, lambda _task: self._selected_labels(ids), done, lane=Lane.DATABASE)
        )

    def name_problem(self, name: str) -> str:
        """Say what is wrong with the name of a new label; empty if nothing is."""
        try:
            clean = check_name(name, self.workspace.labels.project.profile)
        except LabelNameRefused as refused:
            return str(refused)
        names = {label.name.casefold() for label in self.workspace.labels.catalog.shown}
        if clean.casefold() in names:
            return self.tr("There is a label “%1” already.").replace("%1", clean)
        return ""

    def stop_reading(self) -> None:
        """Answer views with nothing from now on; edits that wait are still carried out."""
        self._is_reading = False
        self._numbers = Numbers()

    def close(self) -> None:
        """Drop answers that are still under way."""
        self._runner.cancel_all(self)

    def note_outside_change(self) -> None:
        """Take note that labels came from the bucket or from an upload."""

        def tell() -> None:
            self.labels_changed.emit()
            self.images_relabeled.emit(None)

        self.count(tell)

    def _creation(self, name: str) -> Edit | None:
        names = {label.name for label in self.workspace.labels.catalog.shown}
        return None if name in names else CreateLabel(name)

    def _selected_labels(self, ids: Ids) -> list[SelectedLabel]:
        found = self.workspace.labels.labels_among(ids)
        return [SelectedLabel(row.label, row.images) for row in found]

    def _counted(self) -> Numbers:
        if not self._is_reading:
            return Numbers()
        counts = self.workspace.index.counts()
        labels = self.workspace.labels
        labeled = len(labels.labeled_ids())
        project = ProjectCounts(counts.images, counts.bytes, labeled, labels.pending())
        return Numbers(labels.labels(), project)

    def _edited(self, applied: Applied) -> Edited:
        return Edited(applied.changes, state_of(self._stack), self._counted())

    def _run_stack(self, step: Callable[[LabelStore], Applied | None]) -> None:
        def work(_task: Task) -> Edited | None:
            applied = step(self.workspace.labels)
            return self._edited(applied) if applied else None

        self._runner.run(Task(self, work, self._on_edited, lane=Lane.DATABASE))

    def _on_edited(self, edited: Edited | None) -> None:
        if edited is None:
            return
        self.undo_state = edited.undo
        self._numbers = edited.numbers
        self.labels_changed.emit()
        changes = edited.changes
        self.images_relabeled.emit(None if changes.labels else changes.images)
        self.undo_changed.emit(edited.undo)
        self.edited.emit()
