"""The values of the transfer queue: files, batches, and what is shown of them.

What is made for each file, or travels from the media process to the window, is a
``msgspec.Struct``: it takes a fifth of a dataclass's time, and messages carry it as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.rate_limit import RateLimit
from cloudanno_desktop.transfers.retry import RetryPolicy

PARALLEL = 16


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class Existing(StrEnum):
    """What to do with a name that other bytes have; the same bytes are never moved twice."""

    RENAME = "rename"
    SKIP = "skip"
    OVERWRITE = "overwrite"
    ASK = "ask"


class FileState(StrEnum):
    """Where a file of the queue stands.

    ``STORED`` is in the bucket and waits for its labels; ``CANCELLED`` waits for what is left of it
    on the server or beside its target to be removed.
    """

    WAITING = "waiting"
    FAILED = "failed"
    STORED = "stored"
    CANCELLED = "cancelled"


class ResumeState(msgspec.Struct, frozen=True, omit_defaults=True):
    upload_id: str = ""  # the service's name for an upload in parts
    key: str = ""
    modified_ns: int = 0  # the local file's time when it began
    size: int = 0
    etag: str = ""  # the object of which a part file has the beginning
    part: str = ""


NOTHING_BEGUN = ResumeState()


class TransferSpec(msgspec.Struct, frozen=True):
    path: Path
    key: str
    size: int
    etag: str = ""
    labels: tuple[str, ...] = ()  # ids of the labels that the picture gets once it is in the bucket


class Transfer(msgspec.Struct, frozen=True):
    """A file in the queue.

    Attributes:
        existing: the user's answer for this file, ``None`` for that of its batch.
        token: 16 hex digits, unlike those of any other transfer.
    """

    id: int
    batch: int
    direction: Direction
    spec: TransferSpec
    token: str
    state: FileState = FileState.WAITING
    existing: Existing | None = None
    reason: str = ""
    memory: ResumeState = NOTHING_BEGUN
    image_id: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The transfers of one user action: number of files and bytes, and how many are done."""

    id: int
    direction: Direction
    title: str
    existing: Existing
    is_paused: bool
    files: int
    bytes: int
    done: int = 0
    skipped: int = 0
    done_bytes: int = 0


class BatchState(StrEnum):
    """What a batch is doing; ``HELD`` waits for the user, ``OFFLINE`` for the network."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    ASKING = "asking"
    OFFLINE = "offline"
    HELD = "held"
    FINISHED = "finished"


class Problem(msgspec.Struct, frozen=True, array_like=True):
    """A file that could not be moved; ``transfer_id`` is 0 where another try is of no use."""

    transfer_id: int
    name: str
    reason: str


class Question(msgspec.Struct, frozen=True, array_like=True):
    """A name is taken by other bytes, and the user wants to choose."""

    name: str
    size: int
    modified: datetime | None
    other_size: int
    other_modified: datetime


class Asked(msgspec.Struct, frozen=True, array_like=True):
    transfer_id: int
    question: Question


class BatchStatus(msgspec.Struct, frozen=True):
    id: int
    direction: Direction
    title: str
    state: BatchState
    reason: str
    files: int
    done: int
    skipped: int
    failed: int  # number of files; ``problems`` are the first of them
    bytes: int
    done_bytes: int
    problems: tuple[Problem, ...] = ()
    asked: Asked | None = None


@dataclass(slots=True)
class TransferLimits:
    parallel: int = PARALLEL
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    up: RateLimit = field(default_factory=RateLimit)
    down: RateLimit = field(default_factory=RateLimit)

    @classmethod
    def of(cls, settings: Settings, retry_policy: RetryPolicy) -> "TransferLimits":
        return cls(
            settings.parallel_transfers,
            retry_policy,
            RateLimit(settings.upload_limit_kb_s * 1000),
            RateLimit(settings.download_limit_kb_s * 1000),
        )


@dataclass(frozen=True, slots=True)
class TransferContext:
    bucket: Bucket
    is_known: Callable[[str], bool]
