"""Threads that fetch pictures and make their thumbnails: what is on screen, most wanted first.

``want`` replaces everything that was asked before, so what scrolled away costs nothing more than
the few fetches already in flight. Those are not repeated if they are wanted again.
"""

import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.thumbnails.cache import ThumbnailCache, ThumbnailKey
from cloudanno_desktop.thumbnails.originals import Wanted
from cloudanno_desktop.thumbnails.picture import PictureUnreadable
from cloudanno_desktop.thumbnails.render import Thumbnail, render

THREADS = 8  # with 50 ms round trips two threads show 35 pictures a second, eight show 120
LARGEST_FILE_BYTES = 256_000_000
BIG_FILE_BYTES = 32_000_000  # such a file is fetched while no other such file is in memory

_Identity = tuple[int, str, int]


class WantedThumbnail(Wanted, Protocol):
    """An image whose thumbnail is wanted."""

    @property
    def size(self) -> int:
        """Its bytes."""


@dataclass(slots=True)
class _Job:
    """One picture on its way; a newer request may adopt it while it is in flight."""

    image: WantedThumbnail
    size_px: int
    generation: int

    @property
    def identity(self) -> _Identity:
        return self.image.id, self.image.etag, self.size_px


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a picture: either a thumbnail or an error."""

    image: WantedThumbnail
    generation: int
    size_px: int
    thumbnail: Thumbnail | None = None
    error: CloudAnnoError | None = None


class ThumbnailFetcher:
    """Answers ``want`` from the cache at once, and from the bucket as fast as it can.

    Args:
        bucket: where the originals are.
        cache: where thumbnails are kept.
        tell: is given each outcome, in any thread.

    Attributes:
        threads: to be joined after ``stop``.
    """

    def __init__(
        self, bucket: Bucket, cache: ThumbnailCache, tell: Callable[[Outcome], None]
    ) -> None:
        self._bucket = bucket
        self._cache = cache
        self._tell = tell
        self._changed = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._in_flight: dict[_Identity, _Job] = {}
        self._stopped = False
        self._one_big_file = threading.Lock()
        self.threads = [
            threading.Thread(target=self._run, name=f"thumbnails-{i}", daemon=True)
            for i in range(THREADS)
        ]
        for thread in self.threads:
            thread.start()

    def want(self, images: Sequence[WantedThumbnail], size_px: int, generation: int) -> None:
        """Answer what the cache has; queue the rest in that order instead of all before."""
        keys = [ThumbnailKey(image.etag, image.size, size_px) for image in images]
        cached = self._cache.get_many(keys)
        missing: dict[_Identity, _Job] = {}
        for image, key in zip(images, keys, strict=True):
            if key in cached:
                self._tell(Outcome(image, generation, size_px, thumbnail=cached[key]))
            else:
                job = _Job(image, size_px, generation)
                missing[job.identity] = job
        with self._changed:
            self._queue = deque(job for job in missing.values() if not self._adopted(job))
            self._changed.notify_all()

    def stop(self) -> None:
        """Take no more work; a thread that waits for the network ends when it is answered."""
        with self._changed:
            self._stopped = True
            self._queue.clear()
            self._changed.notify_all()

    def _adopted(self, job: _Job) -> bool:
        running = self._in_flight.get(job.identity)
        if running is not None:
            running.generation = job.generation
        return running is not None

    def _run(self) -> None:
        while (job := self._next()) is not None:
            thumbnail, error = self._made(job)
            with self._changed:
                self._in_flight.pop(job.identity, None)
                stopped = self._stopped
            if not stopped:
                self._tell(Outcome(job.image, job.generation, job.size_px, thumbnail, error))

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopped)
            if self._stopped:
                return None
            job = self._queue.popleft()
            self._in_flight[job.identity] = job
            return job

    def _made(self, job: _Job) -> tuple[Thumbnail | None, CloudAnnoError | None]:
        try:
            return self._fetched(job), None
        except CloudAnnoError as error:
            return None, error
        except Exception:  # noqa: BLE001 a bug over one picture must not cost all the others
            traceback.print_exc()
            return None, PictureUnreadable("the program stumbled over it; please report this file")

    def _fetched(self, job: _Job) -> Thumbnail:
        image = job.image
        if image.size > LARGEST_FILE_BYTES:
            raise PictureUnreadable(
                f"its {image.size / 1e6:,.0f} MB are more than the "
                f"{LARGEST_FILE_BYTES / 1e6:,.0f} MB that a picture may have"
            )
        with self._room_for(image.size):
            fetched = self._bucket.get(image.key)
            thumbnail = render(fetched.body, job.size_px)
        key = ThumbnailKey(fetched.entry.etag, fetched.entry.size, job.size_px)
        self._cache.put(key, thumbnail)
        return thumbnail

    def _room_for(self, size: int) -> AbstractContextManager[object]:
        return self._one_big_file if size > BIG_FILE_BYTES else nullcontext()
