"""A table of figures: a name in the first column, numbers in the others."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

NAMES = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FigureTable(QTableWidget):
    """Nothing in it can be selected or edited."""

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(0, len(titles), parent)
        self.setHorizontalHeaderLabels(list(titles))
        header = self.horizontalHeader()
        header.setDefaultAlignment(NUMBERS)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        if first := self.horizontalHeaderItem(0):
            first.setTextAlignment(NAMES)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)

    def add_row(self, texts: Sequence[str]) -> list[QTableWidgetItem]:
        row = self.rowCount()
        self.insertRow(row)
        items = [QTableWidgetItem(text) for text in texts]
        for column, item in enumerate(items):
            item.setTextAlignment(NUMBERS if column else NAMES)
            self.setItem(row, column, item)
        return items
