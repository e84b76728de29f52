"""A hybrid logical clock whose times are sortable text.

Source: Kulkarni et al., “Logical Physical Clocks” (2014). A time is ``<milliseconds since 1970, 15
digits>.<counter, 5 digits>``. It stays near the wall clock, grows with every operation, and is
later than every time that was taken in from others, so cause comes before effect even where a
computer's clock is wrong. How far others are followed says ``last_time``.
"""

import re
import time
from datetime import UTC, datetime

ZERO = "000000000000000.00000"
FORM = re.compile(r"[0-8][0-9]{14}\.[0-9]{5}")  # a later time would leave no room to grow
LAST_COUNT = 99_999
LAST_MOMENT_MS = 253_402_300_799_000  # 9999-12-31, the last day that a ``datetime`` can hold


def next_time(last: str, now_ms: int | None = None) -> str:
    """Return a time after ``last`` that is the wall clock's where that is later.

    Args:
        last: the latest time known, own or taken in.
        now_ms: wall clock, for tests.
    """
    wall = wall_ms() if now_ms is None else now_ms
    last_ms, count = (int(part) for part in last.split("."))
    if wall > last_ms:
        return f"{wall:015d}.00000"
    if count == LAST_COUNT:
        return f"{last_ms + 1:015d}.00000"
    return f"{last_ms:015d}.{count + 1:05d}"


def wall_ms() -> int:
    """Return what this computer's clock says, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def is_time(text: str) -> bool:
    """Say whether ``text`` is a time of this clock."""
    return FORM.fullmatch(text) is not None


def moment(text: str) -> datetime:
    """Return a time of this clock as a date; the end of the calendar where it lies beyond."""
    milliseconds = min(int(text.split(".", 1)[0]), LAST_MOMENT_MS)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
