"""The list of labels: renamed in place, dragged onto pictures, target for pictures and files."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from cloudanno_desktop.gui.grid.mime import IMAGES_MIME, ids_from, local_paths
from cloudanno_desktop.gui.labels.label_delegate import LabelDelegate
from cloudanno_desktop.gui.labels.label_model import LabelModel, LabelRole
from cloudanno_desktop.gui.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex


class LabelList(QListView):
    """Shows the labels.

    Signals:
        images_dropped: label id, image ids, whether Ctrl was held.
        files_dropped: label id, paths.
        folders_dropped: paths dropped beside the labels.
        label_activated: label id; double click or Return.
        rename_wanted: label id, new name.
    """

    images_dropped = Signal(str, object, bool)
    files_dropped = Signal(str, object)
    folders_dropped = Signal(object)
    label_activated = Signal(str)
    rename_wanted = Signal(str, str)

    def __init__(self, theme: Theme, model: LabelModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._delegate = _RenamingDelegate(theme)
        self._delegate.name_entered.connect(self.rename_wanted)
        self._model = model
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
        """Return the id of the selected label, empty for none."""
        indexes = self.selectedIndexes()
        return str(indexes[0].data(LabelRole.ID)) if indexes else ""

    def edit_current(self) -> None:
        """Let the person type a new name."""
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take pictures and files."""
        self._consider(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Outline the label under the pointer."""
        self._consider(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Outline nothing any more."""
        self._mark(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell what was dropped on which label."""
        label_id = self._label_at(event.position().toPoint())
        self._mark(-1)
        mime = event.mimeData()
        if mime.hasFormat(IMAGES_MIME) and label_id:
            has_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.images_dropped.emit(label_id, ids_from(mime), has_ctrl)
        elif mime.hasUrls():
            self._drop_files(label_id, local_paths(mime))
        else:
            return
        event.acceptProposedAction()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select no label by a click beside them."""
        if not self.indexAt(event.position().toPoint()).isValid():
            self.clearSelection()
        super().mousePressEvent(event)

    def _drop_files(self, label_id: str, paths: list[Path]) -> None:
        if label_id:
            self.files_dropped.emit(label_id, paths)
        else:
            self.folders_dropped.emit(paths)

    def _consider(self, event: QDragMoveEvent) -> None:
        mime = event.mimeData()
        index = self.indexAt(event.position().toPoint())
        is_welcome = mime.hasUrls() or (mime.hasFormat(IMAGES_MIME) and index.isValid())
        self._mark(index.row() if is_welcome else -1)
        if is_welcome:
            event.acceptProposedAction()
        elif mime.hasFormat(IMAGES_MIME):
            event.accept()  # stay interested: the next move may be over a label
            event.setDropAction(Qt.DropAction.IgnoreAction)
        else:
            event.ignore()

    def _mark(self, row: int) -> None:
        if self._delegate.drop_row != row:
            self._delegate.drop_row = row
            self.viewport().update()

    def _label_at(self, point: QPoint) -> str:
        index = self.indexAt(point)
        return str(index.data(LabelRole.ID)) if index.isValid() else ""

    def _on_activated(self, index: QModelIndex) -> None:
        self.label_activated.emit(str(index.data(LabelRole.ID)))


class _RenamingDelegate(LabelDelegate):
    """Edits the name in place and asks for the change rather than making it."""

    name_entered = Signal(str, str)

    def setModelData(self, editor: QWidget, model: object, index: AnyIndex) -> None:
        """Ask for the new name."""
        del model
        name = str(editor.property("text")).strip()
        if name and name != index.data(LabelRole.NAME):
            self.name_entered.emit(str(index.data(LabelRole.ID)), name)
