"""Open buckets and list those of a service. boto3 is imported late: folders do not need it."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    ConnectionRefused,
    connection_problem,
)
from cloudanno_desktop.bucket.connections.credentials import Secret, SessionSecrets, read_secret
from cloudanno_desktop.bucket.errors import BucketMissing
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

    from cloudanno_desktop.bucket.s3.service import S3Service


def open_bucket(
    address: ProjectAddress, secret: Secret | None = None, session: SessionSecrets | None = None
) -> Bucket:
    """Open a project's bucket, narrowed to its prefix.

    A folder is checked at once, a service at the first use. A missing ``secret`` is looked up in
    ``session`` and the keyring.

    Raises ``BucketMissing``, ``ConnectionRefused``, ``SecretMissing``, ``ProfileMissing``.
    """
    if address.is_folder:
        path = Path(address.location)
        if not path.is_dir():
            raise BucketMissing(path.name, str(path.parent))
        return FolderBucket(path)
    connection = address.connection or Connection()
    if secret is None and connection.needs_secret:
        secret = read_secret(connection.name, session)
    bucket = _s3_bucket(open_service(connection, secret), address)
    return RootedBucket(bucket, address.prefix) if address.prefix else bucket


def list_buckets(connection: Connection, secret: Secret | None = None) -> list[str]:
    """Return the names of the buckets that the credentials own.

    Raises ``AccessDenied``, ``Unreachable`` and what ``open_bucket`` raises.
    """
    with closing(open_client(connection, secret)) as client:
        return bucket_names(client)


def _s3_bucket(service: "S3Service", address: ProjectAddress) -> Bucket:
    from cloudanno_desktop.bucket.s3.bucket import S3Bucket
    from cloudanno_desktop.bucket.s3.conditional_writes import ConditionRule, learned_once
    from cloudanno_desktop.bucket.s3.probe import S3Probe

    name = address.bucket_name
    probe = S3Probe(service.client, name, service.endpoint, address.prefix)
    rule = ConditionRule(lambda: learned_once(f"{service.endpoint}/{name}", probe.run))
    return S3Bucket(service, name, rule)


def open_client(connection: Connection, secret: Secret | None) -> "S3Client":
    return open_service(connection, secret).client


def open_service(
    connection: Connection, secret: Secret | None, attempts: int | None = None
) -> "S3Service":
    """Return the service of a connection; the caller closes it."""
    from cloudanno_desktop.bucket.s3.client import ATTEMPTS, make_service

    problem = connection_problem(connection)
    if connection.ca_file and not Path(connection.ca_file).is_file():
        problem = f"its certificate file {connection.ca_file} does not exist"
    if problem:
        address = connection.endpoint_url.rpartition("@")[2].partition("?")[0]  # no password
        raise ConnectionRefused(connection.name or address, problem)
    return make_service(connection, secret, attempts or ATTEMPTS)


def bucket_names(client: "S3Client") -> list[str]:
    from cloudanno_desktop.bucket.s3.errors import FailedRequest, reporting

    with reporting(FailedRequest(client.meta.endpoint_url, "", "list the buckets")):
        return [bucket["Name"] for bucket in client.list_buckets().get("Buckets", [])]
