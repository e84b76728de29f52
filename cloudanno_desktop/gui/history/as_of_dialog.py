"""The labels as they were at a moment: looked at, and brought back if wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDateTimeEdit,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.widgets import hidden_button, styled_label
from cloudanno_desktop.gui.labels.selection_labels import color_dot
from cloudanno_desktop.labels.journal.as_of import LabelsAsOf
from cloudanno_desktop.labels.label import Label

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Comparison:
    """The labels at a moment beside those of now."""

    then: LabelsAsOf
    rows: Sequence[tuple[Label, int, int]]
    changed: int


class AsOfDialog(QDialog):
    """Chooses a moment, shows its labels, and offers to restore them."""

    moment_requested = Signal(object)  # an aware ``datetime``; the reply is ``show_comparison``
    load_requested = Signal()
    restore_requested = Signal(object)  # the ``LabelsAsOf`` on show

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Labels as of …"))
        self.resize(560, 460)
        self._shown: Comparison | None = None
        self._when = QDateTimeEdit(QDateTime.currentDateTime().addSecs(-HOUR_S))
        self._when.setDisplayFormat("yyyy-MM-dd HH:mm")
        self._when.setCalendarPopup(True)
        self._when.setAccessibleName(self.tr("Moment"))
        self._look = QPushButton(self.tr("Show"))
        self._note = styled_label(
            self.tr("Choose a moment to see the labels as they were then."), "muted", wraps=True
        )
        self._note.setObjectName("note")
        self._load = hidden_button(self.tr("Load the history from the bucket"), "link")
        self._table = QTableWidget(0, 3)
        self._build()

    def show_comparison(self, found: Comparison) -> None:
        self._shown = found
        self._table.setRowCount(len(found.rows))
        for row, (label, then, now) in enumerate(found.rows):
            first = QTableWidgetItem(color_dot(label.color), label.name)
            first.setToolTip(label.name)
            self._table.setItem(row, 0, first)
            for column, count in ((1, then), (2, now)):
                item = QTableWidgetItem(f"{count:,}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._table.setItem(row, column, item)
        same = self.tr("All pictures had the labels that they have now.")
        text = self.tr("%n picture(s) with other labels now.", "", found.changed)
        self._note.setText(text if found.changed else same)
        self._load.hide()
        self._restore.setEnabled(True)

    def show_problem(self, text: str, *, can_load: bool) -> None:
        self._note.setText(text)
        self._load.setVisible(can_load)
        self._restore.setEnabled(False)

    def look(self) -> None:
        self._note.setText(self.tr("Reading the journal…"))
        seconds = self._when.dateTime().toSecsSinceEpoch() + 1  # to the end of that second
        self.moment_requested.emit(datetime.fromtimestamp(seconds, UTC))

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("Labels as of")))
        row.addWidget(self._when, 1)
        row.addWidget(self._look)
        self._table.setHorizontalHeaderLabels(
            [self.tr("Label"), self.tr("Pictures then"), self.tr("Now")]
        )
        self._table.setAccessibleName(self.tr("Labels at that moment"))
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setTabKeyNavigation(False)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._restore = buttons.addButton(
            self.tr("Restore these labels"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self._restore.setToolTip(self.tr("You can undo this"))
        self._restore.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.addLayout(row)
        for widget in (self._note, self._load, self._table, buttons):
            column.addWidget(widget)
        self._look.clicked.connect(self.look)
        self._load.clicked.connect(self.load_requested)
        self._restore.clicked.connect(self._on_restore)
        buttons.rejected.connect(self.reject)

    def _on_restore(self) -> None:
        if self._shown is not None:
            self.restore_requested.emit(self._shown.then)
        self.accept()
