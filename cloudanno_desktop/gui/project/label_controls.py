"""What an open project does with labels, states, files and the past, as one value."""

from dataclasses import dataclass
from typing import Self

from PySide6.QtCore import QObject

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


@dataclass(frozen=True, slots=True)
class LabelControls:
    label_controller: LabelController
    trash_controller: TrashController
    label_admin: LabelAdmin
    state_actions: StateActions
    history_controller: HistoryController

    @classmethod
    def make(
        cls,
        session: EditSession,
        sync_controller: SyncController,
        queue: TransferController,
        shell: Shell,
        views: ProjectViews,
    ) -> Self:
        trash_controller = TrashController(session, shell.runner, shell.settings, views, shell.say)
        return cls(
            label_controller=LabelController(
                session, queue, ConflictController(session, views), views
            ),
            trash_controller=trash_controller,
            label_admin=LabelAdmin(session, sync_controller, trash_controller, views, shell.say),
            state_actions=StateActions(session, views),
            history_controller=HistoryController(session, shell.runner, views),
        )

    @property
    def controllers(self) -> tuple[QObject, ...]:
        return (
            self.label_controller,
            self.label_admin,
            self.state_actions,
            self.trash_controller,
            self.history_controller,
        )
