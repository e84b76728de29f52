"""The left side of the window: where projects can be opened."""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.level import Listing
from cloudanno_desktop.gui.browser.nodes import Kind, Loading, Node
from cloudanno_desktop.gui.browser.places_tree import PlacesTree
from cloudanno_desktop.gui.browser.tree_model import TreeModel
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import IconButton, hidden_button
from cloudanno_desktop.settings import RecentProject


class Act(StrEnum):
    """What can be done with a place, besides opening it."""

    STAR = "star"
    UNSTAR = "unstar"
    FORGET = "forget"
    BY_NAME = "by_name"
    NEW_BUCKET = "new_bucket"
    COPY_ADDRESS = "copy_address"
    KEEP = "keep"
    RENAME = "rename"
    DELETE = "delete"
    REFRESH = "refresh"
    STOP = "stop"


LINE = None  # a separator in a menu
MENUS: dict[Kind, tuple[Act | None, ...]] = {
    Kind.PROJECT: (Act.STAR, Act.UNSTAR, Act.COPY_ADDRESS, Act.REFRESH, LINE, Act.FORGET),
    Kind.CONNECTION: (Act.BY_NAME, Act.NEW_BUCKET, LINE, Act.REFRESH),
    Kind.BUCKET: (Act.STAR, Act.COPY_ADDRESS, Act.KEEP, Act.REFRESH, LINE, Act.DELETE),
    Kind.PREFIX: (
        *(Act.STAR, Act.COPY_ADDRESS, Act.KEEP, Act.REFRESH, LINE),
        *(Act.RENAME, Act.DELETE),
    ),
}


