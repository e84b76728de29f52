"""What an open project does with labels, states, files and the past."""

from cloudanno_desktop.gui.project.conflict_controller import ConflictController
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.history_controller import HistoryController
from cloudanno_desktop.gui.project.label_admin import LabelAdmin
from cloudanno_desktop.gui.project.label_controller import LabelController
from cloudanno_desktop.gui.project.shell import Shell
from cloudanno_desktop.gui.project.state_actions import StateActions
from cloudanno_desktop.gui.project.sync_controller import SyncController
from cloudanno_desktop.gui.project.transfer_controller import TransferController
from cloudanno_desktop.gui.project.trash_controller import TrashController


class LabelControls:
    def __init__(
        self,
        session: EditSession,
        sync_controller: SyncController,
        queue: TransferController,
        shell: Shell,
        views: ProjectViews,
    ) -> None:
        runner, say = shell.runner, shell.say
        conflicts = ConflictController(session, views)
        self.trash_controller = TrashController(session, runner, shell.settings, views, say)
        self.label_controller = LabelController(session, queue, conflicts, views)
        self.history_controller = HistoryController(session, runner, views)
        self.admin = LabelAdmin(session, sync_controller, self.trash_controller, views, say)
        self.controllers = (
            self.label_controller,
            self.admin,
            StateActions(session, views),
            self.trash_controller,
            self.history_controller,
        )
