"""Make a thumbnail: a small upright JPEG of any picture file."""

import io
from dataclasses import dataclass

from cloudanno_desktop.thumbnails.picture import open_picture

JPEG_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture, and the size in pixels of the upright original."""

    jpeg: bytes
    width: int
    height: int
    source_width: int
    source_height: int


def render(data: bytes, size_px: int) -> Thumbnail:
    """Return a thumbnail whose longest side is ``size_px``; smaller pictures keep their size.

    Raises:
        PictureUnreadable: with a reason for the person.
    """
    image, (source_width, source_height) = open_picture(data, size_px)
    image.thumbnail((size_px, size_px))
    body = io.BytesIO()
    image.save(body, "JPEG", quality=JPEG_QUALITY)
    return Thumbnail(body.getvalue(), *image.size, source_width, source_height)
