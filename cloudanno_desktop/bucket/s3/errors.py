"""What boto3's exceptions mean, without a key, a signature or a signed address.

An exception's own text may hold the whole signed address of a request, so it is never shown: only
the service's error code is, and for a connection the reason by its class.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from socket import gaierror
from typing import TypeVar

import botocore.exceptions as boto
import msgspec
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError, NameResolutionError

from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    BucketMissing,
    ClockWrong,
    ConditionRefused,
    KeyRefused,
    NotModified,
    ObjectArchived,
    ObjectDenied,
    ObjectMissing,
    PreconditionFailed,
    StorageFailed,
    Unreachable,
)
from cloudanno_desktop.errors import CloudAnnoError

CUT_OFF = "the answer was cut off"
MOST_READINGS = 3
Read = TypeVar("Read")

_ARCHIVED = "InvalidObjectState"
_DENIED = "AccessDenied"
_WRONG_KEY = {
    "AccountProblem",
    "AllAccessDisabled",
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "InvalidToken",
    "SignatureDoesNotMatch",
}
_SKEWED = "RequestTimeTooSkewed"
_LOST_RACE = {"ConditionalRequestConflict", "PreconditionFailed", "412"}
_NO_CONDITIONS = {"InvalidArgument", "InvalidRequest", "NotImplemented", "UnsupportedHeader"}
_LONG_KEY = {"KeyTooLong", "KeyTooLongError"}
_MISSING = {"NoSuchKey", "404"}
_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.NoAuthTokenError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
    boto.LoginError,
)
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (boto.ConnectTimeoutError, "no connection in time"),
    (boto.ReadTimeoutError, "no response in time"),
    (boto.SSLError, "its certificate is not trusted, or it does not speak TLS"),
    (boto.ProxyConnectionError, "the proxy does not respond"),
    (boto.ConnectionClosedError, "the connection was closed"),
    (boto.EndpointConnectionError, "no connection"),
    (boto.HTTPClientError, "the connection broke"),
)
_BROKEN_BODY = (boto.IncompleteReadError, boto.ResponseStreamingError, boto.FlexibleChecksumError)


class FailedRequest(msgspec.Struct, frozen=True):
    """What was requested of the service, for the sentence about its failure.

    Attributes:
        action: an infinitive, such as ``read “a.jpg”``.
        key: the object concerned, empty for none.
        writes: an object is written; a 404 then says nothing about the object.
        conditional: it is written with a condition.
    """

    endpoint: str
    bucket: str
    action: str
    key: str = ""
    writes: bool = False
    conditional: bool = False


def reporting(request: FailedRequest) -> AbstractContextManager[None]:
    """Convert boto3's exceptions to the bucket's errors."""
    return _Reporting(request)


class _Reporting:
    """A context manager that costs a quarter of what a generator would for each request."""

    __slots__ = ("_request",)

    def __init__(self, request: FailedRequest) -> None:
        self._request = request

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        request = self._request
        if isinstance(error, ClientError):
            raise _responded(request, error) from error
        if isinstance(error, boto.BotoCoreError):
            raise _unanswered(request, error) from error
        if isinstance(error, HTTPError):  # boto3 lets some of a body's through
            raise StorageFailed(request.endpoint, request.action, CUT_OFF) from error
        if isinstance(error, ResponseParserError):
            raise StorageFailed(
                request.endpoint, request.action, "its response cannot be read"
            ) from error


def read_whole(read: Callable[[], Read]) -> Read:
    """Retry a read that was cut off: boto3 retries only before a response has begun."""
    for _ in range(MOST_READINGS - 1):
        try:
            return read()
        except StorageFailed as error:
            if error.code != CUT_OFF:
                raise
    return read()


def error_code(error: ClientError) -> str:
    """Return the service's error code, or the HTTP status if the response had no body."""
    return str(error.response.get("Error", {}).get("Code") or _status(error))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _responded(request: FailedRequest, error: ClientError) -> CloudAnnoError:
    code = error_code(error)
    if code == "NoSuchBucket":
        return BucketMissing(request.bucket, request.endpoint)
    if code == _SKEWED:
        return ClockWrong(request.endpoint, request.action, code)
    if code == _ARCHIVED and request.key:
        return ObjectArchived(request.key)
    if code in _WRONG_KEY or code == _DENIED or _status(error) in {401, 403}:
        is_about_one = request.key and not request.writes and code not in _WRONG_KEY
        kind = ObjectDenied if is_about_one and _status(error) == 403 else AccessDenied
        return kind(request.endpoint, request.action, code)
    specific = _about_key(request, code, _status(error)) if request.key else None
    return specific or StorageFailed(request.endpoint, request.action, code)


def _about_key(request: FailedRequest, code: str, status: int) -> CloudAnnoError | None:
    if request.conditional:
        specific = _about_condition(request.key, code, status)
        if specific:
            return specific
    if status == 304:
        return NotModified(request.key)
    if code in _MISSING and not request.writes:
        return ObjectMissing(request.key)
    if code in _LONG_KEY:
        return KeyRefused(request.key, "the name is too long")
    return None


def _about_condition(key: str, code: str, status: int) -> CloudAnnoError | None:
    if code in _LOST_RACE or status == 412 or code in _MISSING:
        return PreconditionFailed(key)
    if status == 501 or (status == 400 and code in _NO_CONDITIONS):
        return ConditionRefused(key)
    return None


def _unanswered(request: FailedRequest, error: boto.BotoCoreError) -> CloudAnnoError:
    if isinstance(error, _CREDENTIALS):
        return AccessDenied(request.endpoint, request.action, "no valid credentials were found")
    if isinstance(error, boto.ParamValidationError):
        return BucketMissing(request.bucket, request.endpoint)
    if isinstance(error, _BROKEN_BODY):
        return StorageFailed(request.endpoint, request.action, CUT_OFF)
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return Unreachable(request.endpoint, _closer(error) or reason)
    return StorageFailed(request.endpoint, request.action, type(error).__name__)


def _closer(error: boto.BotoCoreError) -> str:
    """Return a more precise reason if boto3 carries the cause."""
    cause = error.kwargs.get("error")
    if isinstance(cause, NameResolutionError | gaierror):
        return "there is no such host name"
    if "refused" in str(cause):
        return "the connection was refused"
    return ""
