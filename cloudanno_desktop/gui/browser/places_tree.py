"""The view of the places, with their keys and context menus."""

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QTreeView


class PlacesTree(QTreeView):
    menu_requested = Signal(QModelIndex, QPoint)  # the point is global
    rename_requested = Signal(QModelIndex)
    deletion_requested = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__(headerHidden=True, uniformRowHeights=True, indentation=16)
        self.setAccessibleName(self.tr("Places"))
        self.setExpandsOnDoubleClick(False)
        self._by_key = {
            Qt.Key.Key_F2: self.rename_requested,
            Qt.Key.Key_Delete: self.deletion_requested,
        }

    def keyPressEvent(self, event: QKeyEvent) -> None:
        signal = self._by_key.get(Qt.Key(event.key()))
        if signal is None or event.modifiers() or not self.currentIndex().isValid():
            super().keyPressEvent(event)
        else:
            signal.emit(self.currentIndex())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            point = self.visualRect(index).bottomLeft()
        else:
            index, point = self.indexAt(event.pos()), event.pos()
        if index.isValid():
            self.menu_requested.emit(index, self.viewport().mapToGlobal(point))
