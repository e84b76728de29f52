"""Requests, bytes and money as one sentence."""

from decimal import ROUND_HALF_UP, Decimal

from PySide6.QtCore import QCoreApplication

from cloudanno_desktop.bucket.cost import money_of
from cloudanno_desktop.bucket.usage.usage import Kind, Usage
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.settings import Prices

CENT = Decimal("0.01")


def cost_sentence(usage: Usage, prices: Prices) -> str:
    """Say what something takes, such as ``112 list calls, 3.1 GB down: 0.84 EUR``.

    Empty for nothing; without money where the person has set no prices.
    """
    parts = [
        _counted("%n list call(s)", usage.of(Kind.LIST).requests),
        _counted("%n read(s)", usage.of(Kind.GET, Kind.HEAD, Kind.OTHER).requests),
        _counted("%n write(s)", usage.of(Kind.PUT, Kind.COPY).requests),
        _counted("%n deletion call(s)", usage.of(Kind.DELETE).requests),
    ]
    for text, count in (("%1 up", usage.bytes_up), ("%1 down", usage.bytes_down)):
        parts.append(_translated(text).replace("%1", shown_bytes(count)) if count else "")
    amounts = ", ".join(part for part in parts if part)
    money = money_of(usage, prices)
    if money is None or not amounts:
        return amounts
    return f"{amounts}: {money_text(money, prices)}"


def money_text(money: Decimal, prices: Prices) -> str:
    """Return a sum in the person's currency, rounded to the cent."""
    rounded = money.quantize(CENT, ROUND_HALF_UP)
    shown = f"{rounded:,} {prices.currency}".strip()
    if money and not rounded:
        return f"< {CENT} {prices.currency}".strip()
    return shown


def _counted(text: str, count: int) -> str:
    if not count:
        return ""
    return _translated(text, count).replace(str(count), f"{count:,}", 1)


def _translated(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("cost", text, "", count)
