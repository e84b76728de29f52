"""How the queue works, and between which ends."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.rate_limit import RateLimit
from cloudanno_desktop.transfers.retry import Patience

PARALLEL = 16


@dataclass(slots=True)
class Terms:
    """How the queue works.

    Attributes:
        parallel: number of files at a time.
        up: bound on uploads, which may be changed at any time.
        down: bound on downloads.
    """

    parallel: int = PARALLEL
    patience: Patience = field(default_factory=Patience)
    up: RateLimit = field(default_factory=RateLimit)
    down: RateLimit = field(default_factory=RateLimit)


@dataclass(frozen=True, slots=True)
class Ends:
    """Where files come from and go to.

    Attributes:
        is_known: whether a key was seen in the bucket before.
    """

    bucket: Bucket
    is_known: Callable[[str], bool]


def limits_of(settings: Settings) -> tuple[RateLimit, RateLimit]:
    """Return the bounds on uploads and downloads that the person set."""
    up, down = settings.upload_limit_kb_s, settings.download_limit_kb_s
    return RateLimit(up * 1000), RateLimit(down * 1000)
