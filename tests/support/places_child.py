"""Places as a user goes through them, with Qt's own check of the model behind them.

A model that breaks Qt's rules ends the process, so each walk runs in one of its own:
``python places_child.py WALK FOLDER``.
"""

import faulthandler
import gc
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.level import Listing
from cloudanno_desktop.gui.browser.browser import Browser
from cloudanno_desktop.gui.browser.nodes import Loading
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.settings import RecentProject

LISTINGS = {"": ("bucket",), "birds": ("spring/", "summer/"), "birds/spring": ("deep/",)}


class Places:
    """The browser with projects and a connection; each level is listed when it is asked for."""

    def __init__(self, application, folder):
        self.application = application
        self.folder = folder
        self.connections = [Connection(name="cloud")]
        self.browser = Browser(Theme(application, "light"))
        self.tree = self.browser.tree
        self.model = self.tree.model()
        self.tester = QAbstractItemModelTester(
            self.model, QAbstractItemModelTester.FailureReportingMode.Fatal
        )
        self.tester.setUseFetchMore(False)
        self.waiting = []
        self.browser.level_requested.connect(self.waiting.append)
        self.browser.show()
        self.show("owls", "birds", "frogs")

    def show(self, *names):
        projects = [RecentProject(Path(name).name, str(self.folder / name)) for name in names]
        self.browser.show_places(projects, self.connections)
        self.resolve()

    def resolve(self):
        """Let the view paint, then answer what it asked for."""
        self.application.processEvents()
        while self.waiting:
            node = self.waiting.pop(0)
            name = node.location.removeprefix(f"{self.folder}/")
            self.browser.show_level(node, Listing(LISTINGS.get(name, ())))
            self.application.processEvents()

    def index(self, *path):
        found = self.model.index(-1, 0)
        for name in path:
            rows = [self.model.index(row, 0, found) for row in range(self.model.rowCount(found))]
            found = next(index for index in rows if index.data() == name)
        return found

    def names(self, *path):
        parent = self.index(*path)
        return [self.model.index(r, 0, parent).data() for r in range(self.model.rowCount(parent))]

    def expand(self, *path):
        self.tree.expand(self.index(*path))
        self.resolve()

    def stand_on_deep(self):
        """Open two levels of a project, and make the place at the bottom the current one."""
        self.expand("Projects", "birds")
        self.expand("Projects", "birds", "spring")
        self.tree.setCurrentIndex(self.index("Projects", "birds", "spring", "deep"))
        assert self.tree.selectedIndexes() == [self.tree.currentIndex()]

    def look_around(self):
        """Open everything there is, and go down through it."""
        self.tree.expandAll()
        self.resolve()
        self.tree.setCurrentIndex(self.index("Projects"))
        for _ in range(12):
            self.tree.setCurrentIndex(self.tree.indexBelow(self.tree.currentIndex()))
        self.resolve()


def open_sub_folder(places):
    places.browser.project_requested.connect(
        lambda address: places.show(
            str(Path(address.location).relative_to(places.folder)), "owls", "birds", "frogs"
        )
    )
    places.stand_on_deep()
    places.tree.activated.emit(places.tree.currentIndex())
    assert places.names("Projects") == ["deep", "owls", "birds", "frogs"]
    assert places.tree.currentIndex() == places.index("Projects", "birds", "spring", "deep")
    assert places.tree.isExpanded(places.index("Projects", "birds", "spring"))


def change_order(places):
    places.stand_on_deep()
    places.show("birds", "owls", "frogs")
    places.show("frogs", "owls", "birds")
    assert places.names("Projects") == ["frogs", "owls", "birds"]
    assert places.tree.currentIndex() == places.index("Projects", "birds", "spring", "deep")


def forget_what_is_current(places):
    places.stand_on_deep()
    places.show("owls", "toads")
    assert places.names("Projects") == ["owls", "toads"]
    assert places.tree.currentIndex().data() != "deep"
    places.show()
    assert places.names("Projects") == []
    places.show("birds")


def forget_what_is_being_listed(places):
    places.tree.expand(places.index("Projects", "birds"))
    node = places.waiting.pop()
    places.show("owls")
    places.browser.show_level(node, Listing(("late/",)))
    places.browser.show_problem(node, "Too late.")
    places.browser.refresh(node)
    assert places.names("Projects") == ["owls"]


def keep_what_is_being_listed(places):
    places.tree.expand(places.index("Projects", "birds"))
    waiting = places.waiting[:]
    places.waiting.clear()
    places.show("birds", "owls")
    places.waiting.extend(waiting)
    places.resolve()
    assert places.names("Projects", "birds") == ["spring", "summer"]


def refresh_above_what_is_current(places):
    places.stand_on_deep()
    node = places.model.node(places.index("Projects", "birds"))
    places.browser.refresh(node)
    assert node.loading is Loading.RUNNING
    places.resolve()
    assert places.names("Projects", "birds") == ["spring", "summer"]
    places.browser.show_problem(node, "The folder is gone.")
    places.expand("Projects", "birds")
    places.tree.collapseAll()


def change_connections(places):
    places.stand_on_deep()
    places.expand("cloud")
    places.connections = [Connection(name="cloud"), Connection(name="other")]
    places.show("birds", "owls")
    assert places.names() == ["Projects", "cloud", "other"]
    places.expand("other")
    places.connections = []
    places.show("birds")


def use_a_menu_that_has_outlived_its_place(places):
    places.stand_on_deep()
    needed = []
    places.browser.project_requested.connect(needed.append)
    index = places.tree.currentIndex()
    places.tree.menu_requested.emit(index, places.tree.visualRect(index).center())
    menu = places.application.activePopupWidget()
    del index
    places.show("owls")
    action = next(a for a in menu.actions() if a.text() == "Open as project")
    action.trigger()
    assert [Path(address.location).name for address in needed] == ["deep"]
    menu.close()


def hold_an_index_for_too_long(places):
    places.stand_on_deep()
    index = places.tree.currentIndex()
    places.show("owls")
    gc.collect()
    assert places.model.data(index, Qt.ItemDataRole.DisplayRole) is None
    places.browser.tree.rename_requested.emit(index)


if __name__ == "__main__":
    faulthandler.enable()
    shown = Places(QApplication(sys.argv[:1]), Path(sys.argv[2]))
    globals()[sys.argv[1]](shown)
    shown.look_around()
