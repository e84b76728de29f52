"""A real drag of one label in the list: ``label_drag.py onto|between`` prints what was dropped."""

import sys

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.labels.label_list import LabelList
from cloudanno_desktop.gui.labels.label_model import LabelModel
from cloudanno_desktop.labels.label import Label, LabelCount

STEPS, STEP_MS, BEGIN_MS = 8, 30, 100
NO_KEY, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def reported(*words):
    sys.stdout.write(" ".join(words) + "\n")


class LabelDrag:
    """Carries the first label onto the second, or behind the last."""

    def __init__(self, application, target):
        self.application = application
        self.model = LabelModel()
        self.model.show_labels(
            [
                LabelCount(Label(name, name, "#4e79a7", float(place)), 2)
                for place, name in enumerate(("heron", "stork", "kite"))
            ]
        )
        self.view = LabelList(Theme(application, "light"), self.model)
        self.view.resize(260, 400)
        self.view.label_dropped.connect(lambda label, onto: reported("onto", label, onto))
        self.view.label_moved.connect(lambda label, row: reported("before row", label, str(row)))
        self.view.show()
        below = QPoint(0, self.view.visualRect(self.model.index(0)).height() // 2 - 1)
        self.end = self.center(1) if target == "onto" else self.center(2) + below

    def center(self, row):
        return self.view.viewport().mapTo(
            self.view, self.view.visualRect(self.model.index(row)).center()
        )

    def begin(self):
        start = self.center(0)
        for step in range(1, STEPS + 1):
            point = start + (self.end - start) * step / STEPS
            QTimer.singleShot(BEGIN_MS + STEP_MS * step, lambda point=point: self.move(point))
        QTimer.singleShot(BEGIN_MS + STEP_MS * (STEPS + 2), self.release)
        QTest.mousePress(self.view.windowHandle(), LEFT, NO_KEY, start)
        self.move(start + QPoint(0, 30))  # the drag begins, and its loop runs until the release

    def move(self, point):
        QTest.mouseMove(self.view.windowHandle(), point)

    def release(self):
        QTest.mouseRelease(self.view.windowHandle(), LEFT, NO_KEY, self.end)
        QTimer.singleShot(BEGIN_MS, self.application.quit)


if __name__ == "__main__":
    application = QApplication([])
    drag = LabelDrag(application, sys.argv[1])
    QTimer.singleShot(BEGIN_MS, drag.begin)
    application.exec()
