"""The labels of the project as a Qt list, in the order of their number keys."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor

from cloudanno_desktop.gui.actions.specs import DIGITS
from cloudanno_desktop.gui.grid.mime import LABEL_MIME, label_mime
from cloudanno_desktop.labels.label import LabelCount

RECOMMENDED_IMAGES = 50
AnyIndex = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class LabelRole(IntEnum):
    ID = Qt.ItemDataRole.UserRole + 1
    NAME = ID + 1
    COLOR = ID + 2
    COUNT = ID + 3
    KEY = ID + 4
    NEGATIVE = ID + 5


class LabelModel(QAbstractListModel):
    """One row for each label, with its number of images."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[LabelCount] = []

    def show_labels(self, rows: Sequence[LabelCount]) -> None:
        """Show ``rows``; the selection stays where only counts or colors changed."""
        same = [row.label.id for row in rows] == [row.label.id for row in self._rows]
        if same:
            self._rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row(self, position: int) -> LabelCount | None:
        return self._rows[position] if 0 <= position < len(self._rows) else None

    def index_of(self, label_id: str) -> QModelIndex:
        for position, row in enumerate(self._rows):
            if row.label.id == label_id:
                return self.index(position)
        return QModelIndex()

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return None
        key = DIGITS[index.row()] if index.row() < len(DIGITS) else ""
        facts: dict[int, object] = {
            Qt.ItemDataRole.DisplayRole: row.label.name,
            Qt.ItemDataRole.EditRole: row.label.name,
            Qt.ItemDataRole.ToolTipRole: self._description(row),
            Qt.ItemDataRole.AccessibleTextRole: self._description(row),
            LabelRole.NAME: row.label.name,
            LabelRole.ID: row.label.id,
            LabelRole.COLOR: QColor(row.label.color),
            LabelRole.COUNT: row.images,
            LabelRole.KEY: key,
            LabelRole.NEGATIVE: row.label.negative,
        }
        return facts.get(role)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid():
            flags |= Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsEditable
        return flags

    def mimeTypes(self) -> list[str]:
        return [LABEL_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        return label_mime(str(self.data(indexes[0], LabelRole.ID)))

    def _description(self, row: LabelCount) -> str:
        text = self._counted(row)
        return f"{text} · {self.tr('none of the above')}" if row.label.negative else text

    def _counted(self, row: LabelCount) -> str:
        if row.images >= RECOMMENDED_IMAGES:
            return self.tr("%1, %n picture(s)", "", row.images).replace("%1", row.label.name)
        text = self.tr("%1, %n of 50 recommended pictures", "", row.images)
        return text.replace("%1", row.label.name)
