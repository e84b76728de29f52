"""The list of labels: renamed in place, dragged onto pictures, target for pictures and files."""

from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyleOptionViewItem,
    QWidget,
)

from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.grid.mime import (
    IMAGES_MIME,
    brings_files,
    ids_from,
    label_from,
    local_paths,
)
from cloudanno_desktop.gui.labels.label_delegate import LabelDelegate
from cloudanno_desktop.gui.labels.label_model import LabelModel, LabelRole

AnyIndex = QModelIndex | QPersistentModelIndex
NO_GAP = -1


class LabelList(QListView):
    """Shows the labels; the selected one goes to uploads, menus and keys act on the current one."""

    images_dropped = Signal(str, object, bool)  # label id, image ids, whether Ctrl was held
    files_dropped = Signal(str, object)  # label id, paths
    folders_dropped = Signal(object)  # paths dropped beside the labels
    label_activated = Signal(str)  # label id; double click or Return
    rename_requested = Signal(str, str)  # label id, new name
    name_typed = Signal(str, str)  # label id, its new name so far; empty when the typing ended
    label_dropped = Signal(str, str)  # label id, id of the label that it was dropped on
    label_moved = Signal(str, int)  # label id, row before which it was dropped

    def __init__(self, theme: Theme, model: LabelModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._delegate = _RenamingDelegate(theme)
        self._delegate.name_entered.connect(self.rename_requested)
        self._delegate.name_typed.connect(self.name_typed)
        self._delegate.closeEditor.connect(self.clearSelection)  # a rename chooses no label
        self._model = model
        self._pressed_again = False
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(self.tr("Labels"))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.activated.connect(self._on_activated)
        theme.changed.connect(self.viewport().update)

    def current_label(self) -> str:
        """Return the label that has the keyboard or was clicked right, else the selected one."""
        index = self.currentIndex()
        if not self.hasFocus() or not index.isValid():
            return self.selected_label()
        return str(index.data(LabelRole.ID))

    def selected_label(self) -> str:
        indexes = self.selectedIndexes()
        return str(indexes[0].data(LabelRole.ID)) if indexes else ""

    def select_label(self, label_id: str) -> None:
        index = self._model.index_of(label_id)
        if index.isValid():
            self.setCurrentIndex(index)

    def restore(self, current: str, selected: str) -> None:
        """Select a label again, and go to the current one, after other labels are shown."""
        if selected != self.selected_label():
            self.select_label(selected)
        keep = QItemSelectionModel.SelectionFlag.NoUpdate
        self.selectionModel().setCurrentIndex(self._model.index_of(current), keep)

    def selectionCommand(
        self, index: AnyIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Select nothing by a right click: what its menu does needs no label for uploads."""
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.RightButton:
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return super().selectionCommand(index, event)

    def edit_current(self) -> None:
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._consider(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._consider(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        point = event.position().toPoint()
        label_id = self._label_at(point)
        gap = self._gap_at(point)
        self._mark(-1)
        mime = event.mimeData()
        dragged = label_from(mime)
        if dragged and gap >= 0:
            self.label_moved.emit(dragged, gap)
        elif dragged and label_id and label_id != dragged:
            self.label_dropped.emit(dragged, label_id)
        elif mime.hasFormat(IMAGES_MIME) and label_id:
            has_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.images_dropped.emit(label_id, ids_from(mime), has_ctrl)
        elif brings_files(mime):
            self._drop_files(label_id, local_paths(mime))
        else:
            return
        event.acceptProposedAction()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._pressed_again = is_left and index in self.selectedIndexes()
        if not index.isValid():
            self.clearSelection()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._pressed_again and self.state() == QAbstractItemView.State.NoState:
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() == Qt.Key.Key_Escape:
            self.clearSelection()
            event.ignore()  # the window leads on to the pictures

    def _drop_files(self, label_id: str, paths: list[Path]) -> None:
        if label_id:
            self.files_dropped.emit(label_id, paths)
        else:
            self.folders_dropped.emit(paths)

    def _consider(self, event: QDragMoveEvent) -> None:
        mime = event.mimeData()
        point = event.position().toPoint()
        index = self.indexAt(point)
        dragged = label_from(mime)
        gap = self._gap_at(point) if dragged else NO_GAP
        is_onto = index.isValid() and index.data(LabelRole.ID) != dragged
        carries = mime.hasFormat(IMAGES_MIME) or bool(dragged)
        is_welcome = brings_files(mime) or gap != NO_GAP or (carries and is_onto)
        self._mark(index.row() if is_welcome and gap == NO_GAP else -1, gap)
        if is_welcome:
            event.acceptProposedAction()
        elif carries:
            event.accept()  # stay interested: the next move may be over a label
            event.setDropAction(Qt.DropAction.IgnoreAction)
        else:
            event.ignore()

    def _mark(self, row: int, gap: int = NO_GAP) -> None:
        if (self._delegate.drop_row, self._delegate.drop_gap) != (row, gap):
            self._delegate.drop_row, self._delegate.drop_gap = row, gap
            self.viewport().update()

    def _gap_at(self, point: QPoint) -> int:
        """Return the row before which a label would fall; ``NO_GAP`` on a label."""
        index = self.indexAt(point)
        if not index.isValid():
            return self._model.rowCount() if point.y() > 0 else NO_GAP
        rect = self.visualRect(index)
        edge = rect.height() // 4
        if point.y() < rect.top() + edge:
            return index.row()
        return index.row() + 1 if point.y() > rect.bottom() - edge else NO_GAP

    def _label_at(self, point: QPoint) -> str:
        index = self.indexAt(point)
        return str(index.data(LabelRole.ID)) if index.isValid() else ""

    def _on_activated(self, index: QModelIndex) -> None:
        self.label_activated.emit(str(index.data(LabelRole.ID)))


class _RenamingDelegate(LabelDelegate):
    """Edits the name in place and requests the change rather than making it."""

    name_entered = Signal(str, str)  # label id, new name
    name_typed = Signal(str, str)  # label id, text so far; empty when the typing ended

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex
    ) -> QWidget:
        label_id = str(index.data(LabelRole.ID))
        field = QLineEdit(parent)
        field.setAccessibleName(self.tr("Name of the label"))
        field.textEdited.connect(lambda text: self.name_typed.emit(label_id, text))
        field.destroyed.connect(lambda: self.name_typed.emit(label_id, ""))
        return field

    def setModelData(self, editor: QWidget, model: object, index: AnyIndex) -> None:
        del model
        name = str(editor.property("text")).strip()
        if name and name != index.data(LabelRole.NAME):
            self.name_entered.emit(str(index.data(LabelRole.ID)), name)
