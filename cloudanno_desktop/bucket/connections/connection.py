"""Connections: how to reach a service and with which key, saved without any secret."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import msgspec

from cloudanno_desktop import paths
from cloudanno_desktop.errors import CloudAnnoError, FileProblem
from cloudanno_desktop.files import read_json, write_json

Addressing = Literal["auto", "path", "virtual"]
Checksums = Literal["auto", "when_required", "when_supported"]
FILE_VERSION = 1
IAM_URL = "https://iam.cloud.ibm.com/identity/token"
LONGEST_TIMEOUT_S = 3600
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SignInMethod(StrEnum):
    """How requests are authenticated; ``CHAIN``: environment, ``~/.aws``, machine role."""

    KEYS = "keys"
    API_KEY = "api key"
    PROFILE = "profile"
    CHAIN = "chain"
    ANONYMOUS = "anonymous"


class Connection(msgspec.Struct, frozen=True):
    """How to reach a service. Its secret is in the keyring, under its name.

    Attributes:
        name: the empty connection is boto3's own chain on Amazon.
        endpoint_url: empty for Amazon's.
        region: empty for that of the environment or profile.
        profile: of ``~/.aws``, instead of an access key.
        access_key_id: empty for boto3's own chain.
        addressing: whether the bucket is named in the path or in the host name.
        kind: of the provider.
        uses_api_key: the secret is an IBM API key, exchanged for tokens.
        resource_instance_id: the IBM instance whose buckets are listed and created.
        iam_url: where tokens are issued, empty for IBM's.
        checksums: whether requests carry the checksums that boto3 adds; ``auto`` by the address.
        ca_file: PEM file of certificates to trust instead of the system's.
        insecure: trust any certificate: whoever is between can read and change everything.
        proxy: empty for the environment's.
    """

    name: str = ""
    endpoint_url: str = ""
    region: str = ""
    profile: str = ""
    access_key_id: str = ""
    addressing: Addressing = "auto"
    kind: str = ""
    anonymous: bool = False
    uses_api_key: bool = False
    resource_instance_id: str = ""
    iam_url: str = ""
    checksums: Checksums = "auto"
    ca_file: str = ""
    insecure: bool = False
    proxy: str = ""
    connect_timeout_s: int = 10
    read_timeout_s: int = 60

    @property
    def sign_in(self) -> SignInMethod:
        if self.anonymous:
            return SignInMethod.ANONYMOUS
        if self.uses_api_key:
            return SignInMethod.API_KEY
        if self.access_key_id:
            return SignInMethod.KEYS
        return SignInMethod.PROFILE if self.profile else SignInMethod.CHAIN

    @property
    def needs_secret(self) -> bool:
        return self.sign_in in {SignInMethod.KEYS, SignInMethod.API_KEY}


@dataclass(eq=False)
class ConnectionRefused(CloudAnnoError):
    sentence: ClassVar[str] = "The connection “{name}” cannot be used: {reason}."
    name: str
    reason: str


@dataclass(eq=False)
class ConnectionUnknown(CloudAnnoError):
    sentence: ClassVar[str] = "There is no connection “{name}”. Add it in the settings first."
    name: str


class _File(msgspec.Struct, frozen=True):
    version: int = FILE_VERSION
    connections: tuple[Connection, ...] = ()


def load_connections() -> list[Connection]:
    """Return the saved connections, sorted by name. Raises ``FileProblem``."""
    file = read_json(_path(), _File, _File())
    if file.version > FILE_VERSION:
        raise FileProblem(str(_path()), "a newer version of the program wrote it")
    return list(file.connections)


def connection_named(name: str) -> Connection:
    """Return a saved connection. Raises ``ConnectionUnknown``, ``FileProblem``."""
    for connection in load_connections():
        if connection.name == name:
            return connection
    raise ConnectionUnknown(name)


def save_connection(connection: Connection) -> None:
    """Save a connection, replacing one of the same name.

    Raises ``ConnectionRefused``, ``FileProblem``.
    """
    problem = "it has no name" if not connection.name.strip() else connection_problem(connection)
    if problem:
        raise ConnectionRefused(connection.name, problem)
    others = [other for other in load_connections() if other.name != connection.name]
    _save([*others, connection])


def remove_connection(name: str) -> None:
    """Remove a connection. Raises ``ConnectionUnknown``, ``FileProblem``."""
    removed = connection_named(name)
    _save([connection for connection in load_connections() if connection != removed])


def connection_problem(connection: Connection) -> str | None:
    """Return what is wrong with a connection's values; ``None`` if nothing is."""
    for address, what in (
        (connection.endpoint_url, "its address"),
        (connection.proxy, "its proxy’s address"),
        (connection.iam_url, "its address for tokens"),
    ):
        problem = _address_problem(address) if address else None
        if problem:
            return f"{what} {problem}"
    if not 0 < connection.connect_timeout_s <= LONGEST_TIMEOUT_S >= connection.read_timeout_s > 0:
        return f"a time-out is not between 1 and {LONGEST_TIMEOUT_S} seconds"
    return _token_problem(connection) if connection.uses_api_key else None


def _address_problem(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 a port that is no number is only found when it is read
    except ValueError:
        return "is not valid"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "does not start with https:// or http://"
    if parts.username or parts.password or parts.query:
        return "holds a user name, a password or a query"
    return None


def _token_problem(connection: Connection) -> str | None:
    """Keep API keys and tokens off unencrypted connections."""
    if not connection.endpoint_url:
        return "an API key needs the service’s address"
    for address in (connection.endpoint_url, connection.iam_url):
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            return f"{address} would send the API key or its tokens unprotected; use https://"
    return None


def _save(connections: list[Connection]) -> None:
    ordered = tuple(sorted(connections, key=lambda connection: connection.name.casefold()))
    write_json(_path(), _File(connections=ordered))


def _path() -> Path:
    return paths.config_dir() / "connections.json"
