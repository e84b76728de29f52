"""Bytes and seconds as a user reads them."""

from PySide6.QtCore import QLocale

ENGLISH = QLocale(QLocale.Language.English)
MINUTE_S = 60
HOUR_S = 3600


def shown_bytes(count: int) -> str:
    """Return a size with a unit, such as ``6.1 GB``; decimal units as disks are sold."""
    return ENGLISH.formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def shown_duration(seconds: float) -> str:
    """Return a duration, such as ``3 min 20 s``."""
    whole = max(0, round(seconds))
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"


def shown_percent(share: float) -> str:
    """Return a share 0..1 as per cent with one digit."""
    return f"{100 * share:.1f}%"
