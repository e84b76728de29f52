"""The context menu of pictures, and what it does with them as objects: address, link, details."""

import logging
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.errors import PresignImpossible
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.action_set import fill_menu
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.actions.specs import PARTS, translated
from cloudanno_desktop.gui.browser.object_dialogs import ImageDetailsDialog
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.project.drag_out import DragOut
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.move_controller import MoveController
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.index.image_index import ImageRow

_log = logging.getLogger(__name__)

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
LINE, LINKS, PARTS_MENU = "-", "links", "parts"
MENU = (
    *(Action.QUICK_LOOK, Action.PICK_LABEL, Action.CLEAR_LABELS, Action.SPLIT_LABEL, LINE),
    *(Action.SKIP, Action.UNSURE, Action.EXCLUDE, PARTS_MENU, Action.IMAGE_HISTORY, LINE),
    *(Action.DOWNLOAD, Action.COPY_URI, LINKS, Action.IMAGE_DETAILS, LINE),
    *(Action.RENAME_IMAGE, Action.MOVE_IMAGES, Action.TAKE_OUT, Action.DELETE_IMAGES),
)


class ImageMenu(QObject):
    def __init__(self, project: Project, runner: TaskRunner, views: ProjectViews, say: Say) -> None:
        super().__init__(project)
        self._project = project
        self._runner = runner
        self._say = say
        self._views = views
        self._link_problem = ""
        self.moving = MoveController(project, runner, views, say)
        self._drag_out = DragOut(project, runner, views, say)
        views.grid.context_menu_requested.connect(self._on_menu)
        views.grid.selection_changed.connect(self._show_possible)
        project.connectivity.changed.connect(self._show_possible)
        self._runner.run(Task(self, lambda _task: self._probe_links(), self._on_probed))
        self._show_possible()

    @handles(Action.COPY_URI)
    def copy_addresses(self) -> None:
        address = self._project.workspace.address
        self._copy(
            lambda row: object_address(address, row.key),
            lambda count: self.tr("Location of %n picture(s) copied.", "", count),
        )

    def copy_links(self, expires_s: int) -> None:
        bucket = self._project.workspace.bucket
        self._copy(
            lambda row: bucket.presign(row.key, expires_s),
            lambda count: self.tr(
                "%n link(s) copied; anyone with a link can see the picture.", "", count
            ),
        )

    def _copy(self, text_of: Callable[[ImageRow], str], said: Callable[[int], str]) -> None:
        ids, index = self._views.grid.selected_ids(), self._project.workspace.index

        def work(_task: Task) -> str:
            return "\n".join(text_of(row) for row in index.rows(ids))

        def done(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._say(Message(Level.GOOD, said(len(ids))))

        if len(ids):
            self._runner.run(Task(self, work, done))

    @handles(Action.IMAGE_DETAILS)
    def show_details(self) -> None:
        current = self._views.grid.current_id
        if current < 0:
            return
        row = self._project.workspace.index.rows([current])[0]
        dialog = ImageDetailsDialog(self._facts(row), self._views.window)
        bucket = self._project.workspace.bucket

        def typed(content_type: str) -> None:
            dialog.show_fact(self.tr("Content type"), content_type or self.tr("none"))

        def failed(error: CloudAnnoError) -> None:
            dialog.show_fact(self.tr("Content type"), str(error))

        def measured(size: tuple[int, int] | None) -> None:
            if size is not None:
                dialog.show_fact(self.tr("Dimensions"), f"{size[0]:,} × {size[1]:,}")

        work = Task(dialog, lambda _task: bucket.content_type(row.key), typed, failed)
        self._runner.run(work)
        dimensions = self._project.grid.thumbnails.dimensions
        self._runner.run(Task(dialog, lambda _task: dimensions(row.etag, row.size), measured))
        dialog.open()

    def _facts(self, row: ImageRow) -> list[tuple[str, str]]:
        address = self._project.workspace.address
        modified = datetime.fromtimestamp(row.modified_s).astimezone()
        name = self.tr("Path") if address.is_folder else self.tr("S3 URI")
        return [
            (self.tr("Key"), row.key),
            (name, object_address(address, row.key)),
            (self.tr("Size"), f"{shown_bytes(row.size)} ({row.size:,})"),
            (self.tr("Modified"), modified.isoformat(" ", "seconds")),
            (self.tr("ETag"), row.etag),
            (self.tr("Content type"), "…"),
        ]

    def _probe_links(self) -> str:
        try:
            self._project.workspace.bucket.presign("link.jpg", MINUTE_S)
        except PresignImpossible as problem:
            return problem.reason
        except CloudAnnoError as error:
            _log.debug("no link: %s", error)
            return ""  # reported when the user copies a link
        return ""

    def _on_probed(self, problem: str) -> None:
        self._link_problem = problem

    def _on_menu(self, point: QPoint) -> None:
        if not self._views.grid.selected_count:
            return
        actions = self._views.window.actions_set
        menu = QMenu(self._views.grid)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in MENU:
            if name == LINE:
                menu.addSeparator()
            elif name == LINKS:
                self._add_links(menu)
            elif name == PARTS_MENU:
                fill_menu(menu.addMenu(translated(PARTS)), actions, PARTS)
            else:
                menu.addAction(actions[Action(name)])
        menu.popup(point)

    def _add_links(self, menu: QMenu) -> None:
        if self._link_problem:
            text = self.tr("Link unavailable: %1").replace("%1", self._link_problem)
            menu.addAction(text).setEnabled(False)
            return
        links = menu.addMenu(self.tr("Copy link"))
        for text, expires_s in (
            (self.tr("For 15 minutes"), 15 * MINUTE_S),
            (self.tr("For 1 hour"), HOUR_S),
            (self.tr("For 1 day"), DAY_S),
            (self.tr("For 7 days"), 7 * DAY_S),
        ):
            action = links.addAction(text)
            action.triggered.connect(lambda _on=False, s=expires_s: self.copy_links(s))

    def _show_possible(self) -> None:
        count, problem = self._views.grid.selected_count, self.moving.problem
        actions = self._views.window.actions_set
        for name, is_possible in (
            (Action.RENAME_IMAGE, count == 1 and not problem),
            (Action.MOVE_IMAGES, count > 0 and not problem),
            (Action.COPY_URI, count > 0),
            (Action.IMAGE_DETAILS, count > 0),
        ):
            actions[name].setEnabled(is_possible)
        for name, text in (
            (Action.RENAME_IMAGE, self.tr("Rename picture…")),
            (Action.MOVE_IMAGES, self.tr("Move to a folder…")),
        ):
            actions[name].setText(f"{text}  ({problem})" if problem else text)


def object_address(address: ProjectAddress, key: str) -> str:
    return f"{address.location}/{key}"
