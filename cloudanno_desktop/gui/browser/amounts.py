"""How much an action will change and cost, in words."""

from PySide6.QtCore import QCoreApplication

from cloudanno_desktop.bucket.bulk import Amount
from cloudanno_desktop.bucket.cost import estimate_delete, estimate_move, money_of
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.settings import Prices


def move_text(amount: Amount, prices: Prices, *, is_folder: bool) -> str:
    """Describe a move; a folder on this computer costs nothing."""
    return _text(amount, Usage() if is_folder else estimate_move(amount.objects), prices)


def delete_text(amount: Amount, prices: Prices, *, is_folder: bool) -> str:
    return _text(amount, Usage() if is_folder else estimate_delete(amount.objects), prices)


def _text(amount: Amount, usage: Usage, prices: Prices) -> str:
    tr = QCoreApplication.translate
    parts = [tr("amounts", "%n object(s)", "", amount.objects), shown_bytes(amount.bytes)]
    if usage:
        parts.append(tr("amounts", "%n request(s)", "", usage.requests))
    money = money_of(usage, prices)
    if usage and money is not None:
        parts.append(f"{money:.4f} {prices.currency}".rstrip())
    return " · ".join(parts)
