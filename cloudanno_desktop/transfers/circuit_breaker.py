"""Why the whole queue rests: no network, or something that the user has to look at."""

import logging
import time

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.transfers.batch import TransferJob
from cloudanno_desktop.transfers.retry import RetryPolicy

_log = logging.getLogger(__name__)

STREAK = 3


class CircuitBreaker:
    """Lets files through, or one scout at a time while the network is away.

    Not safe from several threads; the queue guards it.

    Attributes:
        problem: what the user has to resolve; the queue does not resume by itself then.
    """

    def __init__(self, retry_policy: RetryPolicy) -> None:
        self._retry_policy = retry_policy
        self.problem: CloudAnnoError | None = None
        self._until_s = 0.0
        self._reason = ""
        self._failures = 0
        self._streak = 0
        self._scout: TransferJob | None = None

    @property
    def is_offline(self) -> bool:
        return self._failures > 0 and self.problem is None

    @property
    def reason(self) -> str:
        return str(self.problem) if self.problem else self._reason

    def lets_through(self) -> bool:
        if self.problem:
            return False
        return not self._failures or (self._scout is None and time.monotonic() >= self._until_s)

    def next_try_s(self) -> float | None:
        """Return the monotonic time of the next scout; ``None`` if one is out or none will go."""
        return None if self.problem or self._scout else self._until_s

    def begin(self, job: TransferJob) -> None:
        """Note that a file begins; without a network it is the scout."""
        if self._failures:
            self._scout = job

    def note_reply(self, job: TransferJob, *, is_success: bool) -> None:
        if self._failures:
            _log.info("the service answers again")
        self._failures, self._until_s, self._reason, self._scout = 0, 0.0, "", None
        if is_success:
            self._streak = 0

    def note_stop(self, job: TransferJob) -> None:
        if job is self._scout:
            self._scout = None

    def note_unreachable(self, job: TransferJob, error: CloudAnnoError) -> None:
        """Wait for the network; that all files under way fail at once counts once."""
        if self._failures and job is not self._scout:
            return
        self._scout = None
        self._failures += 1
        self._reason = str(error)
        delay_s = self._retry_policy.delay_s(self._failures, is_offline=True)
        self._until_s = time.monotonic() + delay_s
        _log.info("no answer (%d), the next try in %.1f s: %s", self._failures, delay_s, error)
        most = self._retry_policy.offline_tries
        if most is not None and self._failures >= most:
            self.problem = error

    def note_hopeless(self, error: CloudAnnoError) -> None:
        """Count what would stop every file; after a few of them rest."""
        self._streak += 1
        if self._streak >= STREAK:
            _log.info("the queue rests: %s", error)
            self.problem = error

    def hold(self, error: CloudAnnoError) -> None:
        _log.info("the queue rests: %s", error)
        self.problem = error

    def note_network(self) -> None:
        """Let the next scout go now: something else has just reached the service."""
        self._until_s = 0.0

    def end(self) -> None:
        self.problem = None
        self._streak = self._failures = 0
        self._until_s, self._reason, self._scout = 0.0, "", None
