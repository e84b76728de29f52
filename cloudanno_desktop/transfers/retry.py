"""Which errors pass by themselves, and how long to wait before the next try."""

import random
from dataclasses import dataclass

from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    BucketMissing,
    ObjectDenied,
    StorageFailed,
)
from cloudanno_desktop.errors import CloudAnnoError, DiskFull

# What every file would meet: after a few of them the queue rests until the user has looked.
HOPELESS = (AccessDenied, BucketMissing, DiskFull)
_PASSING = {
    "InternalError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "OperationAborted",
    "the answer was cut off",
}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to wait.

    Attributes:
        tries: attempts at one file that a service fails to move.
        first_s: the longest wait before the second attempt; it doubles each time.
        most_s: the longest wait of all.
        most_offline_s: the same while nothing answers: a look for the network costs nothing.
        offline_tries: attempts without any answer before giving up; ``None`` for never.
    """

    tries: int = 6
    first_s: float = 1.0
    most_s: float = 30.0
    most_offline_s: float = 4.0
    offline_tries: int | None = None

    def delay_s(self, failures: int, *, is_offline: bool = False) -> float:
        most_s = self.most_offline_s if is_offline else self.most_s
        longest = min(most_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return longest * random.uniform(0.5, 1.0)


def stops_all(error: CloudAnnoError) -> bool:
    return isinstance(error, HOPELESS) and not isinstance(error, ObjectDenied)


def is_passing(error: CloudAnnoError) -> bool:
    if not isinstance(error, StorageFailed):
        return False
    return error.code in _PASSING or (error.code.isdigit() and error.code.startswith("5"))
