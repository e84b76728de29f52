"""What object storage refuses or fails at, as errors that carry values."""

from dataclasses import dataclass
from typing import ClassVar

from cloudanno_desktop.errors import CloudAnnoError


@dataclass(frozen=True, slots=True)
class DeleteFailure:
    key: str
    reason: str


@dataclass(eq=False)
class ObjectMissing(CloudAnnoError):
    """A key does not exist (404). Every other failure is a different error."""

    sentence: ClassVar[str] = "“{key}” is not in the bucket."
    key: str


@dataclass(eq=False)
class NotModified(CloudAnnoError):
    """The object still has the ETag that the caller holds (304)."""

    sentence: ClassVar[str] = "“{key}” has not changed."
    key: str


@dataclass(eq=False)
class PreconditionFailed(CloudAnnoError):
    """A conditional write lost: the key exists, or has another ETag (412 or 409)."""

    sentence: ClassVar[str] = "“{key}” was changed by someone else in the meantime."
    key: str


@dataclass(eq=False)
class ConditionRefused(CloudAnnoError):
    """The service does not support conditional writes (400 or 501)."""

    sentence: ClassVar[str] = "This storage service cannot write “{key}” conditionally."
    key: str


@dataclass(eq=False)
class KeyRefused(CloudAnnoError):
    sentence: ClassVar[str] = "“{key}” cannot be stored here: {reason}."
    key: str
    reason: str


@dataclass(eq=False)
class BucketMissing(CloudAnnoError):
    sentence: ClassVar[str] = "There is no “{name}” at {endpoint}. Check the name, or create it."
    name: str
    endpoint: str


@dataclass(eq=False)
class AccessDenied(CloudAnnoError):
    """The credentials are wrong or not allowed to do this (401 or 403)."""

    sentence: ClassVar[str] = (
        "{endpoint} refused to {action} ({code}). Check the access key and its permissions."
    )
    endpoint: str
    action: str
    code: str


@dataclass(eq=False)
class ObjectDenied(AccessDenied):
    """One object may not be read; the next one may be."""

    sentence: ClassVar[str] = (
        "{endpoint} refused to {action} ({code}). Check the access key and its permissions, and "
        "those of the object."
    )


@dataclass(eq=False)
class ObjectArchived(CloudAnnoError):
    """An object is in cold storage, which does not hand it out at once."""

    sentence: ClassVar[str] = "“{key}” is archived: restore it first."
    key: str


@dataclass(eq=False)
class ClockWrong(AccessDenied):
    """The service considers the request too old or too new."""

    sentence: ClassVar[str] = (
        "{endpoint} refused to {action} because this computer’s clock is wrong ({code}). "
        "Set the date and time."
    )


@dataclass(eq=False)
class Unreachable(CloudAnnoError):
    """The service sends no response: no network, wrong address, time-out, reset connection."""

    sentence: ClassVar[str] = (
        "{endpoint} cannot be reached ({reason}). Check the address and the network."
    )
    endpoint: str
    reason: str


@dataclass(eq=False)
class StorageFailed(CloudAnnoError):
    """The service responded with an error of its own (5xx, truncated body, unknown code)."""

    sentence: ClassVar[str] = "{endpoint} could not {action} ({code}). Try again later."
    endpoint: str
    action: str
    code: str


@dataclass(eq=False)
class PresignImpossible(CloudAnnoError):
    sentence: ClassVar[str] = "A link cannot be created: {reason}."
    reason: str
