"""How long work tells its progress, and how it is stopped.

A long domain function takes a ``Progress`` and calls it often. The same call is the stop point: it
raises ``Cancelled`` once somebody asked the work to stop.
"""

from typing import Protocol

from cloudanno_desktop.errors import CloudAnnoError


class Cancelled(CloudAnnoError):
    """The person stopped the work."""

    sentence = "Stopped."


class Progress(Protocol):
    """Tell how much of the work is done; raise ``Cancelled`` if it shall end."""

    def __call__(self, done: int, total: int | None, text: str = "") -> None:
        """Report ``done`` of ``total`` units (``None``: unknown) with an optional detail."""


def silent(done: int, total: int | None, text: str = "") -> None:
    """Report to nobody and never stop."""
