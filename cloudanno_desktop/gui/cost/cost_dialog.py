"""What the storage was asked for, kind by kind, and what that costs by the person's own prices."""

from decimal import Decimal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.bucket.cost import money_of
from cloudanno_desktop.bucket.usage.meter import METER, Meter
from cloudanno_desktop.bucket.usage.usage import RequestKind, Tally, Usage
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.gui.cost.cost_button import REFRESH_MS, money_text
from cloudanno_desktop.settings import Prices

MONEY_COLUMN = 4
WORDS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CostDialog(QDialog):
    """A table that follows the meter while it is open.

    Signals:
        prices_requested: the person wants to enter prices.
    """

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
        """Show what the meter says now."""
        usage = self._meter.total()
        rows = [(kind.value, Usage({kind: tally})) for kind, tally in usage.by_kind.items()]
        rows.append((self.tr("All"), usage))
        self._table.setRowCount(len(rows))
        for row, (title, part) in enumerate(rows):
            self._show_row(row, title, part, is_sum=row == len(rows) - 1)

    def _explanation(self) -> str:
        counted = self.tr(
            "Every request of this window since it was opened, also those that were repeated."
        )
        if self._prices.is_set:
            return f"{counted} {self.tr('The sums follow the prices that you have set.')}"
        return f"{counted} {self.tr('Set the prices of your service to see what they cost.')}"

    def _build_table(self) -> QTableWidget:
        self._table = QTableWidget(0, MONEY_COLUMN + 1)
        titles = (self.tr("Requests"), self.tr("Up"), self.tr("Down"), self.tr("Costs"))
        kind = QTableWidgetItem(self.tr("Kind"))
        kind.setTextAlignment(WORDS)
        self._table.setHorizontalHeaderLabels(["", *titles])
        self._table.setHorizontalHeaderItem(0, kind)
        self._table.setAccessibleName(self.tr("Requests by kind"))
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.setShowGrid(False)
        self._table.verticalHeader().hide()
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(NUMBERS)
        self._table.setColumnHidden(MONEY_COLUMN, not self._prices.is_set)
        return self._table

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        role = QDialogButtonBox.ButtonRole.ActionRole
        reset = QPushButton(self.tr("&Reset"))
        reset.setToolTip(self.tr("Count from nothing again"))
        reset.clicked.connect(self._on_reset)
        buttons.addButton(reset, role)
        prices = QPushButton(self.tr("Set &prices…"))
        prices.clicked.connect(self._on_prices)
        buttons.addButton(prices, role)
        return buttons

    def _show_row(self, row: int, title: str, part: Usage, *, is_sum: bool) -> None:
        tally = part.of(*RequestKind)
        for column, text in enumerate((title, *_amounts(tally), self._money(part))):
            item = QTableWidgetItem(text)
            item.setTextAlignment(NUMBERS if column else WORDS)
            font = item.font()
            font.setBold(is_sum)
            item.setFont(font)
            self._table.setItem(row, column, item)

    def _money(self, part: Usage) -> str:
        money = money_of(part, self._prices)
        return money_text(money or Decimal(0), self._prices)

    def _on_reset(self) -> None:
        self._meter.reset()
        self.refresh()

    def _on_prices(self) -> None:
        self.accept()
        self.prices_requested.emit()


def _amounts(tally: Tally) -> tuple[str, str, str]:
    up, down = (shown_bytes(count) if count else "" for count in (tally.bytes_up, tally.bytes_down))
    return f"{tally.requests:,}", up, down
