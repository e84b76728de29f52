"""Turn the bytes of any picture file into small upright sRGB pixels, within bounded memory.

The order is what makes it fast: let the decoder scale (JPEG by its cosine transform, HEIC by an
embedded thumbnail), shrink by whole numbers, only then convert and turn upright.

Memory: ``BUDGET_BYTES`` bounds what Pillow and the decoders may hold for one picture, estimated
from the header before a single pixel is decoded. 800 MB are 200 megapixels of RGB at Pillow's four
bytes a pixel, 50 of WebP, 133 of a progressive color JPEG, and any baseline JPEG. Pictures that
need more than ``SMALL_BYTES`` are decoded one at a time, however many threads call.
"""

import io
import os
import re
import struct
import threading
import zlib
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pillow_heif
from PIL import Image, ImageFile, UnidentifiedImageError
from PIL.Image import Transpose

from cloudanno_desktop import log
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.images.color import Levels, as_srgb, reducible
from cloudanno_desktop.images.deep_color import in_full, raw_mode

BUDGET_BYTES = 800_000_000
SMALL_BYTES = 100_000_000
MAX_SIDE = 1_000_000
# Shrinking by whole numbers rounds each side up to whole pixels, which moves what is seen: by less
# than half a percent of a side that keeps this many.
SHORT_PX = 128

# What Pillow may try. Left out are formats that start other programs (EPS), that only describe data
# (HDF5, GRIB, BUFR, WMF), and films and documents.
FORMATS = (
    "JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "DIB", "HEIF", "AVIF", "JPEG2000", "PPM",
    "ICO", "ICNS", "QOI", "PCX", "PSD", "DDS", "SGI", "XPM", "XBM", "TGA",
)  # fmt: skip

# Formats whose frames are a film.
MOVING_FORMATS = ("GIF", "WEBP", "PNG", "AVIF")
JPEG_START = b"\xff\xd8"
# Each scan of a progressive JPEG goes over the whole picture again; real ones have about ten.
MOST_SCANS = 100
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # what a scan ends at
SCAN_START = b"\xff\xda"
# Of a file; nothing larger is read into memory.
MOST_BYTES = 300_000_000

# Bytes a pixel while a picture of that mode is decoded and made RGB: the pixels themselves plus the
# copy that conversion before shrinking makes.
MODE_BYTES = {
    "L": 1,
    "1": 2,
    "RGB": 4,
    "CMYK": 4,
    "YCbCr": 4,
    "LAB": 4,
    "I": 8,
    "F": 5,
    "P": 5,
    "I;16": 6,
}
OTHER_MODE_BYTES = 13
DEEP_COLOR_BYTES = 26  # both halves of each value, and what is made of them
# Formats whose decoders hold the whole picture a second time.
FORMAT_BYTES = {"WEBP": 12, "AVIF": 8, "HEIF": 6, "JPEG2000": 16}

ORIENTATION_TAG = 0x0112
UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS = (5, 6, 7, 8)

