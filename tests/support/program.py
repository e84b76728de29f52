"""The program as a person uses it."""

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QTableWidget

from cloudanno_desktop.gui.labels.label_list import LabelList

LONG_MS = 120_000  # a child of low priority may have to load TensorFlow twice beside other tests


def make_pictures(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, name in enumerate(names):
        path = folder / name
        Image.new("RGB", (64, 48), (number * 40 % 255, 90, 160)).save(path)
        paths.append(path)
    return paths


def button(widget, text):
    """Return the button that begins with a text."""
    buttons = widget.findChildren(QAbstractButton)
    return next((b for b in buttons if b.text().replace("&", "").startswith(text)), None)


def text_of(widget, name):
    """Return the text of the label or field of that name."""
    found = widget.findChild(QLabel, name) or widget.findChild(QPlainTextEdit, name)
    return found.text() if isinstance(found, QLabel) else found.toPlainText()


def rows_of(dialog):
    """Return the texts of a table, row by row."""
    table = dialog.findChild(QTableWidget)
    columns = range(table.columnCount())
    return [tuple(table.item(r, c).text() for c in columns) for r in range(table.rowCount())]


class Window:
    """The program as a person uses it."""

    def __init__(self, app, qtbot):
        self.app = app
        self.qtbot = qtbot
        self.has_ended = False

    def wait(self, condition):
        self.qtbot.waitUntil(condition, timeout=LONG_MS)

    def open(self, address):
        with self.qtbot.waitSignal(self.app.project_opened, timeout=LONG_MS):
            self.app.project_opener.open(address)
        with self.qtbot.waitSignal(self.app.project.transfers.scans.scan_ended, timeout=LONG_MS):
            pass
        self.wait(lambda: not self.app.runner.is_busy)

    def add_label(self, name):
        self.app.project_widgets.sidebar.label_requested.emit(name)
        self.wait(lambda: name in self.counts())
        return self.label_id(name)

    def label_id(self, name):
        return self.app.project.workspace.labels.label_named(name).id

    def counts(self):
        return {row.label.name: row.images for row in self.app.project.session.labels()}

    def names(self):
        ids = self.app.project_widgets.grid.ids.tolist()
        return [row.key for row in self.app.project.workspace.index.rows(ids)]

    def press(self, key, modifiers=Qt.KeyboardModifier.NoModifier):
        self.app.project_widgets.grid.setFocus()
        self.qtbot.keyClick(self.app.project_widgets.grid, key, modifiers)

    def dialog(self, kind):
        """Wait for a dialog and return it."""
        found = []

        def is_open():
            found[:] = [x for x in self.app.window.findChildren(kind) if x.isVisible()]
            return bool(found)

        self.wait(is_open)
        return found[0]

    def do(self, action_id):
        """Do what a menu's entry does."""
        self.app.window.actions_set[action_id].trigger()

    def label_list(self):
        return self.app.project_widgets.sidebar.findChild(LabelList)

    def row_center(self, name):
        view = self.label_list()
        index = view.model().index_of(self.label_id(name))
        return view.visualRect(index).center()

    def end(self):
        if self.has_ended:
            return
        self.has_ended = True
        with self.qtbot.waitSignal(self.app.ended, timeout=LONG_MS):
            self.app.end()
