"""Colors of more than eight bits, of which Pillow keeps the upper eight of sixteen.

Where a camera fills only the lower bits these are next to nothing. Such a file is decoded a second
time for the lower bytes, and scaled by the bits that its brightest value takes.
"""

import io
import re
import sys
from typing import Any

import numpy as np
from PIL import Image, ImageFile

HALF_SCALE = 128  # of the upper byte: below, at least one bit is not used
_RAW = re.compile(r"(RGB[AX]?;16)([BLN])")
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


def raw_mode(image: ImageFile.ImageFile) -> str:
    """Return how the file of an image that was not loaded yet holds deep colors; else nothing."""
    arguments = image.tile[0].args if image.tile else None
    name = arguments[0] if isinstance(arguments, tuple) else arguments
    return name if isinstance(name, str) and _RAW.fullmatch(name) else ""


def in_full(image: Image.Image, raw: str, data: bytes) -> Image.Image:
    """Return a loaded image whose colors use all eight bits; ``raw`` is its ``raw_mode``."""
    if not raw or max(_upper(image)) >= HALF_SCALE:
        return image
    with Image.open(io.BytesIO(data), formats=(image.format or "",)) as again:
        again.tile = [_with_other_byte(tile) for tile in again.tile]
        again.load()
        lower = np.asarray(again)
    values = np.array(image, np.uint16)
    values[..., :3] = values[..., :3] << 8 | lower[..., :3]
    white = (1 << max(8, int(values[..., :3].max()).bit_length())) - 1
    shades = (np.arange(white + 1) * (255 / white)).round().astype(np.uint8)
    eight = values.astype(np.uint8)  # transparency stays
    eight[..., :3] = shades[values[..., :3]]
    found = Image.fromarray(eight)
    found.info = image.info
    return found


def _upper(image: Image.Image) -> list[int]:
    return [int(channel.getextrema()[1]) for channel in image.split()[:3]]  # type: ignore[arg-type]


def _with_other_byte(tile: Any) -> Any:  # noqa: ANN401  # Pillow's own named tuple
    """Let a decoder take the lower byte of each value for the upper one."""
    arguments = tile.args
    name = arguments[0] if isinstance(arguments, tuple) else arguments
    other = name[:-1] + _OTHER_BYTE[name[-1]]
    return tile._replace(args=(other, *arguments[1:]) if isinstance(arguments, tuple) else other)
