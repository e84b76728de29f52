"""Where the grid's thumbnails come from: those on the disk at once, the rest by the media process.

So a project that was opened before shows its pictures before the media process has started.
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop import paths
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.media_messages.commands import Picture
from cloudanno_desktop.media_messages.replies import ThumbnailReady

if TYPE_CHECKING:
    from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache

NONE_ADDED = 0  # the window only reads


class ThumbnailSource(QObject):
    """Gets thumbnails; a new request replaces the one before."""

    ready = Signal(object)  # list of ``ThumbnailReady``
    failed = Signal(object)  # ``ThumbnailFailed``

    def __init__(
        self, media: MediaClient, runner: TaskRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._media = media
        self._runner = runner
        self._cache: ThumbnailCache | None = None
        self._opening = threading.Lock()
        self._is_closed = False
        self._quick_look: Task | None = None
        media.thumbnails_ready.connect(self.ready)
        media.thumbnail_failed.connect(self.failed)

    def want(self, generation: int, pictures: Sequence[Picture], size_px: int) -> None:
        if self._quick_look is not None:
            self._quick_look.cancel()

        def done(ready: list[ThumbnailReady]) -> None:
            found = {one.id for one in ready}
            rest = [picture for picture in pictures if picture.id not in found]
            self._media.want_thumbnails(generation, rest, size_px)
            if ready:
                self.ready.emit(ready)

        self._quick_look = self._runner.run(
            Task(self, lambda _task: self._cached(generation, pictures, size_px), done)
        )

    def dimensions(self, etag: str, size: int) -> tuple[int, int] | None:
        """Return width and height of a picture that was looked at before; reads the disk."""
        from cloudanno_desktop.images.thumbnail_cache import ThumbnailKey

        cache = self._opened_cache()
        found = cache.get_larger(ThumbnailKey(etag, size, 1)) if cache else None
        return (found.source_width, found.source_height) if found else None

    def close(self) -> None:
        """Close the file; may wait for the disk. What is still asked for later finds nothing."""
        with self._opening:
            self._is_closed = True
            if self._cache is not None:
                self._cache.close()
                self._cache = None

    def _opened_cache(self) -> "ThumbnailCache | None":
        from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache

        with self._opening:
            if self._cache is None and not self._is_closed:
                self._cache = ThumbnailCache(paths.thumbnails_file(), limit_bytes=NONE_ADDED)
            return self._cache

    def _cached(
        self, generation: int, pictures: Sequence[Picture], size_px: int
    ) -> list[ThumbnailReady]:
        from cloudanno_desktop.images.thumbnail_cache import ThumbnailKey

        keys = {one.id: ThumbnailKey(one.etag, one.size, size_px) for one in pictures}
        cache = self._opened_cache()
        found = cache.get_many(list(keys.values())) if cache else {}
        ready = []
        for image_id, key in keys.items():
            if (one := found.get(key)) is not None:
                sizes = (one.width, one.height, one.source_width, one.source_height)
                head = (image_id, generation, size_px)
                ready.append(ThumbnailReady(*head, one.jpeg, *sizes, is_animated=one.is_animated))
        return ready
