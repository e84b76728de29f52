"""Make a thumbnail: a small upright JPEG of any picture file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

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
    is_animated: bool = False

    @classmethod
    def of(cls, values: Sequence[Any]) -> Self:
        """Make one of what ``values`` returned."""
        return cls(*values[:-1], is_animated=bool(values[-1]))

    @property
    def is_whole(self) -> bool:
        """Whether it has as many pixels as the original."""
        return (self.width, self.height) == (self.source_width, self.source_height)

    def values(self) -> tuple[bytes | int, ...]:
        """Return everything in order."""
        source = (self.source_width, self.source_height)
        return self.jpeg, self.width, self.height, *source, int(self.is_animated)


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
