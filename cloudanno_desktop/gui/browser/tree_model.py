"""Connections, buckets and prefixes as a Qt tree that requests a level when it is expanded.

Qt and the view hold indexes longer than the places behind them, and a pointer to a deleted place
crashes the program. So an index carries a node's number, and a deleted node is not found.
"""

from collections.abc import Sequence
from weakref import WeakValueDictionary

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.level import Listing
from cloudanno_desktop.gui.browser.nodes import Loading, Node, PlaceKind, child_nodes
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.settings import RecentProject

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ICONS = {
    PlaceKind.PROJECTS: "home",
    PlaceKind.PROJECT: "folder",
    PlaceKind.CONNECTION: "cloud",
    PlaceKind.BUCKET: "bucket",
    PlaceKind.PREFIX: "folder",
    PlaceKind.NOTE: "info",
    PlaceKind.WAY: "plus",
}


class TreeModel(QAbstractItemModel):
    level_requested = Signal(object)  # the Node whose children are to be listed
    level_unwanted = Signal(object)  # a Node that was collapsed while it was being listed

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._root = Node(PlaceKind.NOTE, "", loading=Loading.DONE)
        self._connections: tuple[Connection, ...] = ()
        self._numbered = WeakValueDictionary[int, Node]()

    def show_places(
        self, projects: Sequence[RecentProject], connections: Sequence[Connection]
    ) -> None:
        known = {connection.name: connection for connection in connections}
        top = self._projects(projects, known)
        if tuple(connections) != self._connections:
            self._connections = tuple(connections)
            self.beginResetModel()
            nodes = [Node(PlaceKind.CONNECTION, c.name, "", c, self._root) for c in connections]
            self._root.children = [*([top] if projects else ()), *nodes]
            self.endResetModel()
            return
        old = self._root.children[:1]
        if old and old[0].kind is PlaceKind.PROJECTS:
            self._show_projects(old[0], top.children)
        elif projects:
            self._insert(self._root, 0, [top])

    def show_level(self, node: Node, listing: Listing) -> None:
        children = child_nodes(node, listing.names)
        self._replace(node, children + self._notes(node, listing), Loading.DONE)

    def show_problem(self, node: Node, sentence: str, way: str = "") -> None:
        """Show why the level below ``node`` cannot be listed; expanding it again retries."""
        rows = [Node(PlaceKind.NOTE, sentence, up=node)]
        if way:
            rows.append(Node(PlaceKind.WAY, way, up=node, connection=node.connection))
        self._replace(node, rows, Loading.FAILED)

    def stop(self, node: Node) -> None:
        if node.loading is Loading.RUNNING:
            self._replace(node, [], Loading.NO)
            self.level_unwanted.emit(node)

    def node(self, index: AnyIndex) -> Node:
        return self._numbered.get(index.internalId(), self._root)

    def index(self, row: int, column: int, parent: AnyIndex = ROOT) -> QModelIndex:
        children = self.node(parent).children
        if column == 0 and 0 <= row < len(children):
            return self._index_at(row, children[row])
        return QModelIndex()

    def parent(self, index: AnyIndex = ROOT) -> QModelIndex:  # type: ignore[override]
        up = self.node(index).up
        return self._index_of(up) if up is not None else QModelIndex()

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return len(self.node(parent).children)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        return 1

    def hasChildren(self, parent: AnyIndex = ROOT) -> bool:
        node = self.node(parent)
        return bool(node.children) if node is self._root else node.can_expand

    def canFetchMore(self, parent: AnyIndex) -> bool:
        node = self.node(parent)
        return node is not self._root and node.can_expand and node.loading is Loading.NO

    def fetchMore(self, parent: AnyIndex) -> None:
        node = self.node(parent)
        if node is self._root or node.loading is not Loading.NO:
            return
        waiting = Node(PlaceKind.NOTE, self.tr("Loading…"), up=node)
        self._replace(node, [waiting], Loading.RUNNING)
        self.level_requested.emit(node)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        node = self.node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return node.text or None  # an invalid index has no text
        if role == Qt.ItemDataRole.ToolTipRole:
            return node.location or node.text
        if role == Qt.ItemDataRole.DecorationRole:
            return self._theme.icon(self._icon(node), self._theme.colors.muted)
        if role == Qt.ItemDataRole.ForegroundRole and node.kind is PlaceKind.NOTE:
            return QColor(self._theme.colors.muted)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(node)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        node = self.node(index)
        if node.kind is PlaceKind.NOTE and node is not self._root:
            return Qt.ItemFlag.ItemIsEnabled
        return super().flags(index)

    def refresh(self, node: Node) -> None:
        self._replace(node, [], Loading.NO)
        self.fetchMore(self._index_of(node))

    def retry(self) -> None:
        """List again what could not be listed."""
        for node in list(self._numbered.values()):
            if node.loading is Loading.FAILED:
                self.refresh(node)

    def first_connection(self) -> Node | None:
        return next((n for n in self._root.children if n.kind is PlaceKind.CONNECTION), None)

    def connection_index(self, name: str) -> QModelIndex:
        for node in self._root.children:
            if node.kind is PlaceKind.CONNECTION and node.text == name:
                return self._index_of(node)
        return QModelIndex()

    def _projects(self, projects: Sequence[RecentProject], known: dict[str, Connection]) -> Node:
        top = Node(PlaceKind.PROJECTS, self.tr("Projects"), up=self._root, loading=Loading.DONE)
        top.children = [
            Node(
                PlaceKind.PROJECT,
                project.title,
                project.location,
                known.get(project.connection),
                top,
                project=project,
            )
            for project in projects
        ]
        return top

    def _show_projects(self, top: Node, nodes: Sequence[Node]) -> None:
        """Show other projects; one that stays keeps its node, and so what is open below it."""
        index = self._index_of(top)
        here = {(node.location, node.connection): node for node in top.children}
        for row, node in enumerate(nodes):
            kept = here.pop((node.location, node.connection), None)
            if kept is None:
                node.up = top
                self._insert(top, row, [node])
                continue
            if kept.row != row:
                self.beginMoveRows(index, kept.row, kept.row, index, row)
                top.children.remove(kept)
                top.children.insert(row, kept)
                self.endMoveRows()
            kept.text, kept.project = node.text, node.project
            self.dataChanged.emit(self._index_of(kept), self._index_of(kept))
        self._remove_from(top, len(nodes))

    def _notes(self, node: Node, listing: Listing) -> list[Node]:
        texts = []
        if node.kind is PlaceKind.CONNECTION and not listing.names:
            texts.append(self.tr("No buckets yet"))
        elif not listing.names and not listing.objects and not listing.is_cut:
            texts.append(self.tr("This folder is empty"))
        elif not listing.names:
            texts.append(self.tr("No folders, %n file(s)", "", listing.objects))
        if listing.is_cut:
            cut = self.tr("Lists only the folders of the first %n file(s)", "", listing.objects)
            texts.append(cut)
        return [Node(PlaceKind.NOTE, text, up=node) for text in texts]

    def _icon(self, node: Node) -> str:
        if node.project is None:
            return ICONS[node.kind]
        if node.project.is_favorite:
            return "star"
        return "bucket" if node.address and not node.address.is_folder else "folder"

    def _spoken(self, node: Node) -> str:
        is_favorite = node.project is not None and node.project.is_favorite
        return self.tr("%1, favorite").replace("%1", node.text) if is_favorite else node.text

    def _replace(self, node: Node, children: list[Node], loading: Loading) -> None:
        index = self._index_of(node)
        if not index.isValid():
            return  # the place was removed from the tree while it was being listed
        self._remove_from(node, 0)
        node.loading = loading
        self._insert(node, 0, children)
        self.dataChanged.emit(index, index)

    def _insert(self, node: Node, row: int, children: list[Node]) -> None:
        if children:
            self.beginInsertRows(self._index_of(node), row, row + len(children) - 1)
            node.children[row:row] = children
            self.endInsertRows()

    def _remove_from(self, node: Node, row: int) -> None:
        if row < len(node.children):
            self.beginRemoveRows(self._index_of(node), row, len(node.children) - 1)
            del node.children[row:]
            self.endRemoveRows()

    def _index_of(self, node: Node) -> QModelIndex:
        """Return the index of a place; invalid for the root, and for what is not in the tree."""
        top = node
        while top.up is not None and top in top.up.children:
            top = top.up
        is_place = top is self._root and node is not top
        return self._index_at(node.row, node) if is_place else QModelIndex()

    def _index_at(self, row: int, node: Node) -> QModelIndex:
        self._numbered[node.number] = node
        return self.createIndex(row, 0, node.number)
