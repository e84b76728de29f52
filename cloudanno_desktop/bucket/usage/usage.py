"""Requests to object storage by kind, and the bytes that they carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Self

import msgspec


class RequestKind(StrEnum):
    """What a request does; services have a price for each, often the same for some."""

    LIST = "LIST"
    GET = "GET"
    HEAD = "HEAD"
    PUT = "PUT"
    COPY = "COPY"
    DELETE = "DELETE"
    OTHER = "OTHER"


# The first word of an operation's name in the API of S3.
_KINDS = {
    "List": RequestKind.LIST,
    "Get": RequestKind.GET,
    "Select": RequestKind.GET,
    "Head": RequestKind.HEAD,
    "Put": RequestKind.PUT,
    "Create": RequestKind.PUT,
    "Complete": RequestKind.PUT,
    "Upload": RequestKind.PUT,
    "Copy": RequestKind.COPY,
    "UploadPartCopy": RequestKind.COPY,
    "Delete": RequestKind.DELETE,
    "Abort": RequestKind.DELETE,
}


@cache
def kind_of(operation: str) -> RequestKind:
    fitting = [word for word in _KINDS if operation.startswith(word)]
    return _KINDS[max(fitting, key=len)] if fitting else RequestKind.OTHER


class Tally(msgspec.Struct, frozen=True):
    """Requests of one kind, and the bytes of their bodies in both directions."""

    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.requests + other.requests,
            self.bytes_up + other.bytes_up,
            self.bytes_down + other.bytes_down,
        )

    def __sub__(self, other: "Tally") -> "Tally":
        return self + Tally(-other.requests, -other.bytes_up, -other.bytes_down)


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests that were made or are estimated; false if there are none."""

    by_kind: Mapping[RequestKind, Tally] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return sum(tally.requests for tally in self.by_kind.values())

    @property
    def bytes_up(self) -> int:
        return sum(tally.bytes_up for tally in self.by_kind.values())

    @property
    def bytes_down(self) -> int:
        return sum(tally.bytes_down for tally in self.by_kind.values())

    def of(self, *kinds: RequestKind) -> Tally:
        return sum((self.by_kind.get(kind, NOTHING) for kind in kinds), NOTHING)

    def requests_by_kind(self) -> dict[str, int]:
        return {kind.value: tally.requests for kind, tally in self.by_kind.items()}

    def __bool__(self) -> bool:
        return any(tally != NOTHING for tally in self.by_kind.values())

    def __add__(self, other: Self) -> "Usage":
        return Usage({kind: self.of(kind) + other.of(kind) for kind in _known(self, other)})

    def __sub__(self, other: Self) -> "Usage":
        left = {kind: self.of(kind) - other.of(kind) for kind in _known(self, other)}
        return Usage({kind: tally for kind, tally in left.items() if tally != NOTHING})


def _known(*usages: Usage) -> list[RequestKind]:
    return [kind for kind in RequestKind if any(kind in usage.by_kind for usage in usages)]
