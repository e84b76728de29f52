"""Another program, such as a file manager: a window onto which files can be dropped.

``python drop_sink.py FOLDER`` copies what is dropped into FOLDER, under the names that it has.
"""

import shutil
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel


class Folder(QLabel):
    """Takes files."""

    def __init__(self, path: Path) -> None:
        super().__init__("A folder", alignment=Qt.AlignmentFlag.AlignCenter)
        self.setWindowTitle("A folder on this computer")
        self.setAcceptDrops(True)
        self._path = path

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what says that it is files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Copy the files."""
        for url in event.mimeData().urls():
            source = Path(url.toLocalFile())
            shutil.copyfile(source, self._path / f"{source.name}.part")
            (self._path / f"{source.name}.part").rename(self._path / source.name)
        event.acceptProposedAction()


def main() -> int:
    """Show the window until it is closed."""
    application = QApplication(sys.argv[:1])
    window = Folder(Path(sys.argv[1]))
    window.resize(280, 420)
    window.move(12, 40)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
