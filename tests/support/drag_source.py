"""Another program, such as a file manager: a window from which files can be dragged.

``python drag_source.py FILE…`` shows them, all selected.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QDrag, QIcon
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem


class Files(QListWidget):
    """Shows pictures like a file manager and offers the selected ones as file URLs."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self.setWindowTitle("Photos on this computer")
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.setIconSize(QSize(96, 96))
        self.setGridSize(QSize(126, 124))
        self.setMovement(QListWidget.Movement.Static)
        self.setDragEnabled(True)  # which the line above switches off
        for path in paths:
            item = QListWidgetItem(QIcon(str(path)), path.name, self)
            item.setToolTip(str(path))
        self.selectAll()

    def startDrag(self, _actions: Qt.DropAction) -> None:  # noqa: N802 - Qt's name
        """Offer the files of the selected pictures, a small picture below the pointer."""
        items = self.selectedItems()
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(item.toolTip()) for item in items])
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.setPixmap(items[0].icon().pixmap(56, 56))
        drag.setHotSpot(QPoint(-10, -14))
        drag.exec(Qt.DropAction.CopyAction)


def main() -> int:
    """Show the window until it is closed."""
    application = QApplication(sys.argv[:1])
    window = Files([Path(name) for name in sys.argv[1:]])
    window.resize(280, 420)
    window.move(12, 40)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
