"""Time of one thumbnail beside Pillow's full decoding and Qt's scaled reader, in the same run.

Usage: python benchmarks/thumbnails.py

The picture is a generated JPEG of 12 megapixels with the detail and noise of a photo. Figures are
processor time, the median of several rounds in which the three take turns.
"""

import io
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QSize
from PySide6.QtGui import QImageReader

from cloudanno_desktop.thumbnails.render import render

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH, HEIGHT = 4000, 3000
SIZE_PX = 256
ROUNDS = 9


def main() -> None:
    """Print one table."""
    photo = _photo()
    ways: dict[str, Callable[[], object]] = {
        "thumbnails.render": lambda: render(photo, SIZE_PX),
        "Pillow, full decoding": lambda: _full(photo),
        "Qt, scaled reader": lambda: _qt(photo),
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            way()
            spent[name].append(time.process_time() - started)
    medians = {name: statistics.median(times) * 1000 for name, times in spent.items()}
    own = medians["thumbnails.render"]
    print(f"{WIDTH} × {HEIGHT} JPEG of {len(photo) / 1e6:.1f} MB to {SIZE_PX} px\n")
    print("what                     CPU ms   ours is … of it")
    for name, milliseconds in medians.items():
        print(f"{name:24} {milliseconds:6.1f} {own / milliseconds:10.2f}")


def _photo() -> bytes:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = (np.sin(x / 97) + np.cos(y / 53)) * 60 + 128, np.sin(x / 31 + y / 77) * 80 + 128
    pixels = np.stack([*waves, x / WIDTH * 255], axis=-1)
    noise = np.random.default_rng(0).normal(0, 8, pixels.shape)
    body = io.BytesIO()
    Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)).save(body, "JPEG", quality=88)
    return body.getvalue()


def _full(photo: bytes) -> bytes:
    image = Image.open(io.BytesIO(photo))
    image.load()
    small = image.resize((SIZE_PX, SIZE_PX * HEIGHT // WIDTH), Image.Resampling.BICUBIC)
    body = io.BytesIO()
    small.save(body, "JPEG")
    return body.getvalue()


def _qt(photo: bytes) -> QByteArray:
    source = QBuffer()
    source.setData(photo)
    reader = QImageReader(source)
    reader.setScaledSize(QSize(SIZE_PX, SIZE_PX * HEIGHT // WIDTH))
    target = QBuffer()
    target.open(QBuffer.OpenModeFlag.WriteOnly)
    reader.read().save(target, "JPEG")
    return target.data()


if __name__ == "__main__":
    main()
