"""Who else works on the project, in the status bar."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QWidget

from cloudanno_desktop.gui.common.theme import set_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudanno_desktop.labels.collaborators import Collaborator

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


class CollaboratorsLabel(QLabel):
    """Shows how many others there are and when the last of them was active."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "muted")
        self.setAccessibleName(self.tr("Other users"))
        self.hide()

    def show_collaborators(
        self, collaborators: "Sequence[Collaborator]", now: datetime | None = None
    ) -> None:
        self.setVisible(bool(collaborators))
        if not collaborators:
            return
        now = now or datetime.now(UTC)
        others = self.tr("%n other user(s)", "", len(collaborators))
        last = self.tr("active %1").replace("%1", self._ago(collaborators[0].changed, now))
        self.setText(f"{others}, {last}")
        lines = [
            f"{one.author or self.tr('unknown user')}: {self._ago(one.changed, now)}"
            for one in collaborators
        ]
        self.setToolTip("\n".join(lines))
        self.setAccessibleDescription(self.text())

    def _ago(self, moment: datetime, now: datetime) -> str:
        seconds = max(0, int((now - moment).total_seconds()))
        if seconds < MINUTE_S:
            return self.tr("just now")
        if seconds < HOUR_S:
            return self.tr("%n min ago", "", seconds // MINUTE_S)
        if seconds < DAY_S:
            return self.tr("%n hour(s) ago", "", seconds // HOUR_S)
        return self.tr("%n day(s) ago", "", seconds // DAY_S)
