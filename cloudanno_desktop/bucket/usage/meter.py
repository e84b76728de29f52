"""Counting the requests that leave this process for object storage.

Each process has one meter, so that no connection is missed. Every attempt counts, also a retried
or refused one, because services charge for most of them. A download counts with its announced
size, also if it is read in part.
"""

import threading
from typing import TYPE_CHECKING, Any

from cloudanno_desktop.bucket.usage.usage import NOTHING, RequestKind, Tally, Usage, kind_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class Meter:
    """Adds up usage; safe to use from several threads.

    Attributes:
        changed: set whenever something was added; whoever waits for it clears it.
    """

    def __init__(self) -> None:
        self.changed = threading.Event()
        self._lock = threading.Lock()
        self._tallies: dict[RequestKind, Tally] = {}

    def count(self, kind: RequestKind, tally: Tally) -> None:
        with self._lock:
            self._tallies[kind] = self._tallies.get(kind, NOTHING) + tally
        if not self.changed.is_set():
            self.changed.set()

    def count_request(self, operation: str, up: int, down: int) -> None:
        """Add one request that was responded to, by the bytes of the two bodies."""
        self.count(kind_of(operation), Tally(1, up, down))

    def add(self, usage: Usage) -> None:
        for kind, tally in usage.by_kind.items():
            self.count(kind, tally)

    def total(self) -> Usage:
        """Return everything since the start or the last ``reset``."""
        with self._lock:
            return Usage(
                {kind: self._tallies[kind] for kind in RequestKind if kind in self._tallies}
            )

    def reset(self) -> None:
        with self._lock:
            self._tallies.clear()
        self.changed.set()


METER = Meter()


def watch(client: "S3Client", meter: Meter = METER) -> None:
    def on_sent(request: Any, event_name: str, **_: object) -> None:  # noqa: ANN401 botocore
        size = int(request.headers.get("Content-Length") or 0)
        meter.count(_kind(event_name), Tally(requests=1, bytes_up=size))

    def on_received(response_dict: dict[str, Any] | None, event_name: str, **_: object) -> None:
        kind = _kind(event_name)
        if response_dict is not None and kind is not RequestKind.HEAD:
            meter.count(kind, Tally(bytes_down=_body_size(response_dict)))

    client.meta.events.register("before-send.s3", on_sent)
    client.meta.events.register("response-received.s3", on_received)


def _kind(event_name: str) -> RequestKind:
    return kind_of(event_name.rpartition(".")[2])


def _body_size(response: dict[str, Any]) -> int:
    body = response["body"]
    if isinstance(body, bytes):
        return len(body)
    return int(response["headers"].get("content-length") or 0)
