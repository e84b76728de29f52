"""The pictures that the network got wrong, the most confident first."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from cloudanno_desktop.dataset.run_folder import Mistake
from cloudanno_desktop.gui.common.format import shown_percent
from cloudanno_desktop.gui.common.picture_reader import read_picture
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner

PICTURE_PX = 132
SHOWN = 60
KEY_ROLE = Qt.ItemDataRole.UserRole


class MistakesView(QListWidget):
    """Pictures with their label and what was predicted."""

    picture_requested = Signal(str)  # the key

    def __init__(self, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._mistakes: Sequence[Mistake] = ()
        self._round = 0
        self.setAccessibleName(self.tr("Worst mistakes"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
        self.setGridSize(QSize(PICTURE_PX + 28, PICTURE_PX + 62))
        self.setWordWrap(True)
        self.itemActivated.connect(lambda item: self.picture_requested.emit(item.data(KEY_ROLE)))

    def show_mistakes(self, mistakes: Sequence[Mistake]) -> None:
        self._mistakes = mistakes
        self.show_cell("", "")

    def show_cell(self, truth: str, predicted: str) -> None:
        """Show only pictures of ``truth`` predicted as ``predicted``; all if both are empty."""
        self._runner.cancel_all(self)
        self.clear()
        self._round += 1
        for mistake in [m for m in self._mistakes if _is_of(m, truth, predicted)][:SHOWN]:
            self._add(mistake)

    def _add(self, mistake: Mistake) -> None:
        text = self.tr("labeled %1\npredicted %2 (%3)").replace("%1", ", ".join(mistake.truth))
        text = text.replace("%2", mistake.predicted)
        item = QListWidgetItem(text.replace("%3", shown_percent(mistake.probability)), self)
        item.setData(KEY_ROLE, mistake.key)
        item.setToolTip(mistake.key)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        row, current = self.count() - 1, self._round

        def done(image: QImage) -> None:
            if current == self._round and not image.isNull():
                self.item(row).setIcon(QIcon(QPixmap.fromImage(image)))

        path = Path(mistake.path)
        self._runner.run(Task(self, lambda _task: read_picture(path, 2 * PICTURE_PX), done))


def _is_of(mistake: Mistake, truth: str, predicted: str) -> bool:
    return not truth or (truth in mistake.truth and mistake.predicted == predicted)
