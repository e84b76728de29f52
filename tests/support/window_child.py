"""The real window in a process of its own: it is worked with, and says what it shows as done.

One line goes to standard output at the very moment at which the window has something to show.
"""

import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.gui.labels.label_list import LabelList
from cloudanno_desktop.gui.model.publish_dialog import PublishDialog
from cloudanno_desktop.gui.transfers.transfer_row import RowName, TransferRow
from cloudanno_desktop.settings import Settings

LOOK_EVERY_MS = 2
LABEL = "heron"
SAVE_EVERY_MS = 200
KEY_S = 0.03  # a press in the very moment of a release is taken for a key that is held


def say(*words):
    """Tell one line before anything else happens."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Collaborator:
    """Works with the window, and looks at it all the time."""

    def __init__(self, app, work):
        self.app = app
        self.reported = set()
        self.steps = getattr(self, work)()
        self.condition = lambda: True
        self.clock = QTimer(interval=LOOK_EVERY_MS)
        self.clock.timeout.connect(self.look)

    def look(self):
        for row in self.app.project_widgets.drawer.transfers.findChildren(TransferRow):
            name = row.findChild(RowName).text()
            if any(" done" in label.text() for label in row.findChildren(QLabel)):
                self.report("uploaded", name)
        for label in self.app.project_widgets.panel.findChildren(QLabel):
            if label.isVisible() and label.text():
                self.report("panel", label.text())
        if self.condition():
            self.condition = next(self.steps, lambda: False)

    def report(self, *words):
        if words not in self.reported:
            self.reported.add(words)
            say(*words)

    def cells(self, ids):
        """Give the grid its cells and tell what they show."""
        cells = self.app.project.session.cells(ids)
        for cell in cells:
            for chip in cell.chips:
                self.report("labeled", cell.key, chip.text)
        return cells

    def is_ready(self):
        project = self.app.project
        return project and not project.transfers.scans.is_scanning and not self.app.runner.is_busy

    def has_label(self):
        return self.app.project_widgets.sidebar.label_at(0) is not None

    def open(self):
        yield self.is_ready
        self.app.project_widgets.grid.set_rows_provider(self.cells)
        self.app.project_widgets.sidebar.label_requested.emit(LABEL)
        yield self.has_label
        say("ready")

    def label(self):
        yield from self.open()
        for image_id in self.app.project_widgets.grid.ids.tolist():
            self.app.project_widgets.grid.setFocus()
            self.app.project_widgets.grid.set_current(image_id)
            QTest.keyClick(self.app.project_widgets.grid, Qt.Key.Key_1)
            pressed = time.monotonic()
            yield lambda pressed=pressed: time.monotonic() - pressed > KEY_S

    def share(self):
        """Label every second picture that has no label yet, and save all the time."""
        yield from self.open()
        save = QTimer(self.app, interval=SAVE_EVERY_MS)
        save.timeout.connect(self.app.project.sync_controller.synchronise)
        save.start()
        part = int(os.environ["WINDOW_PART"])
        for image_id in self.app.project_widgets.grid.ids.tolist()[part::2]:
            if self.cells([image_id])[0].chips:
                continue
            self.app.project_widgets.grid.setFocus()
            self.app.project_widgets.grid.set_current(image_id)
            QTest.keyClick(self.app.project_widgets.grid, Qt.Key.Key_1)
            yield lambda needed=image_id: self.cells([needed])[0].chips
        say("all labeled")

    def upload(self):
        yield from self.open()
        view = self.app.project_widgets.sidebar.findChild(LabelList)
        label_id = self.app.project_widgets.sidebar.label_at(0).label.id
        for path in sorted(Path(os.environ["WINDOW_FILES"]).iterdir()):
            mime = QMimeData()
            mime.setUrls([QUrl.fromLocalFile(str(path))])
            drop(view.viewport(), view.visualRect(view.model().index_of(label_id)).center(), mime)
            yield lambda: True

    def train(self):
        yield from self.open()
        weights = os.environ["WINDOW_WEIGHTS"]
        formats = ("keras", "tflite")
        options = TrainOptions(backbone="mobilenet_v1_025", weights=weights, formats=formats)
        self.app.train_controller.train(options)
        say("training")

    def publish(self):
        yield from self.open()
        QTimer.singleShot(0, self.app.train_controller.ask_publish)
        yield lambda: self.app.window.findChild(PublishDialog) is not None
        dialog = self.app.window.findChild(PublishDialog)
        button = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Publish")
        button.click()
        say("publishing")
        yield lambda: "now serves" in shown_text(dialog)
        say("published", shown_text(dialog))


def shown_text(dialog):
    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def drop(viewport, point, mime):
    rest = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    for kind in (QDragEnterEvent, QDropEvent):
        position = QPoint(point)
        event = kind(position, *rest, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(viewport, event)


def fail(*error):
    sys.__excepthook__(*error)
    os._exit(1)


def main():
    sys.excepthook = fail
    work, location, endpoint = sys.argv[1:]
    connection = Connection(name="", endpoint_url=endpoint, addressing="path") if endpoint else None
    application = QApplication([])
    app = App(application, Settings(theme="light", thumbnail_px=96))
    app.show()
    app.project_opener.open(parse_address(location, connection))
    user = Collaborator(app, work)
    user.clock.start()
    application.exec()


main()
