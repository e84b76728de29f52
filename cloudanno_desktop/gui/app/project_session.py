"""An open project joined to the window: its controllers, and which of them handles an action."""

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.project.delete_controller import DeleteController
from cloudanno_desktop.gui.project.edit_texts import UndoState, edit_text
from cloudanno_desktop.gui.project.file_actions import FileActions
from cloudanno_desktop.gui.project.grid_controller import Views
from cloudanno_desktop.gui.project.image_menu import Objects
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.gui.project.shell import Shell
from cloudanno_desktop.gui.project.train_controller import Modelling, Stage
from cloudanno_desktop.projects.workspace import Workspace


class ProjectSession(QObject):
    """Makes the controllers of one project; they end with it.

    Signals:
        closed: everything is saved as far as it could be, and let go of.
    """

    closed = Signal()

    def __init__(self, workspace: Workspace, shell: Shell) -> None:
        super().__init__()
        desk, say = shell.desk, shell.say
        self._shell = shell
        views = Views(shell.window, desk.images, desk.grid, desk.sidebar)
        self.project = Project(workspace, shell, views)
        self.project.closed.connect(self._on_closed)
        self.modelling = self._make_modelling(workspace)
        self.files = FileActions(self.project, views, say)
        deletion = DeleteController(self.project, views, say)
        objects = Objects(self.project, shell.runner, views, say)
        own = (self.modelling, self.files, deletion, objects, objects.moving)
        self.owners = (*self.project.controllers, *own, desk.sidebar, desk.images)
        self._connect()

    def start(self, secret: Secret | None) -> None:
        """Show the project."""
        window, workspace = self._shell.window, self.project.workspace
        window.set_filter("")
        window.show_results(is_shown=False)
        window.show_project(workspace.title)
        window.status.cost.setVisible(not workspace.address.is_folder)
        self._show_undo(self.project.session.undo_state)
        self.project.start(secret, self._shell.desk.drawer.transfers)
        self._shell.desk.grid.setFocus()

    def close(self) -> None:
        """Stop what is going on; ``closed`` follows."""
        self.modelling.close()  # the project follows when no run is going on any more

    def keep_offline(self, address: ProjectAddress) -> bool:
        """Ask to keep a place offline; return whether it lies in this project."""
        return self.files.keep_offline(address)

    def _make_modelling(self, workspace: Workspace) -> Modelling:
        shell, desk, project = self._shell, self._shell.desk, self.project
        stage = Stage(shell.window, desk.grid, desk.panel, desk.results, desk.drawer, shell.theme)
        modelling = Modelling(workspace, project.media, shell.runner, stage, shell.say)
        modelling.crashed.connect(shell.report)
        modelling.closed.connect(project.close)
        modelling.synchronise_wanted.connect(project.saving.synchronise)
        return modelling

    def _connect(self) -> None:
        project = self.project
        project.transfers.scans.started.connect(self._on_transfer_started)
        project.transfers.queue.started.connect(self._on_transfer_started)
        project.session.undo_changed.connect(self._show_undo)

    def _on_transfer_started(self, _request: int, _title: str) -> None:
        self._shell.desk.drawer.show_transfers()

    def _show_undo(self, state: UndoState) -> None:
        """Show on the actions what undo and redo would do."""
        actions = self._shell.window.actions_set
        for action, word, text in (
            (Action.UNDO, self.tr("Undo"), edit_text(state.undo_text)),
            (Action.REDO, self.tr("Redo"), edit_text(state.redo_text)),
        ):
            actions[action].setEnabled(bool(text))
            actions[action].setText(f"{word}: {text}" if text else word)

    def _on_closed(self) -> None:
        self.modelling.deleteLater()
        self.project.deleteLater()
        self.closed.emit()
