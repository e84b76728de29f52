"""Buckets themselves: their names, their locations, creating and deleting them."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import msgspec

from cloudanno_desktop.bucket.bulk import delete_below
from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.open_bucket import open_bucket, open_client
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.progress import Progress, silent

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DEEPLENS_PREFIX = "deeplens-"  # AWS DeepLens reads only buckets whose names begin so
IBM_CLASSES = ("standard", "smart", "vault", "cold")
AMAZON_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2"),
    *("eu-west-3", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    *("ap-south-1", "ap-southeast-1", "ap-southeast-2", "af-south-1", "me-south-1"),
)

# Regions that must not be named when a bucket is made: they are meant when none is.
_NO_CONSTRAINT = {"", "us-east-1", "auto"}
_IBM_HOST = re.compile(
    r"s3\.(?:(?:private|direct)\.)?(?P<location>[a-z0-9-]+)\."
    r"(?:cloud-object-storage\.appdomain\.cloud|objectstorage\.softlayer\.net)"
)
_CHARACTERS = re.compile(r"[a-z0-9.-]*")
_IP_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")
_KEPT_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_KEPT_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_NAME_RULES: tuple[tuple[Callable[[str], object], str], ...] = (
    (_CHARACTERS.fullmatch, "use only lowercase letters, digits, hyphens and dots"),
    (lambda name: 3 <= len(name) <= 63, "use 3 to 63 characters"),
    (
        lambda name: name[0] not in "-." and name[-1] not in "-.",
        "start and end with a letter or a digit",
    ),
    (
        lambda name: not any(x in name for x in ("..", ".-", "-.")),
        "put dots only between letters or digits",
    ),
    (lambda name: not _IP_ADDRESS.fullmatch(name), "it looks like an IP address"),
    (
        lambda name: not name.startswith(_KEPT_STARTS),
        f"names that begin with {', '.join(_KEPT_STARTS)} are reserved",
    ),
    (
        lambda name: not name.endswith(_KEPT_ENDS),
        f"names that end with {', '.join(_KEPT_ENDS)} are reserved",
    ),
)


@dataclass(eq=False)
class BucketTaken(CloudAnnoError):
    sentence: ClassVar[str] = (
        "There is already a bucket “{name}”. All users of a service share names: choose another."
    )
    name: str


@dataclass(eq=False)
class BucketNameRefused(CloudAnnoError):
    sentence: ClassVar[str] = (
        "A bucket cannot be called “{name}”: use 3 to 63 lowercase letters, digits and hyphens."
    )
    name: str


@dataclass(eq=False)
class LocationRefused(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The service does not know the location “{location}” for a new bucket. Choose another."
    )
    location: str


@dataclass(eq=False)
class BucketNotEmpty(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The bucket “{name}” was not deleted because it is not empty: it holds objects, old "
        "versions of objects or unfinished uploads. Remove them first."
    )
    name: str


def bucket_name_problem(name: str) -> str:
    """Return why no service accepts a bucket name; empty if it is valid.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    return next((problem for is_fine, problem in _NAME_RULES if not is_fine(name)), "")


def locations(connection: Connection) -> tuple[str, ...]:
    """Return where a new bucket can lie, the default first; empty if that is not known.

    At IBM a location names the storage class too, such as ``us-south-standard``.
    """
    host = urlsplit(connection.endpoint_url).hostname or ""
    ibm = _IBM_HOST.fullmatch(host)
    if ibm:
        found: Iterator[str] = (f"{ibm['location']}-{name}" for name in IBM_CLASSES)
        chosen = connection.region if connection.region.endswith(IBM_CLASSES) else ""
    else:
        found = iter(() if connection.endpoint_url else AMAZON_REGIONS)
        chosen = connection.region
    return tuple(dict.fromkeys(place for place in (chosen, *found) if place))


def create_bucket(
    connection: Connection, name: str, secret: Secret | None = None, location: str = ""
) -> None:
    """Create a bucket at a location, or at the first of ``locations``.

    Raises ``BucketTaken``, ``BucketNameRefused``, ``LocationRefused``, ``AccessDenied``,
    ``Unreachable`` and what ``open_client`` raises.
    """
    if location and not connection.endpoint_url:  # each region of Amazon makes its own buckets
        connection = msgspec.structs.replace(connection, region=location)
    known = locations(connection) if connection.endpoint_url else ()
    with closing(open_client(connection, secret)) as client:
        _create(client, name, location or (known or (client.meta.region_name,))[0])


def delete_bucket(
    address: ProjectAddress,
    secret: Secret | None = None,
    *,
    empties: bool = False,
    progress: Progress = silent,
) -> None:
    """Delete a bucket, with ``empties`` all its objects first; ``progress`` counts them.

    Raises ``BucketNotEmpty``, also for old versions of objects, and ``ObjectsLeft``.
    """
    if empties:
        with closing(open_bucket(address, secret)) as bucket:
            delete_below(bucket, "", progress)
    with closing(open_client(address.connection or Connection(), secret)) as client:
        name = address.bucket_name
        with _refusals(client, name, "delete"):
            client.delete_bucket(Bucket=name)


def _create(client: "S3Client", name: str, location: str) -> None:
    with _refusals(client, name, "create", location):
        if location in _NO_CONSTRAINT:
            client.create_bucket(Bucket=name)
        else:
            place = {"LocationConstraint": location}
            client.create_bucket(Bucket=name, CreateBucketConfiguration=place)  # type: ignore[arg-type]  # other services have regions of their own


@contextmanager
def _refusals(client: "S3Client", name: str, verb: str, location: str = "") -> Iterator[None]:
    """Convert what a service says about a bucket itself to the errors above."""
    from botocore.exceptions import ClientError, ParamValidationError

    from cloudanno_desktop.bucket.s3.errors import FailedRequest, error_code, reporting

    refusals = {
        "BucketAlreadyExists": BucketTaken(name),
        "BucketAlreadyOwnedByYou": BucketTaken(name),
        "BucketNotEmpty": BucketNotEmpty(name),
        "IllegalLocationConstraintException": LocationRefused(location),
        "InvalidBucketName": BucketNameRefused(name),
        "InvalidLocationConstraint": LocationRefused(location),
    }
    with reporting(FailedRequest(client.meta.endpoint_url, name, f"{verb} the bucket “{name}”")):
        try:
            yield
        except ParamValidationError as error:
            if verb == "create":
                raise BucketNameRefused(name) from error
            raise
        except ClientError as error:
            raise refusals.get(error_code(error), error) from error
