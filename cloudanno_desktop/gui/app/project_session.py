"""An open project joined to the window: its controllers, and which handles an action."""

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.specs import HISTORY
from cloudanno_desktop.gui.project.delete_controller import DeleteController
from cloudanno_desktop.gui.project.edit_texts import UndoState, edit_text
from cloudanno_desktop.gui.project.file_actions import FileActions
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.image_menu import ImageMenu
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.gui.project.shell import Shell
from cloudanno_desktop.gui.project.train_controller import ModelWidgets, TrainController
from cloudanno_desktop.projects.workspace import Workspace


class ProjectSession(QObject):
    """Makes the controllers of one project; they end with it."""

    closed = Signal()  # everything is saved as far as possible, and released

    def __init__(self, workspace: Workspace, shell: Shell) -> None:
        super().__init__()
        project_widgets, say = shell.project_widgets, shell.say
        self._shell = shell
        views = ProjectViews(
            shell.window, project_widgets.images, project_widgets.grid, project_widgets.sidebar
        )
        self.project = Project(workspace, shell, views)
        self.project.closed.connect(self._on_closed)
        self.train_controller = self._make_train_controller(workspace)
        self.files = FileActions(self.project, views, say)
        deletion = DeleteController(self.project, views, say)
        objects = ImageMenu(self.project, shell.runner, views, say)
        own = (self.train_controller, self.files, deletion, objects, objects.moving)
        self.owners = (
            *self.project.controllers,
            *own,
            project_widgets.sidebar,
            project_widgets.images,
        )
        self._connect()

    def start(self, secret: Secret | None) -> None:
        window, workspace = self._shell.window, self.project.workspace
        window.set_filter("")
        window.show_results(is_shown=False)
        icon = "folder" if workspace.address.is_folder else "bucket"
        window.show_project(workspace.title, icon)
        window.status.cost.setVisible(not workspace.address.is_folder)
        self._show_undo(self.project.session.undo_state)
        self.project.start(secret, self._shell.project_widgets.drawer.transfers)
        self._shell.project_widgets.grid.setFocus()

    def close(self) -> None:
        self.train_controller.close()  # the project follows when no run is going on any more

    def keep_offline(self, address: ProjectAddress) -> bool:
        """Ask to keep a place offline; return whether it lies in this project."""
        return self.files.keep_offline(address)

    def _make_train_controller(self, workspace: Workspace) -> TrainController:
        shell, project_widgets, project = self._shell, self._shell.project_widgets, self.project
        stage = ModelWidgets(
            shell.window,
            project_widgets.grid,
            project_widgets.panel,
            project_widgets.results,
            project_widgets.drawer,
            shell.theme,
        )
        train_controller = TrainController(workspace, project.media, shell.runner, stage, shell.say)
        train_controller.crashed.connect(shell.report)
        train_controller.pictures_requested.connect(project.grid.controller.show_pictures)
        train_controller.closed.connect(project.close)
        train_controller.synchronise_requested.connect(project.sync_controller.synchronise)
        return train_controller

    def _connect(self) -> None:
        project = self.project
        project.transfers.scans.started.connect(self._on_transfer_started)
        project.transfers.queue.started.connect(self._on_transfer_started)
        project.session.undo_changed.connect(self._show_undo)
        project.session.edit_began.connect(self._allow_undo)

    def _on_transfer_started(self, _request: int, _title: str) -> None:
        self._shell.project_widgets.drawer.show_transfers()

    def _allow_undo(self) -> None:
        """Let a quick hand undo what the database has still to answer."""
        for action in HISTORY:
            self._shell.window.actions_set[action].setEnabled(True)

    def _show_undo(self, state: UndoState) -> None:
        actions = self._shell.window.actions_set
        for action, word, text in (
            (Action.UNDO, self.tr("Undo"), edit_text(state.undo_text)),
            (Action.REDO, self.tr("Redo"), edit_text(state.redo_text)),
        ):
            actions[action].setEnabled(bool(text))
            actions[action].setText(f"{word}: {text}" if text else word)

    def _on_closed(self) -> None:
        self.train_controller.deleteLater()
        self.project.deleteLater()
        self.closed.emit()
