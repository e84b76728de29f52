"""Drag with Qt's own drag loop, which the offscreen platform lacks; prints what was dropped."""

import json
import sys

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid
from cloudanno_desktop.gui.grid.mime import IMAGES_MIME, ids_from, label_mime

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
STEP_MS = 30


class LabelBox(QWidget):
    """Where thumbnails are dropped, and where a label is dragged from."""

    def __init__(self):
        super().__init__()
        self.setAcceptDrops(True)
        self.setFixedWidth(120)
        self.dropped = []

    def mouseMoveEvent(self, event):
        drag = QDrag(self)
        drag.setMimeData(label_mime("label-1"))
        drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.LinkAction)

    def dragEnterEvent(self, event):
        if event.mimeData().hasFormat(IMAGES_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event):
        self.dropped = ids_from(event.mimeData()).tolist()
        event.acceptProposedAction()


class ModelWidgets:
    """A window with a grid, a label beside it, and a mouse."""

    def __init__(self):
        self.window = QWidget()
        row = QHBoxLayout(self.window)
        self.grid, self.box = ThumbnailGrid(), LabelBox()
        row.addWidget(self.grid)
        row.addWidget(self.box)
        self.window.resize(900, 600)
        self.grid.set_images(np.arange(100, 200, dtype=np.int32))
        self.labeled = []
        self.grid.label_dropped.connect(
            lambda label, ids: self.labeled.append([label, ids.tolist()])
        )
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)

    def cell(self, position):
        point = self.grid.cell_rect(position).center()
        return self.grid.viewport().mapTo(self.window, point)

    def label(self):
        return self.box.mapTo(self.window, self.box.rect().center())

    def drag(self, start, end, *, escape=False):
        """Press, move past the drag distance, then act from inside the drag loop."""
        handle = self.window.windowHandle()
        acts = [
            lambda: QTest.mouseMove(handle, (start + end) / 2),
            lambda: QTest.mouseMove(handle, end),
            lambda: QTest.mouseMove(handle, end + QPoint(1, 1)),
            lambda: self.end_drag(handle, end, escape=escape),
        ]
        for number, act in enumerate(acts, 1):
            QTimer.singleShot(number * STEP_MS, act)
        QTest.mousePress(handle, LEFT, NO_KEY, start)
        QTest.mouseMove(handle, start + QPoint(30, 0))
        QApplication.processEvents()

    def end_drag(self, handle, point, *, escape):
        if escape:
            QTest.keyClick(handle, Qt.Key.Key_Escape)
        QTest.mouseRelease(handle, LEFT, NO_KEY, point)


def main():
    application = QApplication(sys.argv)
    stage = ModelWidgets()
    stage.grid.select_ids([101, 102, 150])
    stage.drag(stage.cell(1), stage.label())
    many = stage.box.dropped
    stage.drag(stage.cell(0), stage.label())
    one = stage.box.dropped
    stage.box.dropped = []
    stage.drag(stage.cell(3), stage.label(), escape=True)
    cancelled = stage.box.dropped
    stage.grid.select_ids([102, 103])
    stage.drag(stage.label(), stage.cell(2))
    selected = stage.grid.selected_ids().tolist()
    result = {"many": many, "one": one, "cancelled": cancelled, "labeled": stage.labeled}
    sys.stdout.write(json.dumps({**result, "selected": selected}))
    application.quit()


main()
