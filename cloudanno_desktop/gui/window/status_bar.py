"""The line at the bottom: images, bytes, selection, labels, transfers, connection."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.cost.cost_button import CostButton
from cloudanno_desktop.gui.history.collaborators_label import CollaboratorsLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudanno_desktop.labels.collaborators import Collaborator


@dataclass(frozen=True, slots=True)
class ProjectCounts:
    """The numbers of an open project; ``pending`` operations wait to be flushed."""

    images: int = 0
    bytes: int = 0
    labeled: int = 0
    pending: int = 0


class StatusBar(QStatusBar):
    """Shows numbers and the state of the connection."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, sizeGripEnabled=False)
        self._theme = theme
        self._images, self._selected, self._labeled = QLabel(), QLabel(), QLabel()
        self._transfers, self._offline, self._state = QLabel(), QLabel(), QLabel()
        self._state.setAccessibleName(self.tr("Connection"))
        self._pending = 0
        self._offline_since: datetime | None = None
        self._is_saving = False
        for label in (self._images, self._labeled, self._selected):
            self.addWidget(label)
        self._collaborators = CollaboratorsLabel()
        self._state.setObjectName("state")
        self._collaborators.setObjectName("people")
        for label in (self._transfers, self._offline, self._collaborators, self._state):
            self.addPermanentWidget(label)
        self.cost = CostButton()
        self.addPermanentWidget(self.cost)
        self.clear()

    def clear(self) -> None:
        self.cost.hide()
        for label in (self._images, self._selected, self._labeled):
            label.clear()
        for label in (self._transfers, self._offline, self._collaborators, self._state):
            label.hide()
        self._offline_since = None
        self._is_saving = False

    def show_counts(self, counts: ProjectCounts) -> None:
        pictures = self.tr("%n picture(s)", "", counts.images)
        self._images.setText(f"{pictures} · {shown_bytes(counts.bytes)}")
        self._labeled.setText(
            self.tr("labeled %1").replace("%1", f"{counts.labeled:,}/{counts.images:,}")
        )
        self._pending = counts.pending
        self._show_state()

    def show_selected(self, images: int) -> None:
        self._selected.setText(self.tr("%n selected", "", images) if images else "")

    def show_collaborators(self, collaborators: "Sequence[Collaborator]") -> None:
        self._collaborators.show_collaborators(collaborators)

    def show_transfers(self, running: int, bytes_per_second: float) -> None:
        parts = [self.tr("%n transfer(s)", "", running)]
        if bytes_per_second > 0:
            parts.append(f"{shown_bytes(int(bytes_per_second))}/s")
        self._transfers.setText(" · ".join(parts))
        self._transfers.setVisible(running > 0)

    def show_connection(self, offline_since: datetime | None) -> None:
        """Show since when the storage is unreachable; ``None`` while it is reachable."""
        self._offline_since = offline_since
        self._show_state()

    def show_offline_selection(self, done: int, total: int) -> None:
        """Show how many of the offline originals are here; nothing once all are."""
        text = self.tr("Downloading for offline use %1").replace("%1", f"{done:,}/{total:,}")
        self._offline.setText(text)
        self._offline.setVisible(done < total)

    def show_saving(self, *, is_running: bool) -> None:
        self._is_saving = is_running
        self._show_state()

    def _show_state(self) -> None:
        self._state.setText(self._state_text())
        self._state.setToolTip(self._state_tip())
        role = "warning" if self._offline_since is not None else "muted"
        if self._state.property("role") != role:
            set_role(self._state, role)
        self._state.show()

    def _state_text(self) -> str:
        waiting = self.tr("%n unsaved change(s)", "", self._pending) if self._pending else ""
        if self._offline_since is not None:
            since = self.tr("Offline since %1").replace("%1", f"{self._offline_since:%H:%M}")
            return " · ".join(part for part in (since, waiting) if part)
        if waiting and self._is_saving:
            return self.tr("Saving %n change(s)…", "", self._pending)
        return waiting or self.tr("Online · All changes saved")

    def _state_tip(self) -> str:
        if self._offline_since is None:
            return self.tr("Changes are saved on this computer first, then in the bucket.")
        return self.tr(
            "The storage is unreachable. You can go on working: changes are saved on this computer "
            "and uploaded once it is reachable again. Press F5 to try now."
        )
