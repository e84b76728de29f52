"""Open buckets and look at services. boto3 is imported here late: a folder does not need it."""

from pathlib import Path
from typing import TYPE_CHECKING

from cloudanno_desktop.bucket.address import ProjectAddress
from cloudanno_desktop.bucket.bucket import Bucket, BucketMissing
from cloudanno_desktop.bucket.connection import Connection, ConnectionRefused, connection_problem
from cloudanno_desktop.bucket.connection_check import Check, check_bucket, check_service, left_out
from cloudanno_desktop.bucket.credentials import Secret, SessionSecrets, read_secret
from cloudanno_desktop.bucket.folder_bucket import FolderBucket
from cloudanno_desktop.bucket.rooted_bucket import RootedBucket

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

CHECK_ATTEMPTS = 1


def open_bucket(
    address: ProjectAddress, secret: Secret | None = None, session: SessionSecrets | None = None
) -> Bucket:
    """Open a project's bucket, narrowed to its prefix.

    A folder is looked for at once; a service is asked at the first use. A missing ``secret`` is
    looked up in ``session`` and the keyring.

    Raises ``BucketMissing``, ``ConnectionRefused``, ``SecretMissing``, ``ProfileMissing``.
    """
    if address.is_folder:
        return _open_folder(Path(address.location))
    from cloudanno_desktop.bucket.s3_bucket import S3Bucket

    connection = address.connection or Connection()
    if secret is None and connection.access_key_id:
        secret = read_secret(connection.name, session)
    client = open_client(connection, secret)
    bucket = S3Bucket(client, address.bucket_name, client.meta.endpoint_url)
    return RootedBucket(bucket, address.prefix) if address.prefix else bucket


def list_buckets(connection: Connection, secret: Secret | None = None) -> list[str]:
    """Return the names of the buckets that the credentials own.

    Raises ``AccessDenied``, ``Unreachable`` and what ``open_bucket`` raises.
    """
    client = open_client(connection, secret)
    try:
        return _list_buckets(client)
    finally:
        client.close()


def check_connection(
    connection: Connection, secret: Secret | None = None, location: str = ""
) -> list[Check]:
    """Try what a project needs, and tell each result.

    Args:
        connection: what to check.
        secret: its secret key, ``None`` for boto3's own chain.
        location: ``s3://bucket[/prefix]`` in which to list, write and delete one small object;
            empty to leave those checks out.
    """
    client = open_client(connection, secret, CHECK_ATTEMPTS)
    try:
        checks = check_service(lambda: _list_buckets(client), has_bucket=bool(location))
        if not location:
            return [*checks, *left_out("no bucket was named")]
        return [*checks, *_check_location(client, ProjectAddress(location, connection))]
    finally:
        client.close()


def _open_folder(path: Path) -> FolderBucket:
    if not path.is_dir():
        raise BucketMissing(path.name, str(path.parent))
    return FolderBucket(path)


def open_client(
    connection: Connection, secret: Secret | None, attempts: int | None = None
) -> "S3Client":
    """Return boto3's client for a connection; whoever asks closes it."""
    from cloudanno_desktop.bucket.s3_client import ATTEMPTS, make_client

    problem = connection_problem(connection)
    if problem:
        raise ConnectionRefused(connection.name or _shown(connection.endpoint_url), problem)
    return make_client(connection, secret, attempts or ATTEMPTS)


def _shown(address: str) -> str:
    """Return an address without what may be a password."""
    return address.rpartition("@")[2].partition("?")[0]


def _list_buckets(client: "S3Client") -> list[str]:
    from cloudanno_desktop.bucket.s3_errors import Request, telling

    with telling(Request(client.meta.endpoint_url, "", "list the buckets")):
        return [bucket["Name"] for bucket in client.list_buckets().get("Buckets", [])]


def _check_location(client: "S3Client", address: ProjectAddress) -> list[Check]:
    from cloudanno_desktop.bucket.s3_bucket import S3Bucket

    bucket = S3Bucket(client, address.bucket_name, client.meta.endpoint_url)
    return check_bucket(RootedBucket(bucket, address.prefix))
