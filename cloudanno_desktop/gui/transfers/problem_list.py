"""The failed files of a batch, each with its reason and a button to retry it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton

from cloudanno_desktop.gui.common.elided_label import ElidedLabel
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.transfers.model import Problem

INDENT_PX = 24


class ProblemList(QFrame):
    retry_requested = Signal(int)  # id of the transfer, 0 for all

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[Problem, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(INDENT_PX, 0, 0, 4)
        self._grid.setVerticalSpacing(0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self.hide()

    def show_problems(self, problems: Sequence[Problem], count: int) -> None:
        if tuple(problems) == self._shown:
            return
        self._shown = tuple(problems)
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        for row, problem in enumerate(problems):
            self._add(row, problem)
        self._add_end(len(problems), count)

    def _add(self, row: int, problem: Problem) -> None:
        name = ElidedLabel(problem.name, "", Qt.TextElideMode.ElideMiddle)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(ElidedLabel(problem.reason, "muted"), row, 1)
        if problem.transfer_id:
            label = self.tr("Retry %1").replace("%1", problem.name)
            button = _link(self.tr("Retry"), label)
            button.clicked.connect(lambda: self.retry_requested.emit(problem.transfer_id))
            self._grid.addWidget(button, row, 2)

    def _add_end(self, row: int, count: int) -> None:
        if count > row:
            more = self.tr("and %n more", "", count - row)
            self._grid.addWidget(styled_label(more, "muted"), row, 0)
        if sum(problem.transfer_id > 0 for problem in self._shown) > 1:
            button = _link(self.tr("Retry all"), self.tr("Retry all files of this row"))
            button.clicked.connect(lambda: self.retry_requested.emit(0))
            self._grid.addWidget(button, row, 2)


def _link(text: str, spoken: str) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(spoken)
    set_role(button, "link")
    return button
