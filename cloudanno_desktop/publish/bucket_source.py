"""A private bucket as the source of the client, read with the bucket's credentials."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloudanno_desktop.bucket.bucket import Bucket, StoredObject
from cloudanno_desktop.bucket.errors import NotModified
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.publish.client import BRANCHES, PullFailed, Reply, Unchanged

BLOCK = 4 << 20


@dataclass(frozen=True, slots=True)
class BucketSource:
    """The client's ``Source`` over an opened bucket."""

    bucket: Bucket

    def get(self, key: str, etag: str | None = None, start: int = 0) -> Reply:
        """Read ``key`` from ``start`` on; a branch file in one piece, so that it is one state."""
        try:
            if key.startswith(BRANCHES):
                fetched = self.bucket.get(key, etag)
                return Reply(fetched.entry.etag, 0, [fetched.body])
            entry = self.bucket.head(key)
        except NotModified:
            raise Unchanged from None
        except CloudAnnoError as error:
            raise PullFailed(str(error).rstrip(".")) from error
        return Reply(entry.etag, start, self._blocks(entry, start))

    def _blocks(self, entry: StoredObject, start: int) -> Iterator[bytes]:
        try:
            for at in range(start, entry.size, BLOCK):
                yield self.bucket.get_range(entry.key, at, BLOCK)
        except CloudAnnoError as error:
            raise PullFailed(str(error).rstrip(".")) from error
