"""The boto3 client of a connection, set up for object storage other than Amazon's too."""

import hashlib
import logging
import os
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import boto3
import botocore
import botocore.exceptions as boto
import botocore.session
from botocore.config import Config
from botocore.utils import get_environ_proxies
from msgspec.structs import replace
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from cloudanno_desktop import __version__
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    ConnectionRefused,
    SignInMethod,
)
from cloudanno_desktop.bucket.connections.credentials import Secret, SecretMissing
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.bucket.s3.botocore_setup import log_failures, make_core_session
from cloudanno_desktop.bucket.s3.fast.client import Authorize, FastS3
from cloudanno_desktop.bucket.s3.fast.sigv4 import FastRequest, sign
from cloudanno_desktop.bucket.s3.ibm_iam import BearerAuth, proxies_of, tokens_of, trusted_by
from cloudanno_desktop.bucket.s3.service import S3Service
from cloudanno_desktop.bucket.usage.meter import watch
from cloudanno_desktop.errors import CloudAnnoError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

ATTEMPTS = 4
POOL = 32
AROUND = " \t\r\n\u00a0\u200b\u2060\ufeff"  # what copying a text from a page leaves around it
DEFAULT_REGION = "us-east-1"

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class ProfileMissing(CloudAnnoError):
    sentence: ClassVar[str] = (
        "There is no usable profile “{profile}” in the AWS configuration. Check ~/.aws/config."
    )
    profile: str


def make_client(
    connection: Connection, secret: Secret | None, attempts: int = ATTEMPTS
) -> "S3Client":
    return make_service(connection, secret, attempts).client


def make_service(
    connection: Connection, secret: Secret | None, attempts: int = ATTEMPTS
) -> S3Service:
    """Return a service that threads may share.

    With neither a key nor a profile, boto3's own chain applies: environment variables, ``~/.aws``,
    the machine's role. Raises ``ProfileMissing``, ``SecretMissing``, ``Unreachable``.
    """
    connection, secret = _cleaned(connection, secret)
    _require_secret(connection, secret)
    _keep_headers_out_of_logs()
    if connection.insecure:  # the user was warned where it was chosen, not at each request
        disable_warnings(InsecureRequestWarning)
    try:
        return _service(connection, secret, attempts)
    except (boto.ProfileNotFound, boto.ConfigParseError) as error:
        raise ProfileMissing(connection.profile or "default") from error
    except (ValueError, boto.BotoCoreError) as error:
        raise Unreachable(connection.endpoint_url, "the address is not valid") from error


def _service(connection: Connection, secret: Secret | None, attempts: int) -> S3Service:
    core = make_core_session()
    session = _session(core, connection, secret)
    client = _client(session, connection, attempts)
    bearer = None
    if connection.sign_in is SignInMethod.API_KEY and secret:
        tokens = tokens_of(connection, secret.api_key)
        bearer = BearerAuth(tokens, connection.resource_instance_id)
        bearer.watch(client)
    if not _is_direct(client, connection):
        return S3Service(client)
    trust = trusted_by(connection)
    if trust is None:
        trust = core.get_config_variable("ca_bundle") or True
    authorize = bearer.add_token if bearer else _signature(session, client, connection)
    try:
        return S3Service(client, FastS3(client, authorize, trust))
    except OSError as error:
        _log.info("boto3 makes all requests, and says what is wrong with certificates: %s", error)
        return S3Service(client)


def _session(
    core: botocore.session.Session, connection: Connection, secret: Secret | None
) -> boto3.session.Session:
    keys = secret if secret and connection.sign_in is SignInMethod.KEYS else None
    return boto3.session.Session(
        aws_access_key_id=connection.access_key_id if keys else None,
        aws_secret_access_key=keys.access_key if keys else None,
        aws_session_token=(keys.session_token or None) if keys else None,
        botocore_session=core,
        profile_name=connection.profile if connection.sign_in is SignInMethod.PROFILE else None,
    )


def _client(session: boto3.session.Session, connection: Connection, attempts: int) -> "S3Client":
    if not connection.endpoint_url or is_amazon(connection.endpoint_url):
        client = _made(session, connection, _config(connection, attempts))
        if is_amazon(client.meta.endpoint_url):
            return client
        client.close()  # the environment or the profile names another service
    client = _made(session, connection, _other_config(connection, attempts))
    client.meta.events.register("before-call.s3.DeleteObjects", _add_content_md5)
    return client


