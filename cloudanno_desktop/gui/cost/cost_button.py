"""The corner of the status bar that says what the storage was asked for."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from cloudanno_desktop.bucket.usage.meter import METER, Meter
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.cost.cost_text import cost_sentence
from cloudanno_desktop.settings import Prices

REFRESH_MS = 1000


class CostButton(QToolButton):
    """Shows the number of requests; its tooltip tells the rest, a click opens the table.

    It follows the meter while it is on screen.
    """

    def __init__(self, meter: Meter = METER, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._meter = meter
        self._prices = Prices()
        self.setAutoRaise(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Requests to the storage"))
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    def set_prices(self, prices: Prices) -> None:
        """Count money with these."""
        self._prices = prices
        self.refresh()

    def sentence(self, usage: Usage) -> str:
        """Say what something will take, by the prices in use."""
        return cost_sentence(usage, self._prices)

    def refresh(self) -> None:
        """Show what the meter says now."""
        usage = self._meter.total()
        requests = self.tr("%n request(s)", "", usage.requests)
        requests = requests.replace(str(usage.requests), f"{usage.requests:,}", 1)
        moved = usage.bytes_up + usage.bytes_down
        self.setText(f"{requests} · {shown_bytes(moved)}" if moved else requests)
        told = cost_sentence(usage, self._prices) or self.tr("Nothing yet.")
        title = self.tr("Asked of the storage since the program was started:")
        self.setToolTip(f"{title}\n{told}")

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the meter."""
        self.refresh()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        self._timer.stop()
        super().hideEvent(event)
