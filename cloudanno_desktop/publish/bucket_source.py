"""A private bucket as the source of the client: the same files through the bucket's credentials."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloudanno_desktop.bucket.bucket import Bucket, StoredObject
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.publish.client import PullFailed, Reply, Unchanged

BLOCK = 4 << 20


@dataclass(frozen=True)
class BucketSource:
    """The client's ``Source`` over an opened bucket."""

    bucket: Bucket

    def get(self, key: str, etag: str | None = None, start: int = 0) -> Reply:
        """Read ``key`` by ranges, from ``start`` on."""
        try:
            entry = self.bucket.head(key)
        except CloudAnnoError as error:
            raise PullFailed(str(error)) from error
        if entry.etag == etag:
            raise Unchanged
        return Reply(entry.etag, start, self._blocks(entry, start))

    def _blocks(self, entry: StoredObject, start: int) -> Iterator[bytes]:
        try:
            for at in range(start, entry.size, BLOCK):
                yield self.bucket.get_range(entry.key, at, BLOCK)
        except CloudAnnoError as error:
            raise PullFailed(str(error)) from error