def _is_direct(client: "S3Client", connection: Connection) -> bool:
    """Return whether requests need neither a proxy nor checksums, which only boto3 supports."""
    config: Any = client.meta.config
    checksums = {config.request_checksum_calculation, config.response_checksum_validation}
    address = client.meta.endpoint_url
    proxies = proxies_of(connection) or get_environ_proxies(address)
    has_proxy = {"all", urlsplit(address).scheme} & proxies.keys()
    return checksums == {"when_required"} and not has_proxy and not is_amazon(address)


def _signature(
    session: boto3.session.Session, client: "S3Client", connection: Connection
) -> Authorize:
    """Return what signs requests with renewable credentials; nothing if anonymous."""
    if connection.sign_in is SignInMethod.ANONYMOUS:
        return lambda _request: None
    credentials, region = session.get_credentials(), client.meta.region_name

    def add_signature(request: FastRequest) -> None:
        frozen = credentials.get_frozen_credentials() if credentials else None
        sign(request, frozen, region)

    return add_signature


def prepare() -> None:
    """Create an unused client, so that the first real one is quick."""
    make_client(Connection(endpoint_url="http://localhost", anonymous=True), None).close()


def is_amazon(endpoint_url: str) -> bool:
    host = urlsplit(endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _cleaned(connection: Connection, secret: Secret | None) -> tuple[Connection, Secret | None]:
    """Return both without what copying leaves around a text. Raises ``ConnectionRefused``."""
    texts = {
        "endpoint_url": connection.endpoint_url.strip(AROUND),
        "region": connection.region.strip(AROUND),
        "access_key_id": _key(connection, "access key", connection.access_key_id),
    }
    if connection.sign_in is SignInMethod.CHAIN:
        _key(connection, "access key", os.environ.get("AWS_ACCESS_KEY_ID", ""))
    if secret is not None:
        secret = Secret(
            _key(connection, "secret key", secret.access_key),
            _key(connection, "session token", secret.session_token),
            _key(connection, "API key", secret.api_key),
        )
    return replace(connection, **texts), secret


def _key(connection: Connection, what: str, text: str) -> str:
    clean = text.strip(AROUND)
    for place, character in enumerate(clean, 1):
        if not "!" <= character <= "~":
            name = f"U+{ord(character):04X} at place {place}"
            reason = f"the {what} holds a character that no key has ({name})"
            raise ConnectionRefused(connection.name, reason)
    return clean


def _require_secret(connection: Connection, secret: Secret | None) -> None:
    known = secret or Secret()
    needed = {SignInMethod.KEYS: known.access_key, SignInMethod.API_KEY: known.api_key}
    if not needed.get(connection.sign_in, "none"):
        raise SecretMissing(connection.name)


def _keep_headers_out_of_logs() -> None:
    """Keep botocore from logging whole requests, tokens included."""
    logger = logging.getLogger("botocore")
    if logger.level < logging.INFO:
        logger.setLevel(logging.INFO)


def _made(session: boto3.session.Session, connection: Connection, config: Config) -> "S3Client":
    client = session.client(
        "s3",
        endpoint_url=connection.endpoint_url or None,
        region_name=connection.region or session.region_name or DEFAULT_REGION,
        verify=trusted_by(connection),
        config=config,
    )
    watch(client)
    log_failures(client)
    return client


def _config(connection: Connection, attempts: int, **more: Any) -> Config:  # noqa: ANN401 botocore
    addressing = more.pop("addressing", connection.addressing)
    if connection.checksums != "auto":
        more["request_checksum_calculation"] = connection.checksums
        more["response_checksum_validation"] = connection.checksums
    is_signed = connection.sign_in not in {SignInMethod.ANONYMOUS, SignInMethod.API_KEY}
    return Config(
        signature_version="s3v4" if is_signed else botocore.UNSIGNED,
        s3={"addressing_style": addressing},
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=connection.connect_timeout_s,
        read_timeout=connection.read_timeout_s,
        max_pool_connections=POOL,
        proxies=proxies_of(connection),
        tcp_keepalive=True,
        user_agent=f"CloudAnno/{__version__}",  # boto3 builds its own each time
        **more,
    )


def _other_config(connection: Connection, attempts: int) -> Config:
    """Return settings for services without Amazon's checksums and host names."""
    return _config(
        connection,
        attempts,
        addressing="virtual" if connection.addressing == "virtual" else "path",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _add_content_md5(params: dict[str, Any], **_: object) -> None:
    """Replace the CRC32 that boto3 sends with DeleteObjects: many know only Content-MD5."""
    params["context"].get("checksum", {}).pop("request_algorithm", None)
    params["headers"].pop("x-amz-sdk-checksum-algorithm", None)
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = b64encode(digest).decode()
