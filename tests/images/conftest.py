"""Pictures made for the tests, and a bucket that can be made to wait."""

import io
import struct
import threading

import pytest
from PIL import Image

from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.media_messages.commands import Picture


@pytest.fixture
def picture_file():
    """Return the bytes of a picture: red with a green left half, so that a turn can be seen."""

    def make(size=(64, 48), form="JPEG", mode="RGB", **options):
        image = Image.new("RGB", size, (200, 30, 30))
        image.paste((30, 200, 30), (0, 0, size[0] // 2, size[1]))
        body = io.BytesIO()
        image.convert(mode).save(body, form, **options)
        return body.getvalue()

    return make


@pytest.fixture
def camera_photo(picture_file):
    """Return the bytes of a large JPEG with a small one inside, as a camera writes them."""

    def make(size, small_size=None, orientation=1, small=None, **options):
        if small is None:
            scale = min(160 / size[0], 120 / size[1])
            content = Image.open(io.BytesIO(picture_file(size)))
            content = content.resize((round(size[0] * scale), round(size[1] * scale)))
            bars = Image.new("RGB", small_size or content.size)
            across, down = bars.width - content.width, bars.height - content.height
            bars.paste(content, (across // 2, down // 2))
            body = io.BytesIO()
            bars.save(body, "JPEG")
            small = body.getvalue()
        return picture_file(size, exif=exif_with(small, orientation), **options)

    return make


def exif_with(small, orientation):
    """Return EXIF with an embedded picture in its second directory."""
    entry = struct.Struct("<HHII")
    first = struct.pack("<H", 1) + entry.pack(0x0112, 3, 1, orientation)
    second = struct.pack("<H", 3) + entry.pack(0x0103, 3, 1, 6)
    start = 8 + len(first) + 4 + len(second) + 24 + 4
    second += entry.pack(0x0201, 4, 1, start) + entry.pack(0x0202, 4, 1, len(small))
    tiff = b"II*\0" + struct.pack("<I", 8) + first + struct.pack("<I", 8 + len(first) + 4)
    return b"Exif\0\0" + tiff + second + bytes(4) + small


class GatedBucket(FolderBucket):
    """A folder whose ``get`` waits for the test, and remembers what was asked.

    Attributes:
        asked: keys that were read whole.
        looked_into: keys of which only the first bytes were read.
    """

    def __init__(self, root):
        super().__init__(root)
        self.gate = threading.Event()
        self.gate.set()
        self.asked = []
        self.looked_into = []
        self.entered = threading.Semaphore(0)

    def get(self, key, if_none_match=None):
        self.asked.append(key)
        self.entered.release()
        assert self.gate.wait(30)
        return super().get(key, if_none_match)

    def get_start(self, key, length):
        self.looked_into.append(key)
        return super().get_start(key, length)


@pytest.fixture
def bucket(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return GatedBucket(folder)


@pytest.fixture
def put(bucket):
    """Put bytes into the bucket and return the image as the window would ask for it."""

    def put(number, body, key=None):
        entry = bucket.put(key or f"{number}.jpg", body)
        return Picture(number, entry.key, entry.etag, entry.size)

    return put


@pytest.fixture
def photo(put, picture_file):
    """Put a small photo of its own width into the bucket."""
    return lambda number: put(number, picture_file((60 + number, 40)))
