"""What the requests cost, kind by kind, at the user's own prices."""

from decimal import Decimal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.bucket.cost import money_of
from cloudanno_desktop.bucket.usage.meter import METER, Meter
from cloudanno_desktop.bucket.usage.usage import RequestKind, Usage
from cloudanno_desktop.gui.common.figure_table import FigureTable
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.cost.cost_button import REFRESH_MS, money_text
from cloudanno_desktop.settings import Prices

MONEY_COLUMN = 4


class CostDialog(QDialog):
    """A table that follows the meter while it is open."""

    prices_requested = Signal()

    def __init__(self, prices: Prices, meter: Meter = METER, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Requests and costs"))
        self.resize(620, 420)
        self._prices = prices
        self._meter = meter
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(styled_label(self.tr("Requests and costs"), "heading"))
        column.addWidget(styled_label(self._explanation(), "muted", wraps=True))
        column.addWidget(self._build_table(), 1)
        column.addWidget(self._build_buttons())
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def refresh(self) -> None:
        usage = self._meter.total()
        self._table.setRowCount(0)
        for kind, tally in usage.by_kind.items():
            self._add_row(kind.value, Usage({kind: tally}))
        for item in self._add_row(self.tr("All"), usage):
            font = item.font()
            font.setBold(True)
            item.setFont(font)

    def _explanation(self) -> str:
        counted = self.tr("All requests since this window was opened, retries included.")
        if self._prices.is_set:
            return f"{counted} {self.tr('The costs follow the prices that you have set.')}"
        return f"{counted} {self.tr('Set the prices of your service to see what they cost.')}"

    def _build_table(self) -> FigureTable:
        self._table = FigureTable(
            (
                self.tr("Kind"),
                self.tr("Requests"),
                self.tr("Up"),
                self.tr("Down"),
                self.tr("Costs"),
            )
        )
        self._table.setAccessibleName(self.tr("Requests by kind"))
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.setColumnHidden(MONEY_COLUMN, not self._prices.is_set)
        return self._table

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        role = QDialogButtonBox.ButtonRole.ActionRole
        reset = buttons.addButton(self.tr("&Reset"), role)
        reset.setToolTip(self.tr("Start counting from zero again"))
        reset.clicked.connect(self._on_reset)
        buttons.addButton(self.tr("Set &prices…"), role).clicked.connect(self._on_prices)
        return buttons

    def _add_row(self, title: str, part: Usage) -> list[QTableWidgetItem]:
        tally = part.of(*RequestKind)
        sizes = (tally.bytes_up, tally.bytes_down)
        moved = [shown_bytes(count) if count else "" for count in sizes]
        money = money_text(money_of(part, self._prices) or Decimal(0), self._prices)
        return self._table.add_row((title, f"{tally.requests:,}", *moved, money))

    def _on_reset(self) -> None:
        self._meter.reset()
        self.refresh()

    def _on_prices(self) -> None:
        self.accept()
        self.prices_requested.emit()
