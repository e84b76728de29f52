"""The figures of each label."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from cloudanno_desktop.dataset.run_folder import LabelScore
from cloudanno_desktop.gui.common.format import shown_percent

ROW_PX = 30


class ScoreTable(QTableWidget):
    """Label, pictures, precision, recall, F1; sortable."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 5, parent)
        self.setAccessibleName(self.tr("Figures of each label"))
        self.setHorizontalHeaderLabels(
            [
                self.tr("Label"),
                self.tr("Pictures"),
                self.tr("Precision"),
                self.tr("Recall"),
                self.tr("F1"),
            ]
        )
        tips = (
            "",
            self.tr("Validation pictures of this label"),
            self.tr("Of those taken for this label, how many are"),
            self.tr("Of this label, how many were found"),
            self.tr("Balance of precision and recall"),
        )
        for column, tip in enumerate(tips):
            if head := self.horizontalHeaderItem(column):
                head.setToolTip(tip)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        if label := self.horizontalHeaderItem(0):
            label.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)

    def show_scores(self, scores: Sequence[LabelScore]) -> None:
        """Show one row for each label."""
        self.setRowCount(len(scores))
        for row, score in enumerate(scores):
            self._set(row, 0, score.name, is_number=False)
            self._set(row, 1, f"{score.images:,}")
            for column, share in enumerate((score.precision, score.recall, score.f1), 2):
                self._set(row, column, shown_percent(share))
            self.setRowHeight(row, ROW_PX)
        height = self.horizontalHeader().sizeHint().height() + ROW_PX * len(scores) + 4
        self.setFixedHeight(height)

    def _set(self, row: int, column: int, text: str, *, is_number: bool = True) -> None:
        item = QTableWidgetItem(text)
        side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setItem(row, column, item)