# Pillow's decoders meet broken files with whatever Python raises first: besides the documented
# OSError also TypeError (TIFF without dimensions), ValueError (PNG text bomb), SyntaxError,
# KeyError, struct.error … Each of them only ever says that this one file is damaged.
DAMAGED = (
    OSError, ValueError, TypeError, SyntaxError, LookupError, AttributeError, ArithmeticError,
    AssertionError, EOFError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip

TOO_LARGE = (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning)

pillow_heif.register_heif_opener()
# Pillow's own bound on pixels is an error above twice this number; ours is tighter and in bytes.
Image.MAX_IMAGE_PIXELS = 5_000_000_000

_one_at_a_time = threading.Lock()


@dataclass(eq=False)
class PictureUnreadable(CloudAnnoError):
    sentence: ClassVar[str] = "The picture cannot be read: {reason}."

    reason: str


def open_picture(
    data: bytes, target_px: int, *, by_longer: bool = False
) -> tuple[Image.Image, tuple[int, int]]:
    """Decode a picture to upright RGB, no larger than ``target_px`` needs; transparency on white.

    The shorter side (``by_longer``: the longer one; narrow strips stay larger) stays at least
    ``target_px`` long where the file has as much, and below four times that. With it comes the
    size of the upright original.
    Raises ``PictureUnreadable`` and nothing else.
    """
    try:
        _refuse_scans(data)
        return _decode(data, target_px, by_longer=by_longer)
    except UnidentifiedImageError as error:
        raise PictureUnreadable(_why_unidentified(data)) from error
    except TOO_LARGE as error:
        raise PictureUnreadable("it does not fit into memory") from error
    except DAMAGED as error:
        raise PictureUnreadable(_why_damaged(error)) from error


def read_picture_file(path: Path) -> bytes:
    """Return the bytes of a picture. Raises ``PictureUnreadable``, also for a file too large."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_BYTES:
                raise PictureUnreadable(too_large(size))
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = f"the file cannot be opened ({error.strerror})"
        raise PictureUnreadable(reason) from error


def too_large(size: int) -> str:
    return f"it has {size / 1e6:,.0f} MB, more than the {MOST_BYTES / 1e6:,.0f} MB that are read"


def _decode(data: bytes, target_px: int, *, by_longer: bool) -> tuple[Image.Image, tuple[int, int]]:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        source_size = image.size
        _refuse_absurd(source_size)
        shorter_px = _shorter_px(source_size, target_px, by_longer=by_longer)
        least = [length * shorter_px // min(source_size) for length in source_size]
        image.draft(None, (least[0], least[1]))
        needed = _bytes_needed(image, source_size)
        if needed > BUDGET_BYTES:
            megapixels = source_size[0] * source_size[1] / 1e6
            raise PictureUnreadable(
                f"its {megapixels:,.0f} megapixels in {image.format} do not fit into memory"
            )
        raw = raw_mode(image)
        with _one_at_a_time if needed > SMALL_BYTES else nullcontext():
            image.load()
            pixels = _shrunk(in_full(image, raw, data), shorter_px)
        orientation = orientation_of(image)
    return upright(pixels, orientation), upright_size(source_size, orientation)


def _shorter_px(size: tuple[int, int], target_px: int, *, by_longer: bool) -> int:
    """Return how long the shorter side must stay; of a narrow strip longer than is asked for."""
    side = max(size) if by_longer else min(size)
    return max(min(size) * target_px // side, min(SHORT_PX, *size))


def is_animated(data: bytes) -> bool:
    """Say whether a picture moves; pages and both halves of a stereo picture do not."""
    if data.startswith(JPEG_START):
        return False
    with (
        log.passing_over(*DAMAGED, *TOO_LARGE),
        Image.open(io.BytesIO(data), formats=MOVING_FORMATS) as image,
    ):
        return bool(getattr(image, "is_animated", False))
    return False


def orientation_of(image: Image.Image) -> int:
    """Read the EXIF orientation; broken EXIF is no reason to refuse a picture."""
    with log.passing_over(*DAMAGED):
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    return 1


def upright(pixels: Image.Image, orientation: int) -> Image.Image:
    turn = UPRIGHT.get(orientation)
    return pixels if turn is None else pixels.transpose(turn)


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return size[::-1] if orientation in SIDEWAYS else size


def _refuse_scans(data: bytes) -> None:
    """Refuse a JPEG of endless scans; what follows it, such as a film, does not count."""
    if not data.startswith(JPEG_START) or data.count(SCAN_START) <= MOST_SCANS:
        return
    scans, found = 0, _MARKER.search(data, len(JPEG_START))
    while found and found[0] != b"\xff\xd9" and scans <= MOST_SCANS:
        scans += found[0] == SCAN_START
        at = found.end()
        found = _MARKER.search(data, at + int.from_bytes(data[at : at + 2]))
    if scans > MOST_SCANS:
        raise PictureUnreadable(f"it is stored in more than {MOST_SCANS} scans")


def _refuse_absurd(size: tuple[int, int]) -> None:
    if min(size) < 1:
        raise PictureUnreadable("it has no pixels")
    if max(size) > MAX_SIDE:
        raise PictureUnreadable(f"its header claims {size[0]} × {size[1]} pixels")


def _bytes_needed(image: ImageFile.ImageFile, source_size: tuple[int, int]) -> int:
    mode_bytes = MODE_BYTES.get(image.mode, OTHER_MODE_BYTES)
    if raw_mode(image):
        mode_bytes = DEEP_COLOR_BYTES
    elif image.has_transparency_data:
        mode_bytes = OTHER_MODE_BYTES
    needed = image.width * image.height * (mode_bytes + FORMAT_BYTES.get(image.format or "", 0))
    if image.info.get("progressive"):
        # libjpeg keeps every coefficient, two bytes each, of the unscaled picture.
        needed += source_size[0] * source_size[1] * 2 * len(image.getbands())
    return needed


def _shrunk(image: Image.Image, shorter_px: int) -> Image.Image:
    pixels = reducible(image)
    levels = Levels.of(pixels)
    factor = min(pixels.size) // (2 * shorter_px)
    if factor > 1:
        pixels = pixels.reduce(factor)
    return as_srgb(pixels, levels, image.info.get("icc_profile"))


def _why_unidentified(data: bytes) -> str:
    if not data:
        return "the file is empty"
    start = data[:64].lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        return "it is only a Git LFS pointer to a picture"
    if start.startswith((b"<!doctype", b"<html")):
        return "it is a web page"
    if start.startswith((b"<svg", b"<?xml")):
        return "drawings in SVG or XML are not supported"
    return "it is no picture, or one too damaged to recognise"


def _why_damaged(error: Exception) -> str:
    text = str(error).lower()
    if "truncated" in text or "broken data stream" in text or isinstance(error, EOFError):
        return "the file is cut off or damaged"
    return "its data are damaged"
