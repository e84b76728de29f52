"""Credentials as providers hand them out: pasted or read from a file, they fill a connection.

Supported are IBM's service credential (JSON), files of ``NAME=value`` lines as the
``.Credentials`` of older tools (``API_KEY``, ``RESOURCE_INSTANCE_ID``) and what Amazon's console
gives to copy.
Source: https://cloud.ibm.com/docs/cloud-object-storage?topic=cloud-object-storage-service-credentials
"""

import re
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.connections.providers import provider_of
from cloudanno_desktop.errors import CloudAnnoError

LONGEST = 100_000
_LINE = re.compile(
    r"""^\s*(?:export\s+|set\s+|\$env:)?(?P<name>[A-Za-z_][\w.-]*)\s*[=:]\s*(?P<value>.*?)\s*$"""
)
_NAMES = {
    "api_key": "api_key",
    "apikey": "api_key",
    "ibm_api_key_id": "api_key",
    "resource_instance_id": "instance",
    "ibm_service_instance_id": "instance",
    "access_key_id": "key_id",
    "aws_access_key_id": "key_id",
    "secret_access_key": "secret",
    "aws_secret_access_key": "secret",
    "aws_session_token": "token",
    "endpoint": "endpoint",
    "endpoint_url": "endpoint",
    "aws_endpoint_url": "endpoint",
    "region": "region",
    "aws_region": "region",
    "aws_default_region": "region",
    "iam_url": "iam_url",
}


@dataclass(frozen=True, slots=True)
class ImportedConnection:
    """A connection without a name, and its secret.

    ``with_provider`` completes it by its ``kind``.
    """

    connection: Connection
    secret: Secret


@dataclass(eq=False)
class NotCredentials(CloudAnnoError):
    """A text holds no credentials of a known format; the text itself is never repeated."""

    sentence: ClassVar[str] = (
        "No credentials were found: {reason}. Paste an IBM service "
        "credential (JSON), or lines such as API_KEY=… or aws_access_key_id=…."
    )
    reason: str


class _Hmac(msgspec.Struct):
    access_key_id: str = ""
    secret_access_key: str = ""


class _ServiceCredential(msgspec.Struct):
    apikey: str = ""
    resource_instance_id: str = ""
    cos_hmac_keys: _Hmac = msgspec.field(default_factory=_Hmac)
    endpoints: str = ""


def read_credentials(text: str) -> ImportedConnection:
    """Parse pasted credentials; prefer HMAC keys, which can sign links.

    Raises ``NotCredentials``.
    """
    if len(text) > LONGEST:
        raise NotCredentials("it is too long")
    text = text.strip().removeprefix("\ufeff")
    values = _from_json(text) if text.startswith("{") else _from_lines(text)
    if values.get("key_id") and values.get("secret"):
        way = Connection(access_key_id=values["key_id"])
        secret = Secret(values["secret"], values.get("token", ""))
    elif values.get("api_key"):
        instance = values.get("instance", "")
        way = Connection(uses_api_key=True, resource_instance_id=instance)
        secret = Secret(api_key=values["api_key"])
    else:
        raise NotCredentials("there is neither an API key nor an access key with its secret key")
    return ImportedConnection(_placed(way, values), secret)


def _from_json(text: str) -> dict[str, str]:
    try:
        service = msgspec.json.decode(text, type=_ServiceCredential)
    except (msgspec.MsgspecError, RecursionError):
        raise NotCredentials("it is not an IBM service credential") from None
    return {
        "api_key": service.apikey,
        "instance": service.resource_instance_id,
        "key_id": service.cos_hmac_keys.access_key_id,
        "secret": service.cos_hmac_keys.secret_access_key,
        "endpoint": service.endpoints,
    }


def _from_lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        name = _NAMES.get(match["name"].lower()) if match else None
        if match and name:
            found[name] = match["value"].strip("\"'")
    return found


def _placed(way: Connection, values: dict[str, str]) -> Connection:
    """Add endpoint and region. IBM's ``endpoints`` is a list on the web, not the address itself."""
    endpoint = values.get("endpoint", "")
    if endpoint and "://" not in endpoint:
        endpoint = f"https://{endpoint}"
    if endpoint.rstrip("/").endswith("/endpoints"):
        endpoint = ""
    placed = msgspec.structs.replace(
        way,
        endpoint_url=endpoint.rstrip("/"),
        region=values.get("region", ""),
        iam_url=values.get("iam_url", ""),
    )
    is_ibm = bool(values.get("api_key") or values.get("instance"))
    kind = "ibm" if is_ibm else provider_of(placed).kind
    return msgspec.structs.replace(placed, kind=kind)
