"""What an open project does with labels, states, files and the past, as one value."""

from dataclasses import dataclass
from typing import Self

from PySide6.QtCore import QObject

from cloudanno_desktop.gui.project.conflict_controller import Settling
from cloudanno_desktop.gui.project.edit_session import Session
from cloudanno_desktop.gui.project.grid_controller import Views
from cloudanno_desktop.gui.project.history_controller import Remembering
from cloudanno_desktop.gui.project.label_admin import Managing
from cloudanno_desktop.gui.project.label_controller import Labeling
from cloudanno_desktop.gui.project.shell import Shell
from cloudanno_desktop.gui.project.state_actions import Marking
from cloudanno_desktop.gui.project.sync_controller import Saving
from cloudanno_desktop.gui.project.transfer_controller import Transfers
from cloudanno_desktop.gui.project.trash_controller import Trashing


@dataclass(frozen=True, slots=True)
class LabelControls:
    """The controllers that change or show labels; they end with the session."""

    labeling: Labeling
    trashing: Trashing
    managing: Managing
    marking: Marking
    remembering: Remembering

    @classmethod
    def make(
        cls, session: Session, saving: Saving, queue: Transfers, shell: Shell, views: Views
    ) -> Self:
        """Join all of them to the views."""
        trashing = Trashing(session, shell.runner, shell.settings, views, shell.say)
        return cls(
            labeling=Labeling(session, queue, Settling(session, views), views),
            trashing=trashing,
            managing=Managing(session, saving, trashing, views, shell.say),
            marking=Marking(session, views),
            remembering=Remembering(session, shell.runner, views),
        )

    @property
    def controllers(self) -> tuple[QObject, ...]:
        """Those that handle actions."""
        return self.labeling, self.managing, self.marking, self.trashing, self.remembering
