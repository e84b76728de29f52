"""Every picture that the window decodes: files by Pillow, in any thread; thumbnails by Qt, in one.

A ``QImageReader`` holds a lock of Qt's while it asks the image plug-ins whether a file is theirs.
Some translate a text meanwhile, which calls our translator and so waits for the interpreter lock.
If the GUI thread, which holds that one, then enters a reader of its own, neither ever goes on. So
Qt reads on the GUI thread alone, and there only JPEG, by name (``docs/adr/0006``).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QSize, Qt, QThread
from PySide6.QtGui import QImage, QImageReader

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 64_000_000  # of a file that is read whole: 256 MB
STRIP_PX = 64  # rows that are handed to Qt at once; other threads run in between


def decoded(jpeg: bytes, side_px: int) -> QImage:
    """Decode a JPEG to at most ``side_px``, on the GUI thread; a null image if it is none."""
    assert QThread.isMainThread()
    buffer = QBuffer()
    buffer.setData(QByteArray(jpeg))
    reader = QImageReader(buffer, QByteArray(b"jpeg"))
    reader.setAutoDetectImageFormat(False)  # or all plug-ins are asked if it is none
    full = reader.size()
    if max(full.width(), full.height()) > side_px > 0:
        box = QSize(side_px, side_px)
        reader.setScaledSize(full.scaled(box, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


def read_picture(path: Path, side_px: int = 0) -> QImage:
    """Read a picture file upright, in a background thread.

    Its longer side is scaled to ``side_px``, unless that is 0. Returns a null image if the file is
    no picture, or too large to be read whole.
    """
    from PIL import Image, ImageOps

    from cloudanno_desktop.images.decode import (
        DAMAGED,
        FORMATS,
        MAX_SIDE,
        TOO_LARGE,
        PictureUnreadable,
        open_picture,
        read_picture_file,
    )

    try:
        with Image.open(path, formats=FORMATS) as head:
            if not side_px and head.width * head.height > MOST_PIXELS:
                return QImage()
        picture, _ = open_picture(read_picture_file(path), side_px or MAX_SIDE, by_longer=True)
    except (*DAMAGED, *TOO_LARGE, PictureUnreadable):
        return QImage()
    return _image_of(ImageOps.contain(picture, (side_px, side_px)) if side_px else picture)


def _image_of(picture: "Image.Image") -> QImage:
    """Copy RGB pixels; no plug-in of Qt's takes part."""
    width, height = picture.size
    image = QImage(width, height, QImage.Format.Format_RGBX8888)
    if image.isNull():
        return image
    pixels, row_bytes = memoryview(image.bits()), image.bytesPerLine()
    for top in range(0, height, STRIP_PX):
        bottom = min(top + STRIP_PX, height)
        strip = picture.crop((0, top, width, bottom))
        pixels[top * row_bytes : bottom * row_bytes] = strip.tobytes("raw", "RGBX")
    return image
