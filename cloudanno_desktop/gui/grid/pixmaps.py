"""Thumbnails: the JPEGs as they came, and pixmaps that are ready to paint.

Both stores are limited in bytes. A pixmap has the size of its place on screen, so that painting
only copies; while the size changes, the old one is stretched until the new one is decoded.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cachetools import LRUCache
from PySide6.QtGui import QImage, QPixmap

from cloudanno_desktop.gui.common.picture_reader import decoded

PIXMAP_BYTES = 80 * 1024 * 1024  # two 4K screens full of pictures, and more
JPEG_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ready:
    """A pixmap of ``side_px``, made from a JPEG that was rendered for ``rendered_px``."""

    pixmap: QPixmap
    side_px: int
    rendered_px: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Jpeg:
    body: bytes
    rendered_px: int


class Pixmaps:
    """The thumbnails of images by id; ``side_px`` is the longest side in device pixels."""

    def __init__(self, pixmap_bytes: int = PIXMAP_BYTES, jpeg_bytes: int = JPEG_BYTES) -> None:
        self.side_px = 0
        self._pixmaps = LRUCache[int, Ready](pixmap_bytes, getsizeof=lambda ready: ready.size_bytes)
        self._jpegs = LRUCache[int, Jpeg](jpeg_bytes, getsizeof=lambda jpeg: len(jpeg.body))

    @property
    def used_bytes(self) -> float:
        return self._pixmaps.currsize + self._jpegs.currsize

    def add(self, image_id: int, jpeg: bytes, rendered_px: int) -> None:
        self._jpegs[image_id] = Jpeg(jpeg, rendered_px)

    def pixmap(self, image_id: int) -> QPixmap | None:
        ready = self._pixmaps.get(image_id)
        return ready.pixmap if ready else None

    def is_ready(self, image_id: int) -> bool:
        """Return whether the pixmap is the best that can be made now."""
        ready, jpeg = self._pixmaps.get(image_id), self._jpegs.get(image_id)
        if ready is None or ready.side_px != self.side_px:
            return False
        return jpeg is None or jpeg.rendered_px <= ready.rendered_px

    def can_decode(self, image_id: int) -> bool:
        return image_id in self._jpegs

    def rendered_px(self, image_id: int) -> int:
        """Return the size for which what is here was rendered; 0 if nothing is."""
        ready, jpeg = self._pixmaps.get(image_id), self._jpegs.get(image_id)
        return max((kept.rendered_px for kept in (ready, jpeg) if kept is not None), default=0)

    def jpeg(self, image_id: int) -> bytes | None:
        jpeg = self._jpegs.get(image_id)
        return jpeg.body if jpeg else None

    def has(self, image_id: int, rendered_px: int) -> bool:
        """Return whether the thumbnail is here, large enough: it need not be requested."""
        ready, jpeg = self._pixmaps.get(image_id), self._jpegs.get(image_id)
        if jpeg is not None and jpeg.rendered_px >= rendered_px:
            return True
        if ready is None or ready.side_px != self.side_px:
            return False
        return ready.rendered_px >= rendered_px

    def decode(self, image_id: int) -> bool:
        """Make the pixmap from the JPEG; return False if it cannot be decoded."""
        jpeg = self._jpegs.get(image_id)
        image = decoded(jpeg.body, self.side_px) if jpeg else QImage()
        if jpeg is None or image.isNull():
            self._jpegs.pop(image_id, None)
            return False
        ready = Ready(QPixmap.fromImage(image), self.side_px, jpeg.rendered_px, image.sizeInBytes())
        self._pixmaps[image_id] = ready
        return True

    def forget(self, ids: Iterable[int] | None) -> None:
        if ids is None:
            self._pixmaps.clear()
            self._jpegs.clear()
            return
        for image_id in ids:
            self._pixmaps.pop(image_id, None)
            self._jpegs.pop(image_id, None)
