"""The places of the browser's tree, as values."""

from dataclasses import dataclass, field
from enum import StrEnum

from cloudanno_desktop.bucket.address import ProjectAddress
from cloudanno_desktop.bucket.connection import Connection


class Kind(StrEnum):
    """What a place is."""

    FOLDERS = "folders"
    FOLDER = "folder"
    CONNECTION = "connection"
    BUCKET = "bucket"
    PREFIX = "prefix"
    NOTE = "note"


class Loading(StrEnum):
    """Whether a place's children are known."""

    NO = "no"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(eq=False, slots=True)
class Node:
    """One place.

    Attributes:
        location: folder path or ``s3://bucket/prefix``; empty for what is no project.
    """

    kind: Kind
    text: str
    location: str = ""
    connection: Connection | None = None
    up: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    loading: Loading = Loading.NO

    @property
    def can_expand(self) -> bool:
        """Whether there may be places below."""
        return self.kind not in {Kind.NOTE, Kind.FOLDER} and (
            self.loading is not Loading.DONE or bool(self.children)
        )

    @property
    def address(self) -> ProjectAddress | None:
        """The project that opens here, ``None`` if none can."""
        return ProjectAddress(self.location, self.connection) if self.location else None

    @property
    def row(self) -> int:
        """The position among its siblings."""
        return self.up.children.index(self) if self.up is not None else 0


@dataclass(frozen=True, slots=True)
class Level:
    """What is to be listed: a connection's buckets, or the prefixes of a place.

    Attributes:
        location: empty for the buckets of the connection.
    """

    connection: Connection | None
    location: str


def child_nodes(parent: Node, names: list[str]) -> list[Node]:
    """Return the places below ``parent`` from the names of buckets or prefixes."""
    if not names:
        return []
    if parent.kind is Kind.CONNECTION:
        return [
            Node(Kind.BUCKET, name, f"s3://{name}", parent.connection, parent) for name in names
        ]
    return [
        Node(
            Kind.PREFIX,
            name.rstrip("/").rpartition("/")[2] or name,
            f"{parent.location}/{name.rstrip('/').rpartition('/')[2]}",
            parent.connection,
            parent,
        )
        for name in names
    ]