class Browser(QFrame):
    """Shows the tree of places.

    Attributes:
        tree: the view.

    Signals:
        level_wanted: a node whose next level is to be listed.
        level_unwanted: a node that need not be listed any more.
        project_wanted: the ``ProjectAddress`` to open.
        act_wanted: an ``Act`` and its node.
        connect_wanted: a new connection shall be made.
    """

    level_wanted = Signal(object)
    level_unwanted = Signal(object)
    project_wanted = Signal(object)
    act_wanted = Signal(object, object)
    connect_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = TreeModel(theme, self)
        self._model.level_wanted.connect(self.level_wanted)
        self._model.level_unwanted.connect(self.level_unwanted)
        set_role(self, "edge-right")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(self._build_empty())
        column.addWidget(self._build_tree(), 1)
        column.addWidget(self._build_foot())

    def show_places(
        self, projects: Sequence[RecentProject], connections: Sequence[Connection]
    ) -> None:
        """Show projects and connections."""
        self._model.show_places(projects, connections)
        if projects:
            self.tree.expand(self._model.index(0, 0))
        self._bucket.setVisible(bool(connections))
        self._empty.setVisible(not projects and not connections)

    def open_connection(self, name: str) -> None:
        """Open the level of a connection, which lists its buckets."""
        index = self._model.connection_index(name)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.expand(index)

    def show_level(self, node: Node, listing: Listing) -> None:
        """Show what is below a place."""
        self._model.show_level(node, listing)

    def show_problem(self, node: Node, sentence: str, way: str = "") -> None:
        """Show why a place cannot be listed; ``way`` offers to type a bucket's name."""
        self._model.show_problem(node, sentence, way)

    def refresh(self, node: Node) -> None:
        """List a place again."""
        self._model.refresh(node)

    def _build_head(self) -> QWidget:
        head = QWidget()
        title = QLabel(self.tr("PLACES"))
        set_role(title, "section")
        add = IconButton(self._theme, "plus", self.tr("Connect to object storage…"))
        add.clicked.connect(self.connect_wanted)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 8, 6, 2)
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(add)
        return head

    def _build_empty(self) -> QLabel:
        text = self.tr("No places yet. Open a folder, or connect to object storage with +.")
        self._empty = QLabel(text, wordWrap=True)
        self._empty.setContentsMargins(14, 6, 14, 6)
        set_role(self._empty, "muted")
        return self._empty

    def _build_tree(self) -> PlacesTree:
        self.tree = PlacesTree()
        self.tree.setModel(self._model)
        self.tree.menu_wanted.connect(self._on_menu)
        self.tree.rename_wanted.connect(lambda index: self._on_key(Act.RENAME, index))
        self.tree.deletion_wanted.connect(self._on_deletion_key)
        self.tree.activated.connect(self._on_activated)
        self.tree.expanded.connect(self._on_expanded)
        self.tree.collapsed.connect(lambda index: self._model.stop(self._model.node(index)))
        return self.tree

    def _build_foot(self) -> QPushButton:
        self._bucket = hidden_button(self.tr("New bucket…"), "link")
        self._bucket.clicked.connect(self._on_new_bucket)
        return self._bucket

    def _on_activated(self, index: QModelIndex) -> None:
        node = self._model.node(index)
        if node.kind is Kind.WAY and node.up is not None:
            self.act_wanted.emit(Act.BY_NAME, node.up)
        elif node.address is not None:
            self.project_wanted.emit(node.address)
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
            open_it.triggered.connect(lambda: self.project_wanted.emit(address))
        for act in MENUS[node.kind]:
            self._add_act(menu, act, node)
        menu.popup(point)

    def _add_act(self, menu: QMenu, act: Act | None, node: Node) -> None:
        if act is LINE:
            menu.addSeparator()
            return
        is_favorite = node.project is not None and node.project.is_favorite
        if act is Act.REFRESH and node.loading is Loading.RUNNING:
            act = Act.STOP
        if act is (Act.STAR if is_favorite else Act.UNSTAR):
            return
        action = menu.addAction(self._text_of(act, node))
        action.triggered.connect(lambda: self._do(act, node))
        keys = {Act.RENAME: Qt.Key.Key_F2, Act.DELETE: Qt.Key.Key_Delete}
        if act in keys:
            action.setShortcut(keys[act])

    def _text_of(self, act: Act, node: Node) -> str:
        is_folder = node.address is not None and node.address.is_folder
        is_bucket = node.kind is Kind.BUCKET
        texts = {
            Act.STAR: self.tr("Add to favorites"),
            Act.UNSTAR: self.tr("Remove from favorites"),
            Act.FORGET: self.tr("Remove from this list"),
            Act.BY_NAME: self.tr("Open a bucket by its name…"),
            Act.NEW_BUCKET: self.tr("New bucket…"),
            Act.COPY_ADDRESS: self.tr("Copy path") if is_folder else self.tr("Copy S3 URI"),
            Act.KEEP: self.tr("Keep offline…"),
            Act.RENAME: self.tr("Rename or move…"),
            Act.DELETE: self.tr("Delete bucket…") if is_bucket else self.tr("Delete folder…"),
            Act.REFRESH: self.tr("Refresh"),
            Act.STOP: self.tr("Stop listing"),
        }
        return texts[act]

    def _do(self, act: Act, node: Node) -> None:
        if act is Act.REFRESH:
            self._model.refresh(node)
        elif act is Act.STOP:
            self._model.stop(node)
        else:
            self.act_wanted.emit(act, node)

    def _on_key(self, act: Act, index: QModelIndex) -> None:
        node = self._model.node(index)
        if act in MENUS.get(node.kind, ()):
            self.act_wanted.emit(act, node)

    def _on_deletion_key(self, index: QModelIndex) -> None:
        is_project = self._model.node(index).kind is Kind.PROJECT
        self._on_key(Act.FORGET if is_project else Act.DELETE, index)

    def _on_new_bucket(self) -> None:
        node: Node | None = self._model.node(self.tree.currentIndex())
        while node is not None and node.kind is not Kind.CONNECTION:
            node = node.up
        if node is None:
            node = self._model.first_connection()
        if node is not None:
            self.act_wanted.emit(Act.NEW_BUCKET, node)
