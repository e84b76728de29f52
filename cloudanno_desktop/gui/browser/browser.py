"""The left side of the window: the places where projects can be opened."""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.level import Listing
from cloudanno_desktop.gui.browser.nodes import Loading, Node, PlaceKind
from cloudanno_desktop.gui.browser.places_tree import PlacesTree
from cloudanno_desktop.gui.browser.tree_model import TreeModel
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import IconButton, hidden_button, styled_label
from cloudanno_desktop.settings import RecentProject


class PlaceAction(StrEnum):
    STAR = "star"
    UNSTAR = "unstar"
    FORGET = "forget"
    BY_NAME = "by_name"
    EDIT = "edit"
    NEW_BUCKET = "new_bucket"
    COPY_ADDRESS = "copy_address"
    KEEP = "keep"
    RENAME = "rename"
    DELETE = "delete"
    REFRESH = "refresh"
    STOP = "stop"


LINE = None  # a separator in a menu
MENUS: dict[PlaceKind, tuple[PlaceAction | None, ...]] = {
    PlaceKind.PROJECT: (
        PlaceAction.STAR,
        PlaceAction.UNSTAR,
        PlaceAction.COPY_ADDRESS,
        PlaceAction.REFRESH,
        LINE,
        PlaceAction.FORGET,
    ),
    PlaceKind.CONNECTION: (
        *(PlaceAction.BY_NAME, PlaceAction.NEW_BUCKET, LINE, PlaceAction.EDIT, PlaceAction.REFRESH),
    ),
    PlaceKind.BUCKET: (
        PlaceAction.STAR,
        PlaceAction.COPY_ADDRESS,
        PlaceAction.KEEP,
        PlaceAction.REFRESH,
        LINE,
        PlaceAction.DELETE,
    ),
    PlaceKind.PREFIX: (
        *(PlaceAction.STAR, PlaceAction.COPY_ADDRESS, PlaceAction.KEEP, PlaceAction.REFRESH, LINE),
        *(PlaceAction.RENAME, PlaceAction.DELETE),
    ),
}


