"""The line at the bottom: images, bytes, selection, labels, transfers, connection."""

from dataclasses import dataclass

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from cloudanno_desktop.gui.sizes import shown_bytes
from cloudanno_desktop.gui.theme import Theme


@dataclass(frozen=True, slots=True)
class ProjectCounts:
    """The numbers of an open project; ``pending`` operations wait to be flushed."""

    images: int = 0
    bytes: int = 0
    labeled: int = 0
    pending: int = 0


class StatusBar(QStatusBar):
    """Shows numbers; asks nothing."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, sizeGripEnabled=False)
        self._theme = theme
        self._images, self._selected, self._labeled = QLabel(), QLabel(), QLabel()
        self._transfers, self._saved, self._offline = QLabel(), QLabel(), QLabel()
        for label in (self._images, self._labeled, self._selected):
            self.addWidget(label)
        for label in (self._transfers, self._saved, self._offline):
            self.addPermanentWidget(label)
        self.clear()

    def clear(self) -> None:
        """Show nothing: no project is open."""
        for label in (self._images, self._selected, self._labeled):
            label.clear()
        for label in (self._transfers, self._saved, self._offline):
            label.hide()

    def show_counts(self, counts: ProjectCounts) -> None:
        """Show the numbers of the project."""
        images = self.tr("%n image(s)", "", counts.images).replace(
            str(counts.images), f"{counts.images:,}"
        )
        self._images.setText(f"{images} · {shown_bytes(counts.bytes)}")
        self._labeled.setText(
            self.tr("labeled %1").replace("%1", f"{counts.labeled:,}/{counts.images:,}")
        )
        waiting = self.tr("%n change(s) to save to the bucket", "", counts.pending)
        self._saved.setText(waiting if counts.pending else self.tr("all saved"))
        self._saved.show()

    def show_selected(self, images: int) -> None:
        """Show how many images are selected."""
        self._selected.setText(self.tr("%n selected", "", images) if images else "")

    def show_transfers(self, running: int, bytes_per_second: float) -> None:
        """Show what runs, and how fast."""
        parts = [self.tr("%n transfer(s)", "", running)]
        if bytes_per_second > 0:
            parts.append(f"{shown_bytes(int(bytes_per_second))}/s")
        self._transfers.setText(" · ".join(parts))
        self._transfers.setVisible(running > 0)

    def show_offline(self, is_offline: bool) -> None:
        """Say whether the storage can be reached."""
        self._offline.setText(self.tr("offline: changes are kept and saved later"))
        self._offline.setStyleSheet(f"color: {self._theme.colors.warning}")
        self._offline.setVisible(is_offline)
