"""Who did what to an image or a label, and when."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.widgets import hidden_button, styled_label
from cloudanno_desktop.gui.history.describe import author_of, describe
from cloudanno_desktop.labels.journal.history import History

SHOWN_ROWS = 2000


class HistoryDialog(QDialog):
    """Shows the history of an image or a label."""

    older_requested = Signal()  # load what is only in the bucket

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("History"))
        self.resize(640, 440)
        heading = styled_label(title, "heading", wraps=True)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        self._note = styled_label(self.tr("Reading the journal…"), "muted", wraps=True)
        self._table = QTableWidget(0, 3)
        self._older = hidden_button(self.tr("Load older changes from the bucket"), "link")
        self._older.clicked.connect(self._on_older)
        self._build_table()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        for widget in (heading, self._note, self._table, self._older, buttons):
            column.addWidget(widget)

    def show_history(self, history: History, names: Mapping[str, str]) -> None:
        """Show what was done; ``names`` are those of labels by id."""
        entries = history.entries[:SHOWN_ROWS]
        self._table.setRowCount(len(entries))
        for row, entry in enumerate(entries):
            when = f"{entry.when.astimezone():%Y-%m-%d %H:%M:%S}"
            for column, text in enumerate((when, author_of(entry), describe(entry, names))):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self._table.setItem(row, column, item)
        count = self.tr("%n change(s), latest first.", "", len(history.entries))
        self._note.setText(count if entries else self.tr("No changes yet."))
        self._older.setVisible(not history.is_complete)

    def show_problem(self, text: str) -> None:
        self._note.setText(text)

    def _on_older(self) -> None:
        self._older.setVisible(False)
        self._note.setText(self.tr("Loading…"))
        self.older_requested.emit()

    def _build_table(self) -> None:
        self._table.setHorizontalHeaderLabels([self.tr("When"), self.tr("Who"), self.tr("What")])
        self._table.setAccessibleName(self.tr("History"))
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setTabKeyNavigation(False)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
