"""Pictures while they are dragged: always their ids for labels, and files once these are here.

Files are only wanted outside of the window. So that labeling by drag fetches nothing, they are
asked for when the pointer leaves it; whoever listens offers them as soon as they are ready.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QCursor, QDrag, QGuiApplication
from PySide6.QtWidgets import QWidget

from cloudanno_desktop.gui.grid.mime import images_mime
from cloudanno_desktop.gui.grid.selection import Ids

LOOK_EVERY_MS = 40


class Carried(QObject):
    """What one drag carries: ids for labels at once, files as soon as they are here."""

    left = Signal()  # the pointer is outside of the window for the first time
    ended = Signal(bool)  # whether it ended outside of the window

    def __init__(self, ids: Ids, window: QWidget) -> None:
        super().__init__(window)
        self.ids = ids
        self.mime: QMimeData = images_mime(ids)
        self.has_files = False
        self._window = window
        self._has_left = False
        self._look = QTimer(self, interval=LOOK_EVERY_MS)
        self._look.timeout.connect(self._on_look)

    def may_offer_files(self) -> None:
        """Announce files to come; systems read the list of formats only when a drag begins."""
        self.mime.setUrls([])

    def offer(self, paths: Sequence[Path]) -> None:
        self.has_files = bool(paths)
        self.mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])

    def begin(self, drag: QDrag) -> None:
        drag.setMimeData(self.mime)
        self._look.start()
        if QGuiApplication.platformName().startswith("wayland"):
            self._note_outside()  # there nobody is told where the pointer is outside

    def end(self) -> None:
        self._look.stop()
        self.ended.emit(self._is_outside())
        self.deleteLater()

    def _on_look(self) -> None:
        if self._is_outside():
            self._note_outside()

    def _note_outside(self) -> None:
        if not self._has_left:
            self._has_left = True
            self.left.emit()

    def _is_outside(self) -> bool:
        return not self._window.frameGeometry().contains(QCursor.pos())
