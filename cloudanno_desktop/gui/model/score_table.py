"""The figures of each label."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from cloudanno_desktop.dataset.run_folder import LabelScore
from cloudanno_desktop.gui.common.figure_table import FigureTable
from cloudanno_desktop.gui.common.format import shown_percent

ROW_PX = 30


class ScoreTable(FigureTable):
    """Label, pictures, precision, recall, F1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        columns = {
            self.tr("Label"): "",
            self.tr("Pictures"): self.tr("Validation pictures with this label"),
            self.tr("Precision"): self.tr("Share of the predictions of this label that are right"),
            self.tr("Recall"): self.tr("Share of the pictures with this label that were found"),
            self.tr("F1"): self.tr("Harmonic mean of precision and recall"),
        }
        super().__init__(tuple(columns), parent)
        self.setAccessibleName(self.tr("Figures of each label"))
        for column, tip in enumerate(columns.values()):
            if head := self.horizontalHeaderItem(column):
                head.setToolTip(tip)

    def show_scores(self, scores: Sequence[LabelScore]) -> None:
        self.setRowCount(0)
        for row, score in enumerate(scores):
            shares = (score.precision, score.recall, score.f1)
            self.add_row((score.name, f"{score.images:,}", *map(shown_percent, shares)))
            self.setRowHeight(row, ROW_PX)
        height = self.horizontalHeader().sizeHint().height() + ROW_PX * len(scores) + 4
        self.setFixedHeight(height)
