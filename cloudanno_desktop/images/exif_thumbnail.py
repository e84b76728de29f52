"""The small picture that a camera puts into the first bytes of a JPEG.

It is shown at once while the picture is on its way. It must be turned as the picture itself, and
many cameras put a picture of any shape between black bars into 160 × 120 pixels.

Source: Exif 2.32 (CIPA DC-008), 4.5.8: the primary image's orientation holds for the thumbnail.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageStat
from PIL.ExifTags import IFD

from cloudanno_desktop import log
from cloudanno_desktop.images.decode import (
    DAMAGED,
    JPEG_START,
    TOO_LARGE,
    orientation_of,
    upright,
    upright_size,
)

HEAD_BYTES = 1 << 16  # EXIF is at most one segment of 64 KiB and stands first
START_TAG, LENGTH_TAG = 0x0201, 0x0202
EXIF_HEADER_BYTES = 6
LARGEST_PX = 1024
SLACK_PX = 2  # by so much rounding may change the shape of a small picture
DARK = 24  # mean of the darkest bars that JPEG leaves
EVEN = 16  # and their deviation

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ExifThumbnail:
    """The embedded picture, upright and without bars, and the size of the upright original."""

    pixels: Image.Image
    source_size: tuple[int, int]


def open_embedded(head: bytes) -> ExifThumbnail | None:
    """Return the small picture inside a JPEG; ``None`` if there is none that shows the same."""
    if not head.startswith(JPEG_START):
        return None
    with log.passing_over(*DAMAGED, *TOO_LARGE):
        return _opened(head)
    return None


def _opened(head: bytes) -> ExifThumbnail | None:
    with Image.open(io.BytesIO(head), formats=("JPEG",)) as image:
        source_size, orientation = image.size, orientation_of(image)
        directory = image.getexif().get_ifd(IFD.IFD1)
        exif = image.info.get("exif", b"")[EXIF_HEADER_BYTES:]
    start, length = directory.get(START_TAG, 0), directory.get(LENGTH_TAG, 0)
    if not length:
        return None
    with Image.open(io.BytesIO(exif[start : start + length]), formats=("JPEG",)) as small:
        if max(small.size) > LARGEST_PX:
            return None
        pixels = small.convert("RGB")
    box = _content(pixels.size, source_size)
    if not all(_is_bar(pixels.crop(bar)) for bar in _bars(pixels.size, box)):
        return None  # of another shape: it was left behind when the picture was cut
    turned = upright(pixels.crop(box), orientation)
    return ExifThumbnail(turned, upright_size(source_size, orientation))


def _content(size: tuple[int, int], source_size: tuple[int, int]) -> Box:
    """Return where in the small picture the large one must be, if it is in its middle."""
    width, height = size
    scale = min(width / source_size[0], height / source_size[1])
    wide, high = round(source_size[0] * scale), round(source_size[1] * scale)
    across = 0 if width - wide <= SLACK_PX else (width - wide + 1) // 2
    down = 0 if height - high <= SLACK_PX else (height - high + 1) // 2
    return across, down, width - across, height - down


def _bars(size: tuple[int, int], box: Box) -> Iterator[Box]:
    """Yield what lies around a box; a pixel beside it may be of both."""
    (width, height), (left, top, right, bottom) = size, box
    if left:
        yield 0, 0, left - 1, height
        yield right + 1, 0, width, height
    if top:
        yield 0, 0, width, top - 1
        yield 0, bottom + 1, width, height


def _is_bar(pixels: Image.Image) -> bool:
    grey = pixels.convert("L")
    if 0 in grey.size:
        return True
    measured = ImageStat.Stat(grey)
    return measured.mean[0] < DARK and measured.stddev[0] < EVEN
