"""How long work reports its progress, and how it is stopped.

A long domain function takes a ``Progress`` and calls it often. The same call is the stop point: it
raises ``Cancelled`` once the user has stopped the work.
"""

import threading
from time import monotonic
from typing import Protocol

from cloudanno_desktop.errors import CloudAnnoError


class Cancelled(CloudAnnoError):
    sentence = "Stopped."


class Progress(Protocol):
    """Report how much of the work is done; raise ``Cancelled`` to stop it."""

    def __call__(self, done: int, total: int | None, text: str = "") -> None:
        """Report ``done`` of ``total`` units (``None``: unknown) with an optional detail."""


def silent(done: int, total: int | None, text: str = "") -> None:
    """Report nothing and never stop."""


class StopFlag:
    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        self._event.set()

    def check(self) -> None:
        if self._event.is_set():
            raise Cancelled

    def watching(self, progress: Progress = silent) -> Progress:
        def checked(done: int, total: int | None, text: str = "") -> None:
            self.check()
            progress(done, total, text)

        return checked


class Throttle:
    def __init__(self, interval_s: float = 0.1) -> None:
        self._interval_s = interval_s
        self._next_s = 0.0

    def is_due(self, *, at_once: bool = False) -> bool:
        """Whether to report now; ``at_once`` for what must not wait."""
        now = monotonic()
        if now < self._next_s and not at_once:
            return False
        self._next_s = now + self._interval_s
        return True
