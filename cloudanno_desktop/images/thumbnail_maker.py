"""One thumbnail, from as few bytes as will do: what is here already, a JPEG's head, the whole file.

A whole file is fetched once at most, as far as memory goes: smaller sizes are made from a larger
thumbnail, larger ones from the originals that were fetched last. The small picture in a JPEG's head
is shown until then, and never kept: a program that changed the picture may have left an old one.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cloudanno_desktop import log
from cloudanno_desktop.bucket.bucket import Bucket, Fetched, StoredObject
from cloudanno_desktop.images.decode import MOST_BYTES, PictureUnreadable, too_large
from cloudanno_desktop.images.exif_thumbnail import HEAD_BYTES
from cloudanno_desktop.images.originals import NeededImage
from cloudanno_desktop.images.recent import RecentOriginals
from cloudanno_desktop.images.render import Thumbnail, render, render_embedded, render_smaller
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache, ThumbnailKey

BIG_FILE_BYTES = 32_000_000  # such a file is fetched while no other such file is in memory
RECENT_BYTES = 96_000_000
LOOKED_INTO_BYTES = 8 * HEAD_BYTES  # a smaller JPEG is fetched whole at once
JPEG_ENDS = (".jpg", ".jpeg", ".jpe", ".jfif")
MOST_HEADS = 50_000  # whose small pictures' sizes are remembered


FindOffline = Callable[[NeededImage], Path | None]


def not_kept(_image: NeededImage) -> Path | None:
    return None


class ThumbnailRequest(NeededImage, Protocol):
    @property
    def size(self) -> int:
        """Its bytes."""


class ThumbnailMaker:
    """Makes thumbnails and keeps them; safe to use from several threads."""

    def __init__(self, bucket: Bucket, cache: ThumbnailCache, kept: FindOffline = not_kept) -> None:
        self._original = kept
        self._bucket = bucket
        self._cache = cache
        self._recent = RecentOriginals(RECENT_BYTES)
        self._embedded_px: dict[tuple[str, str], int] = {}
        self._one_big_file = threading.Lock()

    def may_look_into(self, image: ThumbnailRequest, size_px: int) -> bool:
        if image.size <= LOOKED_INTO_BYTES or not image.key.lower().endswith(JPEG_ENDS):
            return False
        return self._embedded_px.get((image.key, image.etag), size_px) >= size_px

    def preview(self, image: ThumbnailRequest, size_px: int) -> Thumbnail | None:
        """Make a placeholder from the first bytes; it may be small, or of an older picture."""
        head = self._bucket.get_start(image.key, HEAD_BYTES)
        thumbnail = render_embedded(head.body, size_px)
        self._note_embedded(image, max(thumbnail.width, thumbnail.height) if thumbnail else 0)
        return thumbnail

    def make(self, image: ThumbnailRequest, size_px: int) -> Thumbnail:
        """Make a thumbnail from what is known, or from the whole file.

        Raises ``PictureUnreadable``: with a reason for the user.
        """
        known = self.known(image, size_px)
        if known is not None:
            return known
        if image.size > MOST_BYTES:
            raise PictureUnreadable(too_large(image.size))
        with self._room_for(image.size):
            fetched = self._bucket.get(image.key)
            self._recent.put(fetched)
            return self._kept(fetched, size_px, render(fetched.body, size_px))

    def known(self, image: ThumbnailRequest, size_px: int) -> Thumbnail | None:
        """Make a thumbnail without the bucket, if what it takes is here."""
        key = ThumbnailKey(image.etag, image.size, size_px)
        larger = self._cache.get_larger(key)
        if larger is not None:
            smaller = render_smaller(larger, size_px)
            self._cache.put(key, smaller)
            return smaller
        here = self._recent.get(image.key, image.etag) or self._read(image)
        if here is None:
            return None
        return self._kept(here, size_px, render(here.body, size_px))

    def _read(self, image: ThumbnailRequest) -> Fetched | None:
        path = self._original(image)
        if path is None or image.size > BIG_FILE_BYTES:
            return None
        with log.passing_over(OSError):
            body = path.read_bytes()
            entry = StoredObject(image.key, len(body), image.etag, datetime.now(UTC))
            return Fetched(entry, body)
        return None  # removed just now, or its disk fails: the bucket has it

    def _kept(self, fetched: Fetched, size_px: int, thumbnail: Thumbnail) -> Thumbnail:
        self._cache.put(ThumbnailKey(fetched.entry.etag, fetched.entry.size, size_px), thumbnail)
        return thumbnail

    def _note_embedded(self, image: ThumbnailRequest, longest_px: int) -> None:
        if len(self._embedded_px) >= MOST_HEADS:
            self._embedded_px.clear()
        self._embedded_px[image.key, image.etag] = longest_px

    def _room_for(self, size: int) -> AbstractContextManager[object]:
        return self._one_big_file if size > BIG_FILE_BYTES else nullcontext()
