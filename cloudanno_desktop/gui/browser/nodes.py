"""The places of the browser's tree, as values."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cloudanno_desktop.bucket.connections.address import S3, ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.settings import RecentProject

_numbers = itertools.count(1)  # 0 is the number of an invalid index


class PlaceKind(StrEnum):
    """What a place is; ``WAY`` is an action that is offered as a row."""

    PROJECTS = "projects"
    PROJECT = "project"
    CONNECTION = "connection"
    BUCKET = "bucket"
    PREFIX = "prefix"
    NOTE = "note"
    WAY = "way"


class Loading(StrEnum):
    NO = "no"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(eq=False, slots=True, weakref_slot=True)
class Node:
    """One place."""

    kind: PlaceKind
    text: str
    location: str = ""  # folder path or s3://bucket/prefix; empty for what cannot be opened
    connection: Connection | None = None
    up: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    loading: Loading = Loading.NO
    project: RecentProject | None = None
    number: int = field(default_factory=_numbers.__next__, init=False)  # never given twice

    @property
    def can_expand(self) -> bool:
        is_row = self.kind in {PlaceKind.NOTE, PlaceKind.WAY}
        return not is_row and (self.loading is not Loading.DONE or bool(self.children))

    @property
    def address(self) -> ProjectAddress | None:
        """The project that opens here, ``None`` if none can."""
        return ProjectAddress(self.location, self.connection) if self.location else None

    @property
    def row(self) -> int:
        return self.up.children.index(self) if self.up is not None else 0

    @property
    def top(self) -> "Node":
        """The whole bucket, or the folder of a project, that this place lies in."""
        node = self
        while node.kind is PlaceKind.PREFIX and node.up is not None:
            node = node.up
        return node

    @property
    def prefix(self) -> str:
        """What the keys of this place start with in the bucket or folder of ``top``."""
        if self.kind is not PlaceKind.PREFIX:
            return ""
        return self.location.removeprefix(self.top.location)[1:] + "/"


def child_nodes(parent: Node, names: Sequence[str]) -> list[Node]:
    """Return the places below ``parent`` from the names of buckets or prefixes."""
    if parent.kind is PlaceKind.CONNECTION:
        return [
            Node(PlaceKind.BUCKET, name, f"{S3}{name}", parent.connection, parent) for name in names
        ]
    segments = [name.removesuffix("/") for name in names]
    return [
        Node(
            PlaceKind.PREFIX,
            segment or "/",  # a key such as x//y has a part without a name
            f"{parent.location}/{segment}",
            parent.connection,
            parent,
        )
        for segment in segments
    ]
