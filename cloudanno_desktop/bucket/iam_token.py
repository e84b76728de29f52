"""Tokens that an API key buys: kept while they live, renewed in time, bought once for all threads.

A token is renewed by whoever asks first once a quarter of its life is left; others go on with the
old one until 17 % are left, and wait from then on. While the service for tokens is down the old
token is used as long as it lives.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from cloudanno_desktop.errors import CloudAnnoError

RENEW_BELOW = 0.25
WAIT_BELOW = 0.17
PAUSE_S = 10  # between attempts that fail, while there is a token that lives


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token.

    Attributes:
        text: what is sent; never shown.
        life_s: how long it lives after it was given.
    """

    text: str = field(repr=False)
    life_s: float


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Token
    ends_s: float

    def share_left(self, now_s: float) -> float:
        return (self.ends_s - now_s) / self.token.life_s


class Tokens:
    """Gives threads a token that lives.

    Args:
        buy: asks for a new token; its errors reach whoever needs one.
        clock: seconds, as ``time.time``.
    """

    def __init__(self, buy: Callable[[], Token], clock: Callable[[], float] = time.time) -> None:
        self._buy = buy
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._purchase: Future[str] | None = None
        self._pause_until_s = 0.0

    def current(self) -> str:
        """Return a token. Raises what ``buy`` raises if there is none that lives."""
        now_s = self._clock()
        with self._lock:
            kept = self._kept
            left = kept.share_left(now_s) if kept else 0.0
            if kept and (left > RENEW_BELOW or (left > 0 and now_s < self._pause_until_s)):
                return kept.token.text
            under_way, mine = self._purchase, Future[str]()
            if under_way is None:
                self._purchase = mine
        if under_way is None:
            self._carry_out(mine)
        elif kept and left > WAIT_BELOW:
            return kept.token.text
        return (under_way or mine).result()

    def drop(self, text: str) -> None:
        """Forget a token that the service refused, unless there is a newer one already."""
        with self._lock:
            if self._kept and self._kept.token.text == text:
                self._kept = None

    def _carry_out(self, purchase: "Future[str]") -> None:
        """Buy a token and settle ``purchase`` for all who wait."""
        try:
            token = self._buy()
        except CloudAnnoError as error:
            self._settle_failed(purchase, error)
        except BaseException as error:
            with self._lock:
                self._purchase = None
            purchase.set_exception(error)
            raise
        else:
            with self._lock:
                self._kept = _Kept(token, self._clock() + token.life_s)
                self._purchase = None
            purchase.set_result(token.text)

    def _settle_failed(self, purchase: "Future[str]", error: CloudAnnoError) -> None:
        with self._lock:
            now_s, kept = self._clock(), self._kept
            self._purchase = None
            self._pause_until_s = now_s + PAUSE_S
        if kept and kept.share_left(now_s) > 0:
            purchase.set_result(kept.token.text)
        else:
            purchase.set_exception(error)
