"""Find out what a connection can do, by doing it with one small object."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cloudanno_desktop.bucket.bucket import (
    AccessDenied,
    Bucket,
    ConditionRefused,
    PreconditionFailed,
    PutOptions,
    Unreachable,
)
from cloudanno_desktop.errors import CloudAnnoError, Failed

_FIRST = b"CloudAnno checks this connection."
_SECOND = b"CloudAnno replaces this object."


class CheckName(StrEnum):
    """What is tried, in this order."""

    REACH = "reach"
    AUTHENTICATE = "authenticate"
    LIST_BUCKETS = "list buckets"
    LIST = "list"
    WRITE = "write"
    READ = "read"
    RANGE = "range read"
    CONDITIONAL_CREATE = "conditional create"
    CONDITIONAL_REPLACE = "conditional replace"
    DELETE = "delete"


class CheckResult(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check; ``detail`` says why it failed or was skipped."""

    name: CheckName
    result: CheckResult
    detail: str = ""


_IN_BUCKET = tuple(CheckName)[3:]


def check_service(list_buckets: Callable[[], object], *, has_bucket: bool) -> list[Check]:
    """Check what needs no bucket.

    Keys that may not list buckets are common; where a bucket is checked too, it tells whether they
    are right.
    """
    names = (CheckName.REACH, CheckName.AUTHENTICATE, CheckName.LIST_BUCKETS)
    try:
        list_buckets()
    except Unreachable as error:
        return [_failed(names[0], error), *(_skipped(name, str(error)) for name in names[1:])]
    except AccessDenied as error:
        right = has_bucket and error.code == "AccessDenied"
        second = _passed(names[1]) if right else _failed(names[1], error)
        return [_passed(names[0]), second, _failed(names[2], error)]
    except CloudAnnoError as error:
        return [_passed(names[0]), _skipped(names[1], str(error)), _failed(names[2], error)]
    return [_passed(name) for name in names]


def left_out(reason: str) -> list[Check]:
    """Return the checks that need a bucket, skipped."""
    return [_skipped(name, reason) for name in _IN_BUCKET]


def check_bucket(bucket: Bucket) -> list[Check]:
    """Check a bucket with one object of a new name, which is removed again."""
    key = f"_cloudanno/checks/{uuid.uuid4()}"
    listing = _tried(CheckName.LIST, lambda: next(iter(bucket.list_pages("_cloudanno/")), None))
    written = _tried(CheckName.WRITE, lambda: bucket.put(key, _FIRST))
    if written.result is not CheckResult.PASSED:
        rest = _IN_BUCKET[2:]
        return [listing, written, *(_skipped(name, "nothing could be written") for name in rest)]
    return [
        listing,
        written,
        _tried(CheckName.READ, lambda: _require(bucket.get(key).body == _FIRST)),
        _tried(CheckName.RANGE, lambda: _require(bucket.get_range(key, 3, 5) == _FIRST[3:8])),
        _tried(CheckName.CONDITIONAL_CREATE, lambda: _create(bucket, key)),
        _tried(CheckName.CONDITIONAL_REPLACE, lambda: _replace(bucket, key)),
        _tried(CheckName.DELETE, lambda: _delete(bucket, key)),
    ]


def _create(bucket: Bucket, key: str) -> None:
    """Write over an existing object on the condition that there is none."""
    _require_refused(bucket, key, PutOptions(if_absent=True))


def _replace(bucket: Bucket, key: str) -> None:
    """Replace the object by its ETag, then try again with the old one."""
    etag = bucket.head(key).etag
    bucket.put(key, _SECOND, PutOptions(if_match=etag))
    _require(bucket.get(key).body == _SECOND)
    _require_refused(bucket, key, PutOptions(if_match=etag))


def _require_refused(bucket: Bucket, key: str, options: PutOptions) -> None:
    before = bucket.get(key).body
    try:
        bucket.put(key, b"This must not be written.", options)
    except PreconditionFailed:
        _require(bucket.get(key).body == before)
        return
    except ConditionRefused as error:
        raise Failed("The service refuses conditions.") from error
    raise Failed("The service ignores conditions.")


def _delete(bucket: Bucket, key: str) -> None:
    for failure in bucket.delete([key]):
        raise Failed(failure.reason)


def _require(is_right: bool) -> None:
    if not is_right:
        raise Failed("The service returned other bytes than were written.")


def _tried(name: CheckName, attempt: Callable[[], object]) -> Check:
    try:
        attempt()
    except CloudAnnoError as error:
        return _failed(name, error)
    return _passed(name)


def _passed(name: CheckName) -> Check:
    return Check(name, CheckResult.PASSED)


def _failed(name: CheckName, error: CloudAnnoError) -> Check:
    return Check(name, CheckResult.FAILED, str(error))


def _skipped(name: CheckName, reason: str) -> Check:
    return Check(name, CheckResult.SKIPPED, reason)
