"""The left side of the window: where projects can be opened."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.gui.browser.nodes import Kind, Loading, Node
from cloudanno_desktop.gui.browser.tree_model import TreeModel
from cloudanno_desktop.gui.pieces import IconButton, hidden_button
from cloudanno_desktop.gui.theme import Theme, set_role
from cloudanno_desktop.settings import RecentProject


class Browser(QFrame):
    """Shows the tree of places.

    Attributes:
        tree: the view.

    Signals:
        level_wanted: a node and the ``Level`` to list below it.
        project_wanted: the ``ProjectAddress`` to open.
        bucket_wanted: a connection's node, name of the new bucket.
        connect_wanted: a new connection shall be made.
    """

    level_wanted = Signal(object, object)
    project_wanted = Signal(object)
    bucket_wanted = Signal(object, str)
    connect_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = TreeModel(theme, self)
        self._model.level_wanted.connect(self.level_wanted)
        set_role(self, "edge-right")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(self._build_tree(), 1)
        column.addWidget(self._build_foot())

    def show_places(
        self, folders: Sequence[RecentProject], connections: Sequence[Connection]
    ) -> None:
        """Show folders and connections."""
        self._model.show_places(folders, connections)
        if folders:
            self.tree.expand(self._model.index(0, 0))
        self._bucket.setVisible(bool(connections))

    def open_connection(self, name: str) -> None:
        """Open the level of a connection, which lists its buckets."""
        index = self._model.connection_index(name)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.expand(index)

    def show_level(self, node: Node, names: list[str]) -> None:
        """Show what is below a place."""
        self._model.show_level(node, names)

    def show_problem(self, node: Node, sentence: str) -> None:
        """Show why a place cannot be listed."""
        self._model.show_problem(node, sentence)

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

    def _build_tree(self) -> QTreeView:
        self.tree = QTreeView(headerHidden=True, uniformRowHeights=True, indentation=16)
        self.tree.setAccessibleName(self.tr("Places"))
        self.tree.setModel(self._model)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._on_menu)
        self.tree.activated.connect(self._on_activated)
        self.tree.setExpandsOnDoubleClick(False)
        self.tree.expanded.connect(self._on_expanded)
        return self.tree

    def _build_foot(self) -> QPushButton:
        self._bucket = hidden_button(self.tr("New bucket…"), "link")
        self._bucket.clicked.connect(self._on_new_bucket)
        return self._bucket

    def _on_activated(self, index: QModelIndex) -> None:
        address = self._model.node(index).address
        if address is not None:
            self.project_wanted.emit(address)
        else:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _on_expanded(self, index: QModelIndex) -> None:
        node = self._model.node(index)
        if node.loading is Loading.FAILED:
            self._model.refresh(node)
        elif self._model.canFetchMore(index):
            self._model.fetchMore(index)

    def _on_menu(self, point: QPoint) -> None:
        index = self.tree.indexAt(point)
        node = self._model.node(index)
        if not index.isValid() or node.kind is Kind.NOTE:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if node.address is not None:
            menu.addAction(self.tr("Open as project"), lambda: self._on_activated(index))
        if node.kind is Kind.CONNECTION:
            menu.addAction(self.tr("New bucket…"), lambda: self._ask_bucket(node))
        if node.kind in {Kind.CONNECTION, Kind.BUCKET, Kind.PREFIX}:
            menu.addAction(self.tr("Refresh"), lambda: self._model.refresh(node))
        menu.popup(self.tree.viewport().mapToGlobal(point))

    def _on_new_bucket(self) -> None:
        node: Node | None = self._model.node(self.tree.currentIndex())
        while node is not None and node.kind is not Kind.CONNECTION:
            node = node.up
        if node is None:
            node = self._model.first_connection()
        if node is not None:
            self._ask_bucket(node)

    def _ask_bucket(self, node: Node) -> None:
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("New bucket"))
        dialog.setLabelText(
            self.tr("Name of the new bucket in “%1”\n(small letters, digits, hyphens)").replace(
                "%1", node.text
            )
        )
        dialog.textValueSelected.connect(lambda name: self.bucket_wanted.emit(node, name.strip()))
        dialog.open()
