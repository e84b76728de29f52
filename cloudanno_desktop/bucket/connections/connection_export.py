"""Connections as a file to share, without any secret."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    connection_problem,
    load_connections,
    save_connection,
)
from cloudanno_desktop.errors import CloudAnnoError

FORMAT = "cloudanno-connections"
VERSION = 1
MOST = 1000
LONGEST_NAME = 200


@dataclass(eq=False)
class NotConnections(CloudAnnoError):
    sentence: ClassVar[str] = "The connections cannot be imported: {reason}."
    reason: str


class _Shared(msgspec.Struct, frozen=True):
    format: str
    version: int
    connections: list[Connection]


def share(connections: Sequence[Connection]) -> bytes:
    body = msgspec.json.encode(_Shared(FORMAT, VERSION, list(connections)))
    return msgspec.json.format(body, indent=2) + b"\n"


def read_shared(body: bytes) -> list[Connection]:
    """Read a shared file, which may come from anyone. Raises ``NotConnections``.

    A file cannot choose to trust any certificate.
    """
    try:
        shared = msgspec.json.decode(body, type=_Shared)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotConnections(f"the file cannot be read ({error})") from error
    if shared.format != FORMAT or shared.version > VERSION:
        raise NotConnections("the file is of another kind, or a newer version wrote it")
    if len(shared.connections) > MOST:
        raise NotConnections("there are too many")
    for connection in shared.connections:
        _require_usable(connection)
    return [msgspec.structs.replace(c, insecure=False) for c in shared.connections]


def add_shared(connections: Sequence[Connection]) -> list[Connection]:
    """Save connections beside the existing ones; return them with their new names.

    A name that is taken gets a number, so that no stored secret goes to a new address.
    """
    saved = {connection.name: connection for connection in load_connections()}
    added = []
    for connection in connections:
        if connection in saved.values():
            continue
        named = msgspec.structs.replace(connection, name=_free(connection.name, saved.keys()))
        save_connection(named)
        saved[named.name] = named
        added.append(named)
    return added


def _require_usable(connection: Connection) -> None:
    name = connection.name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise NotConnections("one has a name that cannot be used")
    problem = connection_problem(connection)
    if problem:
        raise NotConnections(f"“{name}”: {problem}")


def _free(name: str, taken: Container[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
