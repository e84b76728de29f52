"""Read pictures as the networks see them: upright RGB, 224 × 224, 0..255."""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps
from PIL.Image import Resampling

from cloudanno_desktop.dataset.run_folder import Resize
from cloudanno_desktop.images.decode import open_picture, read_picture_file
from cloudanno_desktop.training.lookahead import map_ahead

INPUT_PX = 224
# Part of the identity of cached features: raise it when the same file gives other pixels.
PIXELS_VERSION = 2
# Decoding to one and a half times the target keeps the fine detail that plain scaling would lose.
DECODE_PX = INPUT_PX * 3 // 2

Pixels = npt.NDArray[np.uint8]


def read_pixels(path: Path, resize: Resize) -> Pixels:
    """Return the picture at ``path`` as 224 × 224 × 3.

    ``resize`` says to ``stretch`` it to the square, ``crop`` its middle, or ``pad`` it with black.
    Raises ``PictureUnreadable``, also if the file is missing.
    """
    return square(open_picture(read_picture_file(path), DECODE_PX)[0], resize)


def square(picture: Image.Image, resize: Resize) -> Pixels:
    """Bring an upright RGB picture to the size that the networks take."""
    size = (INPUT_PX, INPUT_PX)
    if resize == "crop":
        picture = ImageOps.fit(picture, size, Resampling.BILINEAR)
    elif resize == "pad":
        picture = ImageOps.pad(picture, size, Resampling.BILINEAR)
    else:
        picture = picture.resize(size, Resampling.BILINEAR)
    return np.asarray(picture, np.uint8)


def read_batches(
    paths: Sequence[Path], resize: Resize, size: int = 32
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield pictures as float32 batches n × 224 × 224 × 3, 0..255. Raises ``PictureUnreadable``."""
    pixels = map_ahead(lambda path: read_pixels(path, resize), paths, decode_threads())
    while batch := list(islice(pixels, size)):
        yield np.stack(batch).astype(np.float32)


def decode_threads() -> int:
    return min(os.cpu_count() or 1, 4)
