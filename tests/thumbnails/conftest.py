"""Pictures made for the tests, and a bucket that can be made to wait."""

import io
import threading

import pytest
from PIL import Image

from cloudanno_desktop.bucket.folder_bucket import FolderBucket
from cloudanno_desktop.media_messages import Picture


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


class GatedBucket(FolderBucket):
    """A folder whose ``get`` waits for the test, and remembers what was asked."""

    def __init__(self, root):
        super().__init__(root)
        self.gate = threading.Event()
        self.gate.set()
        self.asked = []
        self.entered = threading.Semaphore(0)

    def get(self, key, if_none_match=None):
        self.asked.append(key)
        self.entered.release()
        assert self.gate.wait(30)
        return super().get(key, if_none_match)


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