class Browser(QFrame):
    """Shows the tree of places."""

    level_requested = Signal(object)  # the Node to list
    level_unwanted = Signal(object)  # a Node that need not be listed any more
    project_requested = Signal(object)  # ProjectAddress
    act_requested = Signal(object, object)  # PlaceAction, Node
    connect_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = TreeModel(theme, self)
        self._model.level_requested.connect(self.level_requested)
        self._model.level_unwanted.connect(self.level_unwanted)
        set_role(self, "edge-right")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(self._build_empty())
        column.addWidget(self._build_tree(), 1)
        self._bucket = hidden_button(self.tr("New bucket…"), "link")
        self._bucket.clicked.connect(self._on_new_bucket)
        column.addWidget(self._bucket)

    def show_places(
        self, projects: Sequence[RecentProject], connections: Sequence[Connection]
    ) -> None:
        self._model.show_places(projects, connections)
        if projects:
            self.tree.expand(self._model.index(0, 0))
        self._bucket.setVisible(bool(connections))
        self._empty.setVisible(not projects and not connections)

    def open_connection(self, name: str) -> None:
        index = self._model.connection_index(name)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.expand(index)

    def show_level(self, node: Node, listing: Listing) -> None:
        self._model.show_level(node, listing)

    def show_problem(self, node: Node, sentence: str, way: str = "") -> None:
        """``way`` offers to type a bucket's name instead."""
        self._model.show_problem(node, sentence, way)

    def retry(self, is_online: bool) -> None:
        if is_online:
            self._model.retry()

    def refresh(self, node: Node) -> None:
        self._model.refresh(node)

    def _build_head(self) -> QWidget:
        head = QWidget()
        add = IconButton(self._theme, "plus", self.tr("Connect to object storage…"))
        add.clicked.connect(self.connect_requested)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 8, 6, 2)
        row.addWidget(styled_label(self.tr("Places"), "section"))
        row.addStretch(1)
        row.addWidget(add)
        return head

    def _build_empty(self) -> QLabel:
        text = self.tr("No places yet. Open a folder, or connect to object storage with +.")
        self._empty = styled_label(text, "muted", wraps=True)
        self._empty.setContentsMargins(14, 6, 14, 6)
        return self._empty

    def _build_tree(self) -> PlacesTree:
        self.tree = PlacesTree()
        self.tree.setModel(self._model)
        self.tree.menu_requested.connect(self._on_menu)
        self.tree.rename_requested.connect(lambda index: self._on_key(PlaceAction.RENAME, index))
        self.tree.deletion_requested.connect(self._on_deletion_key)
        self.tree.activated.connect(self._on_activated)
        self.tree.expanded.connect(self._on_expanded)
        self.tree.collapsed.connect(lambda index: self._model.stop(self._model.node(index)))
        return self.tree

    def _on_activated(self, index: QModelIndex) -> None:
        node = self._model.node(index)
        if node.kind is PlaceKind.WAY and node.up is not None:
            self.act_requested.emit(PlaceAction.BY_NAME, node.up)
        elif node.kind is PlaceKind.NOTE and node.up and node.up.loading is Loading.FAILED:
            self._model.refresh(node.up)
        elif node.address is not None:
            self.project_requested.emit(node.address)
        else:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _on_expanded(self, index: QModelIndex) -> None:
        node = self._model.node(index)
        if node.loading is Loading.FAILED:
            self._model.refresh(node)
        elif self._model.canFetchMore(index):
            self._model.fetchMore(index)

    def _on_menu(self, index: QModelIndex, point: QPoint) -> None:
        node = self._model.node(index)
        if node.kind not in MENUS:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if node.address is not None:
            address = node.address
            open_it = menu.addAction(self.tr("Open as project"))
            open_it.triggered.connect(lambda: self.project_requested.emit(address))
        for act in MENUS[node.kind]:
            self._add_act(menu, act, node)
        menu.popup(point)

    def _add_act(self, menu: QMenu, act: PlaceAction | None, node: Node) -> None:
        if act is LINE:
            menu.addSeparator()
            return
        is_favorite = node.project is not None and node.project.is_favorite
        if act is PlaceAction.REFRESH and node.loading is Loading.RUNNING:
            act = PlaceAction.STOP
        if act is (PlaceAction.STAR if is_favorite else PlaceAction.UNSTAR):
            return
        action = menu.addAction(self._text_of(act, node))
        action.triggered.connect(lambda: self._do(act, node))
        keys = {PlaceAction.RENAME: Qt.Key.Key_F2, PlaceAction.DELETE: Qt.Key.Key_Delete}
        if act in keys:
            action.setShortcut(keys[act])

    def _text_of(self, act: PlaceAction, node: Node) -> str:
        is_folder = node.address is not None and node.address.is_folder
        delete = (
            self.tr("Delete bucket…")
            if node.kind is PlaceKind.BUCKET
            else self.tr("Delete folder…")
        )
        return {
            PlaceAction.STAR: self.tr("Add to favorites"),
            PlaceAction.UNSTAR: self.tr("Remove from favorites"),
            PlaceAction.FORGET: self.tr("Remove from this list"),
            PlaceAction.BY_NAME: self.tr("Open a bucket by name…"),
            PlaceAction.EDIT: self.tr("Edit connection…"),
            PlaceAction.NEW_BUCKET: self.tr("New bucket…"),
            PlaceAction.COPY_ADDRESS: self.tr("Copy path") if is_folder else self.tr("Copy S3 URI"),
            PlaceAction.KEEP: self.tr("Keep offline…"),
            PlaceAction.RENAME: self.tr("Rename or move…"),
            PlaceAction.DELETE: delete,
            PlaceAction.REFRESH: self.tr("Refresh"),
            PlaceAction.STOP: self.tr("Stop listing"),
        }[act]

    def _do(self, act: PlaceAction, node: Node) -> None:
        if act is PlaceAction.REFRESH:
            self._model.refresh(node)
        elif act is PlaceAction.STOP:
            self._model.stop(node)
        else:
            self.act_requested.emit(act, node)

    def _on_key(self, act: PlaceAction, index: QModelIndex) -> None:
        node = self._model.node(index)
        if act in MENUS.get(node.kind, ()):
            self.act_requested.emit(act, node)

    def _on_deletion_key(self, index: QModelIndex) -> None:
        is_project = self._model.node(index).kind is PlaceKind.PROJECT
        self._on_key(PlaceAction.FORGET if is_project else PlaceAction.DELETE, index)

    def _on_new_bucket(self) -> None:
        node: Node | None = self._model.node(self.tree.currentIndex())
        while node is not None and node.kind is not PlaceKind.CONNECTION:
            node = node.up
        if node is None:
            node = self._model.first_connection()
        if node is not None:
            self.act_requested.emit(PlaceAction.NEW_BUCKET, node)
