"""The originals that were fetched last, in memory, so that another size is not another fetch."""

import threading
from collections import OrderedDict

from cloudanno_desktop.bucket.bucket import Fetched


class RecentOriginals:
    """A few originals by key and ETag; safe to use from several threads.

    Args:
        limit_bytes: what all of them may take.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._bytes = 0
        self._fetched: OrderedDict[tuple[str, str], Fetched] = OrderedDict()

    def get(self, key: str, etag: str) -> Fetched | None:
        """Return an original that was fetched not long ago."""
        with self._lock:
            fetched = self._fetched.get((key, etag))
            if fetched is not None:
                self._fetched.move_to_end((key, etag))
            return fetched

    def put(self, fetched: Fetched) -> None:
        """Keep an original; those that were not used for longest go."""
        size = len(fetched.body)
        if size > self._limit_bytes // 4:
            return
        place = fetched.entry.key, fetched.entry.etag
        with self._lock:
            if place not in self._fetched:
                self._bytes += size
            self._fetched[place] = fetched
            while self._bytes > self._limit_bytes:
                self._bytes -= len(self._fetched.popitem(last=False)[1].body)
