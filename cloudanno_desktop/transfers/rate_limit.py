"""A bound on bytes a second that all threads of one direction share."""

import threading
import time
from collections.abc import Callable

NAP_S = 0.1


class RateLimit:
    """Lets bytes pass at a rate that may change while they do.

    Whoever takes bytes books the time that they cost and waits until those before have had theirs.
    ``bytes_per_second`` is 0 for no bound; ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        bytes_per_second: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = bytes_per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._changes = 0

    def change(self, bytes_per_second: int) -> None:
        """Change the rate; threads that wait at the old one continue at once."""
        with self._lock:
            if bytes_per_second != self._rate:
                self._rate = bytes_per_second
                self._free_at = 0.0
                self._changes += 1

    def take(self, count: int, check: Callable[[], None]) -> None:
        """Wait until ``count`` more bytes may pass; ``check`` is called often and may raise."""
        with self._lock:
            if not self._rate:
                return
            turn = max(self._clock(), self._free_at)
            self._free_at = turn + count / self._rate
            changes = self._changes
        while changes == self._changes:
            check()
            left = turn - self._clock()
            if left <= 0:
                return
            self._sleep(min(left, NAP_S))
