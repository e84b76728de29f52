"""The past of an open project: histories, labels as of a moment, who else works here."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, QTimer

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.tasks import Lane, Task, TaskRunner
from cloudanno_desktop.gui.history.as_of_dialog import AsOfDialog, Comparison
from cloudanno_desktop.gui.history.history_dialog import HistoryDialog
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.labels.collaborators import collaborators
from cloudanno_desktop.labels.edits.restore import restore
from cloudanno_desktop.labels.journal.as_of import HistoryIncomplete, LabelsAsOf, labels_as_of
from cloudanno_desktop.labels.journal.history import History, history_of_image, history_of_label
from cloudanno_desktop.projects.workspace import Workspace

LOOK_AROUND_MS = 30_000
Read = Callable[[Workspace], History]


class HistoryController(QObject):
    def __init__(self, session: EditSession, runner: TaskRunner, views: ProjectViews) -> None:
        super().__init__(session)
        self._session = session
        self._runner = runner
        self._views = views
        self._timer = QTimer(self, interval=LOOK_AROUND_MS)
        self._timer.timeout.connect(self.show_collaborators)
        self._timer.start()
        session.labels_changed.connect(self.show_collaborators)

    def show_collaborators(self) -> None:
        self._session.look(
            lambda w: collaborators(w.labels), self._views.window.status.show_collaborators
        )

    def close(self) -> None:
        self._timer.stop()

    @handles(Action.IMAGE_HISTORY)
    def _show_image(self) -> None:
        image_id = self._views.grid.current_id
        if image_id < 0:
            return
        (row,) = self._session.workspace.index.rows([image_id])
        self._open(row.key, lambda w: history_of_image(w.labels, image_id))

    @handles(Action.LABEL_HISTORY)
    def _show_label(self) -> None:
        label_id = self._views.sidebar.current_label()
        for row in self._session.labels():
            if row.label.id == label_id:
                self._open(row.label.name, lambda w: history_of_label(w.labels, label_id))

    def _open(self, title: str, read: Read) -> None:
        dialog = HistoryDialog(title, self._views.front(self._views.window))
        dialog.older_requested.connect(partial(self._load_older, dialog, read))
        dialog.open()
        self._read(dialog, read)

    def _read(self, dialog: HistoryDialog, read: Read) -> None:
        rows = self._session.workspace.labels.catalog.rows
        names = {label_id: row.label.name for label_id, row in rows.items()}
        self._session.look(read, lambda found: dialog.show_history(found, names), dialog)

    def _load_older(self, dialog: HistoryDialog, read: Read) -> None:
        self._fetch(
            dialog,
            lambda: self._read(dialog, read),
            lambda error: dialog.show_problem(str(error)),
        )

    @handles(Action.LABELS_AS_OF)
    def _ask_moment(self) -> None:
        dialog = AsOfDialog(self._views.window)

        def failed(error: CloudAnnoError) -> None:
            dialog.show_problem(str(error), can_load=isinstance(error, HistoryIncomplete))

        def look(when: datetime) -> None:
            def work(_task: Task) -> Comparison:
                return _compared(self._session.workspace, when)

            task = Task(dialog, work, dialog.show_comparison, failed, lane=Lane.DATABASE)
            self._runner.run(task)

        def bring_back(then: LabelsAsOf) -> None:
            self._session.edit(lambda workspace: restore(workspace.labels, then))

        dialog.moment_requested.connect(look)
        dialog.load_requested.connect(lambda: self._fetch(dialog, dialog.look, failed))
        dialog.restore_requested.connect(bring_back)
        dialog.open()

    def _fetch(
        self, owner: QObject, then: Callable[[], None], failed: Callable[[CloudAnnoError], None]
    ) -> None:
        sync = self._session.workspace.sync
        task = Task(owner, sync.fetch_history, lambda _count: then(), failed)
        self._runner.run(task)


def _compared(workspace: Workspace, when: datetime) -> Comparison:
    then = labels_as_of(workspace.labels, when)
    images = then.images
    counts = Counter(label for labels in images.values() for label in labels)
    now = {row.label.id: row for row in workspace.labels.labels()}
    labels = {label.id: label for label in then.labels}
    labels |= {key: row.label for key, row in now.items() if key not in labels}
    rows = [
        (label, counts[key], now[key].images if key in now else 0) for key, label in labels.items()
    ]
    ids = {*images, *workspace.labels.labeled_ids().tolist()}
    carried = workspace.labels.labels_of(sorted(ids))
    changed = sum(set(images.get(i, ())) != set(carried[i]) for i in ids)
    return Comparison(then, rows, changed)
