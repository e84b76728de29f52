"""The originals that were fetched last, in memory, so that another size is not another fetch."""

import threading

from cloudanno_desktop.bucket.bucket import Fetched
from cloudanno_desktop.images.byte_lru import ByteLru


class RecentOriginals:
    """A few originals by key and ETag; safe to use from several threads.

    Args:
        limit_bytes: what all of them may take; one alone a fourth of that.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._largest_bytes = limit_bytes // 4
        self._lock = threading.Lock()
        self._fetched: ByteLru[tuple[str, str], Fetched] = ByteLru(limit_bytes)

    def get(self, key: str, etag: str) -> Fetched | None:
        """Return an original that was fetched not long ago."""
        with self._lock:
            return self._fetched.get((key, etag))

    def put(self, fetched: Fetched) -> None:
        """Keep an original; those that were not used for longest go."""
        size = len(fetched.body)
        if size <= self._largest_bytes:
            with self._lock:
                self._fetched.put((fetched.entry.key, fetched.entry.etag), fetched, size)
