"""The boto3 client of a connection, set up as object storage other than Amazon's needs it too."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import boto3
import botocore
import botocore.exceptions as boto
from botocore.config import Config

from cloudanno_desktop.bucket.bucket import Unreachable
from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.bucket.credentials import Secret
from cloudanno_desktop.bucket.metering import watch
from cloudanno_desktop.bucket.s3_session import make_session
from cloudanno_desktop.errors import CloudAnnoError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

ATTEMPTS = 4
CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
POOL = 32
DEFAULT_REGION = "us-east-1"


@dataclass(eq=False)
class ProfileMissing(CloudAnnoError):
    """The AWS configuration has no such profile, or cannot be read."""

    sentence: ClassVar[str] = (
        "There is no usable profile “{profile}” in the AWS configuration. Check ~/.aws/config."
    )

    profile: str


@dataclass(eq=False)
class SecretMissing(CloudAnnoError):
    """A connection has an access key, but its secret key is not known on this computer."""

    sentence: ClassVar[str] = (
        "The secret key of the connection “{connection}” is not stored here. Enter it again."
    )

    connection: str


def make_client(
    connection: Connection, secret: Secret | None, attempts: int = ATTEMPTS
) -> "S3Client":
    """Return a client that threads may share.

    With neither an access key nor a profile, boto3's own chain applies: environment variables,
    ``~/.aws``, the machine's role. Raises ``ProfileMissing``, ``SecretMissing``, ``Unreachable``.
    """
    try:
        session = make_session(connection.profile)
        if not connection.endpoint_url or is_amazon(connection.endpoint_url):
            client = _client(session, connection, secret, _config(connection, attempts))
            if is_amazon(client.meta.endpoint_url):
                return client
            client.close()  # the environment or the profile names another service
        client = _client(session, connection, secret, _other_config(connection, attempts))
    except (boto.ProfileNotFound, boto.ConfigParseError) as error:
        raise ProfileMissing(connection.profile or "default") from error
    except (ValueError, boto.BotoCoreError) as error:
        raise Unreachable(connection.endpoint_url, "the address is not valid") from error
    client.meta.events.register("before-call.s3.DeleteObjects", _add_content_md5)
    return client


def is_amazon(endpoint_url: str) -> bool:
    """Say whether an address is one of Amazon's own."""
    host = urlsplit(endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _client(
    session: boto3.session.Session, connection: Connection, secret: Secret | None, config: Config
) -> "S3Client":
    if connection.access_key_id and secret is None:
        raise SecretMissing(connection.name)
    client = session.client(
        "s3",
        endpoint_url=connection.endpoint_url or None,
        region_name=connection.region or session.region_name or DEFAULT_REGION,
        aws_access_key_id=connection.access_key_id or None,
        aws_secret_access_key=secret.access_key if secret and connection.access_key_id else None,
        aws_session_token=(secret.session_token or None) if secret else None,
        config=config,
    )
    watch(client)
    return client


def _config(connection: Connection, attempts: int, **more: Any) -> Config:  # noqa: ANN401 botocore
    addressing = more.pop("addressing", connection.addressing)
    return Config(
        signature_version=botocore.UNSIGNED if connection.anonymous else "s3v4",
        s3={"addressing_style": addressing},
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        max_pool_connections=POOL,
        tcp_keepalive=True,
        **more,
    )


def _other_config(connection: Connection, attempts: int) -> Config:
    """Return settings for services that do not know Amazon's checksums and host names."""
    return _config(
        connection,
        attempts,
        addressing="virtual" if connection.addressing == "virtual" else "path",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _add_content_md5(params: dict[str, Any], **_: object) -> None:
    """Replace the CRC32 that boto3 always sends with DeleteObjects: many know only Content-MD5."""
    params["context"].get("checksum", {}).pop("request_algorithm", None)
    params["headers"].pop("x-amz-sdk-checksum-algorithm", None)
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = b64encode(digest).decode()
