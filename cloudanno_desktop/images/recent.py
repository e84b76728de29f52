"""The originals that were fetched last, in memory, so that another size is not another fetch."""

import threading

from cachetools import LRUCache

from cloudanno_desktop.bucket.bucket import Fetched


class RecentOriginals:
    """A few originals by key and ETag; safe to use from several threads."""

    def __init__(self, limit_bytes: int) -> None:
        self._largest_bytes = limit_bytes // 4
        self._lock = threading.Lock()
        self._fetched = LRUCache[tuple[str, str], Fetched](
            limit_bytes, getsizeof=lambda fetched: len(fetched.body)
        )

    def get(self, key: str, etag: str) -> Fetched | None:
        with self._lock:
            return self._fetched.get((key, etag))

    def put(self, fetched: Fetched) -> None:
        """Keep an original; those that were not used for longest go."""
        if len(fetched.body) <= self._largest_bytes:
            with self._lock:
                self._fetched[fetched.entry.key, fetched.entry.etag] = fetched
