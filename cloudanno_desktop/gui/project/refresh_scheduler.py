"""When to look for changes in the bucket by itself.

Looking takes a small share of the time however large the bucket is, less while it fails, and none
while the window is hidden or the storage cannot be reached.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

SOON_MS = 400  # after a change in a folder, so that many changes are one
UNSEEN_MS = 2_000  # how often to look whether the window can be seen again
REST = 15  # wait this many times as long as the last look took
SHORT_REST = 4  # the same after a change
LONGEST_WAIT_MS = 15 * 60_000


class RefreshScheduler(QObject):
    """Decides when to look; one look at a time.

    Args:
        interval_s: from the end of one look to the next; 0 to look only after a change.
        may_look: whether looking makes sense now.
    """

    due = Signal()  # look now, and call ``note_end`` afterwards

    def __init__(
        self, interval_s: int, may_look: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._interval_s = interval_s
        self._may_look = may_look
        self._is_refreshing = False
        self._has_changed = False
        self._failures = 0
        self._took_ms = 0
        self._ended_ms = _now_ms()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_timeout)

    def use_interval(self, interval_s: int) -> None:
        if interval_s != self._interval_s:
            self._interval_s = interval_s
            self._plan()

    def note_begin(self) -> None:
        self._is_refreshing = True
        self._has_changed = False
        self._timer.stop()

    def note_end(self, took_s: float, *, is_complete: bool) -> None:
        self._is_refreshing = False
        self._failures = 0 if is_complete else self._failures + 1
        self._took_ms = round(1000 * took_s)
        self._ended_ms = _now_ms()
        self._plan()

    def note_change(self) -> None:
        self._has_changed = True
        if not self._is_refreshing:
            self._plan()

    def stop(self) -> None:
        """Look no more until ``note_end``."""
        self._timer.stop()

    def _plan(self) -> None:
        if self._is_refreshing:
            return
        rest_ms = REST * self._took_ms
        if self._has_changed:
            rested_ms = _now_ms() - self._ended_ms
            self._timer.start(max(SOON_MS, SHORT_REST * self._took_ms - rested_ms))
        elif self._interval_s:
            wait_ms = max(1000 * self._interval_s, rest_ms) << min(self._failures, 10)
            self._timer.start(min(wait_ms, max(LONGEST_WAIT_MS, rest_ms)))
        else:
            self._timer.stop()

    def _on_timeout(self) -> None:
        if self._may_look():
            self.due.emit()
        else:
            self._timer.start(UNSEEN_MS)


def _now_ms() -> int:
    return round(1000 * time.monotonic())
