"""Labels from folder names: what would become of which folder, before it is done."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.labels.edits.by_folder import FolderLabel


class FolderLabelsDialog(QDialog):
    """Shows which folder would become which label, and applies that."""

    plan_requested = Signal(bool)  # only pictures without a label? Reply with ``show_plan``
    confirmed = Signal(object)  # the plan on show

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Label by folder"))
        self.resize(560, 460)
        self._plan: Sequence[FolderLabel] = ()
        self._summary = styled_label(self.tr("Reading folders…"), wraps=True)
        self._summary.setObjectName("summary")
        self._only = QCheckBox(self.tr("Only pictures without a label"))
        self._only.setChecked(True)
        self._table = QTableWidget(0, 3)
        self._build_table()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = buttons.addButton(self.tr("Label"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._go.setEnabled(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        for widget in (self._summary, self._only, self._table, buttons):
            column.addWidget(widget)
        self._only.toggled.connect(self.plan_requested)
        buttons.accepted.connect(self._on_go)
        buttons.rejected.connect(self.reject)

    def show_plan(self, plan: Sequence[FolderLabel]) -> None:
        self._plan = plan
        good = [part for part in plan if not part.problem]
        images = sum(len(part.images) for part in good)
        self._table.setRowCount(len(plan))
        for row, part in enumerate(plan):
            self._fill_row(row, part)
        text = self.tr("%n picture(s) will be labeled with the name of their folder.", "", images)
        self._summary.setText(
            text if good else self.tr("There are no pictures in folders to label.")
        )
        self._go.setEnabled(bool(good))

    def _build_table(self) -> None:
        self._table.setHorizontalHeaderLabels(
            [self.tr("Folder"), self.tr("Pictures"), self.tr("Label")]
        )
        self._table.setAccessibleName(self.tr("Folders"))
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)

    def _fill_row(self, row: int, part: FolderLabel) -> None:
        is_new = self.tr("new label") if part.is_new else self.tr("existing label")
        fate = self.tr("skipped: %1").replace("%1", part.problem) if part.problem else is_new
        for column, text in enumerate((part.name, f"{len(part.images):,}", fate)):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            if column == 1:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._table.setItem(row, column, item)

    def _on_go(self) -> None:
        self.confirmed.emit(list(self._plan))
        self.accept()
