"""Threads that fetch pictures and make their thumbnails: what is on screen, most wanted first.

``want`` replaces everything that was asked before, so what scrolled away costs nothing more than
the few fetches already in flight. Those are not repeated if they are wanted again.

Of a large JPEG only the first bytes are read at first, for the small picture that most cameras put
there. It is shown as a preview, and the whole file is fetched in a second turn, after the first
bytes of the pictures that follow.
"""

import heapq
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.images.render import Thumbnail
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache, ThumbnailKey
from cloudanno_desktop.images.thumbnail_maker import (
    FindOffline,
    ThumbnailMaker,
    ThumbnailRequest,
    not_kept,
)

_log = logging.getLogger(__name__)

THREADS = 8  # with 50 ms round trips two threads show 35 pictures a second, eight show 120
SECOND_TURN = 64  # by so many places a whole file comes after the first bytes of others

_Identity = tuple[int, str, int]


@dataclass(slots=True, order=True)
class _Job:
    """One picture on its way; a newer request may adopt it while it is in flight."""

    place: int  # the least is next
    image: ThumbnailRequest = field(compare=False)
    size_px: int = field(compare=False)
    generation: int = field(compare=False)
    is_first_look: bool = field(compare=False)  # only the first bytes are read

    @property
    def identity(self) -> _Identity:
        return self.image.id, self.image.etag, self.size_px


@dataclass(frozen=True, slots=True)
class ThumbnailOutcome:
    """What became of a picture: either a thumbnail or an error."""

    image: ThumbnailRequest
    generation: int
    size_px: int
    thumbnail: Thumbnail | None = None
    error: CloudAnnoError | None = None
    is_preview: bool = False  # a placeholder; another outcome may follow


class ThumbnailFetcher:
    """Answers ``want`` from the cache at once, and from the bucket as fast as it can."""

    def __init__(
        self,
        bucket: Bucket,
        cache: ThumbnailCache,
        report: Callable[[ThumbnailOutcome], None],
        kept: FindOffline = not_kept,
    ) -> None:
        self._cache = cache
        self._report = report
        self._making = ThumbnailMaker(bucket, cache, kept)
        self._changed = threading.Condition()
        self._queue: list[_Job] = []
        self._requested: set[_Identity] = set()
        self._in_flight: dict[_Identity, _Job] = {}
        self._was_asked = self._stopped = False
        self.threads = [
            threading.Thread(target=self._run, name=f"thumbnails-{i}", daemon=True)
            for i in range(THREADS)
        ]
        for thread in self.threads:
            thread.start()

    def want(self, images: Sequence[ThumbnailRequest], size_px: int, generation: int) -> None:
        """Answer what the cache has; queue the rest in that order instead of all before."""
        keys = [ThumbnailKey(image.etag, image.size, size_px) for image in images]
        cached = self._cache.get_many(keys)
        missing: dict[_Identity, _Job] = {}
        for place, (image, key) in enumerate(zip(images, keys, strict=True)):
            if key in cached:
                self._report(ThumbnailOutcome(image, generation, size_px, thumbnail=cached[key]))
            else:
                look = self._making.may_look_into(image, size_px)
                job = _Job(place, image, size_px, generation, is_first_look=look)
                missing.setdefault(job.identity, job)
        with self._changed:
            self._was_asked = True
            self._requested = set(missing)
            self._queue = [job for job in missing.values() if not self._adopted(job)]
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> None:
        """Wait until all requests are answered; the first time also for the first request."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._is_idle, timeout_s)
            self._was_asked = True

    def stop(self) -> None:
        """Take no more work; a thread that waits for the network ends when it is answered."""
        with self._changed:
            self._stopped = True
            self._queue.clear()
            self._changed.notify_all()

    @property
    def _is_idle(self) -> bool:
        return self._was_asked and not self._queue and not self._in_flight

    def _adopted(self, job: _Job) -> bool:
        running = self._in_flight.get(job.identity)
        if running is not None:
            running.generation, running.place = job.generation, job.place
        return running is not None

    def _run(self) -> None:
        while (job := self._next()) is not None:
            thumbnail, error = self._made(job)
            if job.is_first_look and error is None:
                self._go_on(job, thumbnail)
            else:
                self._finish(job, thumbnail, error)

    def _go_on(self, job: _Job, preview: Thumbnail | None) -> None:
        if preview is not None and not self._stopped:
            self._report(
                ThumbnailOutcome(job.image, job.generation, job.size_px, preview, is_preview=True)
            )
        with self._changed:
            del self._in_flight[job.identity]
            if job.identity in self._requested and not self._stopped:
                self._queue_again(job)
            self._changed.notify_all()

    def _finish(self, job: _Job, thumbnail: Thumbnail | None, error: CloudAnnoError | None) -> None:
        with self._changed:
            del self._in_flight[job.identity]  # no newer request can adopt it from here on
            stopped = self._stopped
            self._changed.notify_all()
        if not stopped:
            self._report(ThumbnailOutcome(job.image, job.generation, job.size_px, thumbnail, error))

    def _queue_again(self, job: _Job) -> None:
        job.place += SECOND_TURN
        job.is_first_look = False
        heapq.heappush(self._queue, job)

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopped)
            if self._stopped:
                return None
            job = heapq.heappop(self._queue)
            self._in_flight[job.identity] = job
            return job

    def _made(self, job: _Job) -> tuple[Thumbnail | None, CloudAnnoError | None]:
        try:
            if job.is_first_look:
                known = self._making.known(job.image, job.size_px)
                if known is None:
                    return self._making.preview(job.image, job.size_px), None
                job.is_first_look = False
                return known, None
            return self._making.make(job.image, job.size_px), None
        except CloudAnnoError as error:
            return None, error
        except Exception:  # noqa: BLE001 a bug over one picture must not cost all the others
            _log.exception("a bug over %s", job.image.key)
            return None, PictureUnreadable("the program stumbled over it; please report this file")
