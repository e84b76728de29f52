"""A hybrid logical clock whose times are sortable text.

Source: Kulkarni et al., “Logical Physical Clocks” (2014). A time is ``<milliseconds since 1970, 15
digits>.<counter, 5 digits>``. It stays near the wall clock, grows with every operation, and is
later than every time taken in from others, so cause precedes effect even where a computer's clock
is wrong. ``last_time`` limits how far other clocks are followed.

Times end with the year 9999. An operation from beyond is ordered by the number of journal objects
that its writer knew (see ``counted``): so every time has a successor, and all computers find the
same order.
"""

import re
import time
from datetime import UTC, datetime

ZERO = "000000000000000.00000"
FORM = re.compile(r"[0-9]{15}\.[0-9]{5}")
LAST_COUNT = 99_999
LAST_MOMENT_MS = 253_402_300_799_000  # 9999-12-31, the last day that a ``datetime`` can hold
END_MS = LAST_MOMENT_MS + 1000
END = f"{END_MS:015d}.00000"
KNOWN_MOST = 10**14  # objects; more than anybody writes


def next_time(last: str, now_ms: int | None = None) -> str:
    """Return a time after ``last``, the wall clock’s if later; ``END`` stands for all beyond."""
    wall = min(wall_ms() if now_ms is None else now_ms, END_MS)
    if last >= END:
        return END
    last_ms, count = (int(part) for part in last.split("."))
    if wall > last_ms:
        return f"{wall:015d}.00000"
    if count == LAST_COUNT:
        return f"{last_ms + 1:015d}.00000"
    return f"{last_ms:015d}.{count + 1:05d}"


def wall_ms() -> int:
    """Return milliseconds since 1970 by this computer’s clock."""
    return time.time_ns() // 1_000_000


def is_time(text: str) -> bool:
    return FORM.fullmatch(text) is not None


def counted(time: str, known: int) -> str:
    """Return the time as which an operation is ordered on all computers.

    ``known`` is how many journal objects there were when it was written, its own included.
    """
    return time if time < END else f"{END_MS + min(known, KNOWN_MOST):015d}.00000"


def is_counted(time: str) -> bool:
    """Say whether ``counted`` may have returned a time."""
    return time <= counted(END, KNOWN_MOST)


def moment(text: str) -> datetime:
    """Return a time as a date, at most the end of the calendar."""
    milliseconds = min(int(text.split(".", 1)[0]), LAST_MOMENT_MS)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
