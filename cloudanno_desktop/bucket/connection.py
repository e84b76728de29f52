"""Connections: how to reach a service and who asks, saved without any secret."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import msgspec

from cloudanno_desktop import paths
from cloudanno_desktop.errors import CloudAnnoError, FileProblem

Addressing = Literal["auto", "path", "virtual"]
FILE_VERSION = 1


class Connection(msgspec.Struct, frozen=True):
    """A way to a service. Its secret key is in the keyring, under its name.

    Attributes:
        name: what the person calls it; the empty connection is boto3's own chain on Amazon.
        endpoint_url: the service's address, empty for Amazon's.
        region: empty for the environment's or profile's own.
        profile: profile of ``~/.aws``, instead of an access key.
        access_key_id: public half of the access key, empty for boto3's own chain.
        addressing: whether the bucket is named in the path or in the host name.
        kind: which provider's form it was filled in with; shown only.
        anonymous: send unsigned requests.
    """

    name: str = ""
    endpoint_url: str = ""
    region: str = ""
    profile: str = ""
    access_key_id: str = ""
    addressing: Addressing = "auto"
    kind: str = ""
    anonymous: bool = False


@dataclass(eq=False)
class ConnectionRefused(CloudAnnoError):
    """A connection cannot be saved or used as it is."""

    sentence: ClassVar[str] = "The connection “{name}” cannot be used: {reason}."

    name: str
    reason: str


@dataclass(eq=False)
class ConnectionUnknown(CloudAnnoError):
    """No connection of that name is saved."""

    sentence: ClassVar[str] = "There is no connection “{name}”. Add it in the settings first."

    name: str


class _File(msgspec.Struct, frozen=True):
    version: int = FILE_VERSION
    connections: tuple[Connection, ...] = ()


def load_connections() -> list[Connection]:
    """Return the saved connections in the order of their names. Raises ``FileProblem``."""
    path = _path()
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        raise FileProblem(str(path), str(error)) from error
    if file.version > FILE_VERSION:
        raise FileProblem(str(path), "a newer version of the program wrote it")
    return list(file.connections)


def connection_named(name: str) -> Connection:
    """Return a saved connection. Raises ``ConnectionUnknown``, ``FileProblem``."""
    for connection in load_connections():
        if connection.name == name:
            return connection
    raise ConnectionUnknown(name)


def save_connection(connection: Connection) -> None:
    """Save a connection over one of the same name.

    Raises ``ConnectionRefused``, ``FileProblem``.
    """
    problem = "it has no name" if not connection.name.strip() else connection_problem(connection)
    if problem:
        raise ConnectionRefused(connection.name, problem)
    others = [other for other in load_connections() if other.name != connection.name]
    _save([*others, connection])


def remove_connection(name: str) -> None:
    """Forget a saved connection. Raises ``ConnectionUnknown``, ``FileProblem``."""
    connections = load_connections()
    left = [connection for connection in connections if connection.name != name]
    if len(left) == len(connections):
        raise ConnectionUnknown(name)
    _save(left)


def connection_problem(connection: Connection) -> str | None:
    """Say what is wrong with a connection's values; ``None`` if nothing is."""
    if not connection.endpoint_url:
        return None
    try:
        parts = urlsplit(connection.endpoint_url)
        parts.port  # noqa: B018 a port that is no number is only found when it is read
    except ValueError:
        return "its address is not valid"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "its address does not start with https:// or http://"
    if parts.username or parts.password or parts.query:
        return "its address holds a user name, a password or a query"
    return None


def _save(connections: list[Connection]) -> None:
    ordered = tuple(sorted(connections, key=lambda connection: connection.name.casefold()))
    body = msgspec.json.encode(_File(connections=ordered))
    try:
        paths.write_aside(_path(), msgspec.json.format(body, indent=2))
    except OSError as error:
        raise FileProblem(str(_path()), error.strerror or str(error)) from error


def _path() -> Path:
    return paths.config_dir() / "connections.json"
