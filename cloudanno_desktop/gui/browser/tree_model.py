"""Connections, buckets and prefixes as a Qt tree that asks for a level when it is opened."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.gui.browser.nodes import Kind, Level, Loading, Node, child_nodes
from cloudanno_desktop.gui.theme import Theme
from cloudanno_desktop.settings import RecentProject

AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ICONS = {
    Kind.FOLDERS: "home",
    Kind.FOLDER: "folder",
    Kind.CONNECTION: "cloud",
    Kind.BUCKET: "bucket",
    Kind.PREFIX: "folder",
    Kind.NOTE: "info",
}


class TreeModel(QAbstractItemModel):
    """The tree.

    Signals:
        level_wanted: a ``Node`` whose children shall be listed, and its ``Level``.
    """

    level_wanted = Signal(object, object)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._root = Node(Kind.NOTE, "", loading=Loading.DONE)

    def show_places(
        self, folders: Sequence[RecentProject], connections: Sequence[Connection]
    ) -> None:
        """Show the folders that were open before, and the connections."""
        self.beginResetModel()
        self._root.children = []
        if folders:
            self._root.children.append(self._folders(folders))
        for connection in connections:
            node = Node(Kind.CONNECTION, connection.name, "", connection, self._root)
            self._root.children.append(node)
        self.endResetModel()

    def show_level(self, node: Node, names: list[str]) -> None:
        """Show the names below ``node``."""
        self._replace(node, child_nodes(node, names), Loading.DONE)

    def show_problem(self, node: Node, sentence: str) -> None:
        """Show why the level below ``node`` cannot be listed; opening it again asks again."""
        self._replace(node, [Node(Kind.NOTE, sentence, up=node)], Loading.FAILED)

    def node(self, index: AnyIndex) -> Node:
        """Return the place at an index."""
        node = index.internalPointer() if index.isValid() else None
        return node if isinstance(node, Node) else self._root

    def index(self, row: int, column: int, parent: AnyIndex = ROOT) -> QModelIndex:
        """Return the index of a child."""
        children = self.node(parent).children
        if column == 0 and 0 <= row < len(children):
            return self.createIndex(row, 0, children[row])
        return QModelIndex()

    def parent(self, index: AnyIndex = ROOT) -> QModelIndex:  # type: ignore[override]
        """Return the index of the place above."""
        up = self.node(index).up
        return self._index_of(up) if up is not None else QModelIndex()

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        """Return how many places are known below."""
        return len(self.node(parent).children)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        """Return one."""
        return 1

    def hasChildren(self, parent: AnyIndex = ROOT) -> bool:
        """Say whether a place can be opened."""
        node = self.node(parent)
        return bool(node.children) if node is self._root else node.can_expand

    def canFetchMore(self, parent: AnyIndex) -> bool:
        """Say whether the level below was not asked for yet."""
        node = self.node(parent)
        return node is not self._root and node.can_expand and node.loading is Loading.NO

    def fetchMore(self, parent: AnyIndex) -> None:
        """Ask for the level below."""
        node = self.node(parent)
        if node is self._root or node.loading is not Loading.NO:
            return
        waiting = Node(Kind.NOTE, self.tr("Loading…"), up=node)
        self._replace(node, [waiting], Loading.RUNNING)
        self.level_wanted.emit(node, Level(node.connection, node.location))

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text or icon of a place."""
        node = self.node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return node.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return node.location or node.text
        if role == Qt.ItemDataRole.DecorationRole:
            return self._theme.icon(ICONS[node.kind], self._theme.colors.muted)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Say that notes cannot be chosen."""
        if self.node(index).kind is Kind.NOTE:
            return Qt.ItemFlag.ItemIsEnabled
        return super().flags(index)

    def refresh(self, node: Node) -> None:
        """Forget the level below ``node`` and ask for it again."""
        self._replace(node, [], Loading.NO)
        self.fetchMore(self._index_of(node))

    def first_connection(self) -> Node | None:
        """Return the first connection, ``None`` if there is none."""
        return next((n for n in self._root.children if n.kind is Kind.CONNECTION), None)

    def connection_index(self, name: str) -> QModelIndex:
        """Return the index of a connection; invalid if it is not there."""
        for node in self._root.children:
            if node.kind is Kind.CONNECTION and node.text == name:
                return self._index_of(node)
        return QModelIndex()

    def _folders(self, folders: Sequence[RecentProject]) -> Node:
        top = Node(Kind.FOLDERS, self.tr("Folders"), up=self._root, loading=Loading.DONE)
        top.children = [
            Node(Kind.FOLDER, project.title, project.location, None, top) for project in folders
        ]
        return top

    def _replace(self, node: Node, children: list[Node], loading: Loading) -> None:
        index = self._index_of(node)
        if node.children:
            self.beginRemoveRows(index, 0, len(node.children) - 1)
            node.children = []
            self.endRemoveRows()
        node.loading = loading
        if children:
            self.beginInsertRows(index, 0, len(children) - 1)
            node.children = children
            self.endInsertRows()
        self.dataChanged.emit(index, index)

    def _index_of(self, node: Node) -> QModelIndex:
        return QModelIndex() if node.up is None else self.createIndex(node.row, 0, node)
