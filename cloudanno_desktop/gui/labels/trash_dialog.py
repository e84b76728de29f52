"""What is no longer in the project: deleted files in the trash, pictures that were taken out."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.form_dialog import confirm
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.theme import set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.labels.trash import Trashed

SHOWN_ROWS = 5000


class TrashDialog(QDialog):
    """Lists both and offers to restore them."""

    restore_requested = Signal(object)  # list of ``Trashed``
    empty_requested = Signal()  # confirmed already
    back_requested = Signal(object)  # int32 ids to bring back into the project

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Trash"))
        self.resize(720, 480)
        self._trashed: list[Trashed] = []
        self._out: list[ImageRow] = []
        self._files = _table(
            [self.tr("Picture"), self.tr("Size"), self.tr("Labels"), self.tr("Deleted")]
        )
        self._files.setAccessibleName(self.tr("Deleted files"))
        self._rows = _table([self.tr("Picture"), self.tr("Size")])
        self._rows.setAccessibleName(self.tr("Removed pictures"))
        self._note = styled_label(self.tr("Reading the trash…"), "muted", wraps=True)
        self._note.setObjectName("note")
        self._out_note = styled_label("", "muted", wraps=True)
        self._restore = QPushButton(self.tr("Restore"))
        self._empty = QPushButton(self.tr("Empty the trash…"))
        self._back = QPushButton(self.tr("Put back"))
        self._build()
        self._show_state()

    def show_trash(self, trashed: Sequence[Trashed]) -> None:
        self._trashed = list(trashed)
        shown = self._trashed[:SHOWN_ROWS]
        _fill(
            self._files, [(t.image.key, t.image.size, _labels(t), _when(t.deleted)) for t in shown]
        )
        size = shown_bytes(sum(one.image.size for one in trashed))
        text = self.tr(
            "%n file(s), %1. They take up storage until you empty the trash.", "", len(trashed)
        )
        self._note.setText(text.replace("%1", size) if trashed else self.tr("The trash is empty."))
        self._show_state()

    def show_taken_out(self, rows: Sequence[ImageRow]) -> None:
        self._out = list(rows)
        _fill(self._rows, [(row.key, row.size) for row in self._out[:SHOWN_ROWS]])
        text = self.tr("%n picture(s) still in the bucket, but not in the project.", "", len(rows))
        self._out_note.setText(
            text if rows else self.tr("No pictures were removed from the project.")
        )
        self._show_state()

    def show_problem(self, text: str) -> None:
        self._note.setText(text)
        set_role(self._note, "bad")

    def _build(self) -> None:
        self._tabs = QTabWidget()
        self._tabs.addTab(
            _page(self._note, self._files, [self._restore, self._empty]), self.tr("Deleted files")
        )
        self._tabs.addTab(_page(self._out_note, self._rows, [self._back]), self.tr("Removed"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self._tabs)
        column.addWidget(buttons)
        for table in (self._files, self._rows):
            table.itemSelectionChanged.connect(self._show_state)
        self._restore.clicked.connect(self._on_restore)
        self._empty.clicked.connect(self._on_empty)
        self._back.clicked.connect(self._on_back)

    def _show_state(self) -> None:
        files = len(_chosen(self._files, len(self._trashed)))
        pictures = len(_chosen(self._rows, len(self._out)))
        self._restore.setText(
            self.tr("Restore %n file(s)", "", files) if files else self.tr("Restore")
        )
        self._back.setText(
            self.tr("Put %n picture(s) back", "", pictures) if pictures else self.tr("Put back")
        )
        self._restore.setEnabled(bool(files))
        self._empty.setEnabled(bool(self._trashed))
        self._back.setEnabled(bool(pictures))

    def _on_restore(self) -> None:
        chosen = _chosen(self._files, len(self._trashed))
        self.restore_requested.emit([self._trashed[row] for row in chosen])
        self.accept()

    def _on_back(self) -> None:
        chosen = _chosen(self._rows, len(self._out))
        self.back_requested.emit(np.array([self._out[row].id for row in chosen], np.int32))
        self.accept()

    def _on_empty(self) -> None:
        question = self.tr("Delete %n file(s) permanently?", "", len(self._trashed))
        note = self.tr("This cannot be undone.")
        texts = (self.tr("Empty the trash"), f"{question}\n{note}", self.tr("Delete"))
        confirm(texts, self, self.empty_requested.emit).accepted.connect(self.accept)


def _table(titles: Sequence[str]) -> QTableWidget:
    table = QTableWidget(0, len(titles))
    table.setHorizontalHeaderLabels(list(titles))
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


def _page(note: QWidget, table: QTableWidget, buttons: Sequence[QPushButton]) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(12, 12, 12, 8)
    column.addWidget(note)
    column.addWidget(table)
    row = QHBoxLayout()
    row.addStretch(1)
    for button in reversed(buttons):
        row.addWidget(button)
    column.addLayout(row)
    return page


def _fill(table: QTableWidget, rows: Sequence[Sequence[object]]) -> None:
    table.setRowCount(len(rows))
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            text = shown_bytes(value) if isinstance(value, int) else str(value)
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(place, column, item)


def _chosen(table: QTableWidget, count: int) -> list[int]:
    """Return the rows that are selected, or all if none is."""
    rows = sorted({index.row() for index in table.selectedIndexes()})
    return rows or list(range(count))


def _labels(one: Trashed) -> str:
    return ", ".join(one.image.names)


def _when(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
