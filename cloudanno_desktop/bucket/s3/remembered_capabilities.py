"""What a service does with conditional writes, and where that is remembered.

Services differ, and some accept a condition and ignore it. So ``probe.py`` tries it by writing,
once for each bucket of a service; the result is cached.
"""

import hashlib
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import msgspec

from cloudanno_desktop import log, paths
from cloudanno_desktop.errors import DiskFull, FileProblem
from cloudanno_desktop.files import write_file

OLD_LISTING = "old-listing"

FOLDER = "conditions"


class ConditionSupport(StrEnum):
    """``UNQUOTED``: honoured if the ETag is sent without its quotes."""

    HONOURED = "honoured"
    UNQUOTED = "unquoted"
    IGNORED = "ignored"
    REFUSED = "refused"


class Conditions(msgspec.Struct, frozen=True):
    """What one bucket does.

    Attributes:
        create: write only if the key is free, ``If-None-Match: *``.
        replace: write only over a known object, ``If-Match``.
        in_parts: ``create``, when a multipart upload is completed.
    """

    create: ConditionSupport
    replace: ConditionSupport
    in_parts: ConditionSupport


ALL_HONOURED = Conditions(*[ConditionSupport.HONOURED] * 3)
NONE_HONOURED = Conditions(*[ConditionSupport.IGNORED] * 3)


def recall(address: str) -> Conditions | None:
    with log.passing_over(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(file_of(FOLDER, address).read_bytes(), type=Conditions)
    return None  # it is found out again


def remember(address: str, conditions: Conditions) -> None:
    """Cache what was probed. Raises ``DiskFull``, ``FileProblem``."""
    write_file(file_of(FOLDER, address), msgspec.json.encode(conditions))


def file_of(kind: str, address: str) -> Path:
    name = hashlib.blake2b(address.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return paths.cache_dir() / kind / f"{name}.json"


def lists_in_the_old_way(address: str) -> bool:
    return file_of(OLD_LISTING, address).exists()


def remember_old_listing(address: str) -> None:
    """Remember that a service does not know ListObjectsV2; not on a full disk."""
    with suppress(DiskFull, FileProblem):
        write_file(file_of(OLD_LISTING, address), b"true")
