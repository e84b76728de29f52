"""The corner of the status bar that counts the requests to the storage."""

from decimal import ROUND_HALF_UP, Decimal

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from cloudanno_desktop.bucket.cost import money_of
from cloudanno_desktop.bucket.usage.meter import METER, Meter
from cloudanno_desktop.bucket.usage.usage import RequestKind, Usage
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.settings import Prices

CENT = Decimal("0.01")
REFRESH_MS = 1000


class CostButton(QToolButton):
    """Shows the number of requests, details in its tooltip; follows the meter while shown."""

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
        self._prices = prices
        self.refresh()

    def sentence(self, usage: Usage) -> str:
        return cost_sentence(usage, self._prices)

    def refresh(self) -> None:
        usage = self._meter.total()
        requests = self.tr("%n request(s)", "", usage.requests)
        moved = usage.bytes_up + usage.bytes_down
        self.setText(f"{requests} · {shown_bytes(moved)}" if moved else requests)
        summary = cost_sentence(usage, self._prices) or self.tr("Nothing yet.")
        title = self.tr("Requests since the program was started:")
        self.setToolTip(f"{title}\n{summary}")

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)


def cost_sentence(usage: Usage, prices: Prices) -> str:
    """Return what something takes, such as ``112 list calls, 3.1 GB down: 0.84 EUR``.

    Empty for nothing; without money where the user has set no prices.
    """
    parts = [
        _counted("%n list call(s)", usage.of(RequestKind.LIST).requests),
        _counted(
            "%n read(s)", usage.of(RequestKind.GET, RequestKind.HEAD, RequestKind.OTHER).requests
        ),
        _counted("%n write(s)", usage.of(RequestKind.PUT, RequestKind.COPY).requests),
        _counted("%n deletion call(s)", usage.of(RequestKind.DELETE).requests),
    ]
    for text, count in (("%1 up", usage.bytes_up), ("%1 down", usage.bytes_down)):
        parts.append(_translated(text).replace("%1", shown_bytes(count)) if count else "")
    amounts = ", ".join(part for part in parts if part)
    money = money_of(usage, prices)
    if money is None or not amounts:
        return amounts
    return f"{amounts}: {money_text(money, prices)}"


def money_text(money: Decimal, prices: Prices) -> str:
    """Return a sum in the user's currency, rounded to the cent."""
    rounded = money.quantize(CENT, ROUND_HALF_UP)
    shown = f"{rounded:,} {prices.currency}".strip()
    if money and not rounded:
        return f"< {CENT} {prices.currency}".strip()
    return shown


def _counted(text: str, count: int) -> str:
    return _translated(text, count) if count else ""


def _translated(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("cost", text, "", count)
