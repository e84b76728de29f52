"""Make a thumbnail: a small upright JPEG of any picture file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from PIL import Image

from cloudanno_desktop.images.decode import is_animated, open_picture
from cloudanno_desktop.images.exif_thumbnail import open_embedded

JPEG_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture, and the size in pixels of the upright original."""

    jpeg: bytes
    width: int
    height: int
    source_width: int
    source_height: int
    is_animated: bool = False

    @classmethod
    def of(cls, values: Sequence[Any]) -> Self:
        jpeg, width, height, source_width, source_height, is_animated = values
        return cls(jpeg, width, height, source_width, source_height, bool(is_animated))

    @property
    def is_whole(self) -> bool:
        return (self.width, self.height) == (self.source_width, self.source_height)

    def values(self) -> tuple[bytes | int, ...]:
        source = (self.source_width, self.source_height)
        return self.jpeg, self.width, self.height, *source, int(self.is_animated)


def render(data: bytes, size_px: int) -> Thumbnail:
    """Return a thumbnail whose longest side is ``size_px``; smaller pictures keep their size.

    Raises ``PictureUnreadable``: with a reason for the user.
    """
    image, source_size = open_picture(data, size_px, by_longer=True)
    return _thumbnail(image, source_size, size_px, is_moving=is_animated(data))


def render_embedded(head: bytes, size_px: int) -> Thumbnail | None:
    """Return a thumbnail of the small picture inside a JPEG, if there is one."""
    embedded = open_embedded(head)
    if embedded is None:
        return None
    return _thumbnail(embedded.pixels, embedded.source_size, size_px)


def render_smaller(larger: Thumbnail, size_px: int) -> Thumbnail:
    image, _ = open_picture(larger.jpeg, size_px, by_longer=True)
    source_size = (larger.source_width, larger.source_height)
    return _thumbnail(image, source_size, size_px, is_moving=larger.is_animated)


def _thumbnail(
    image: Image.Image, source_size: tuple[int, int], size_px: int, *, is_moving: bool = False
) -> Thumbnail:
    image.thumbnail((size_px, size_px))
    body = io.BytesIO()
    image.save(body, "JPEG", quality=JPEG_QUALITY)
    return Thumbnail(body.getvalue(), *image.size, *source_size, is_moving)
