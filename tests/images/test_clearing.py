"""Originals in the cache make room for newer ones."""

import os
import time

import pytest

from cloudanno_desktop.images.cache_eviction import clear_originals
from cloudanno_desktop.images.originals import OriginalStore

DAY_S = 86_400


class Elsewhere:
    """A bucket that is no folder, so that originals are copied."""

    address = "s3://elsewhere"

    def __init__(self, folder):
        self.folder = folder
        self.download = folder.download


@pytest.fixture
def store(tmp_path, bucket):
    return OriginalStore(tmp_path / "originals", Elsewhere(bucket))


@pytest.fixture
def fetched(store, put):
    """Fetch five originals of 1000 bytes, each a day older than the one before."""
    images = [put(number, bytes([number]) * 1000) for number in range(5)]
    store.fetch(images)
    for image in images:
        days_ago(store, image, 2 + image.id)
    return images


def days_ago(store, image, days):
    used = time.time() - days * DAY_S
    os.utime(store.path_of(image), (used, used))


def left(store, images):
    return [image.id for image in images if store.path_of(image)]


def test_the_longest_unused_go_until_the_rest_fits(tmp_path, store, fetched):
    assert clear_originals(tmp_path / "originals", 3000) == 2

    assert left(store, fetched) == [0, 1, 2]
    assert len(list((tmp_path / "originals").rglob("*.blake2b"))) == 3


def test_what_is_used_again_stays(tmp_path, store, fetched):
    store.fetch([fetched[4]])

    clear_originals(tmp_path / "originals", 3000)

    assert left(store, fetched) == [0, 1, 4]


def test_what_a_run_may_be_reading_stays_whatever_the_limit(tmp_path, store, put):
    image = put(1, b"fresh")
    store.fetch([image])

    assert clear_originals(tmp_path / "originals", 0) == 0
    assert store.path_of(image)


def test_nothing_but_originals_is_touched(tmp_path):
    folder = tmp_path / "originals" / "ab"
    folder.mkdir(parents=True)
    for name in ("notes.txt", "a" * 40 + ".123.part"):
        (folder / name).write_bytes(bytes(100))
        os.utime(folder / name, (0, 0))

    assert clear_originals(tmp_path / "originals", 0) == 0
    assert len(list(folder.iterdir())) == 2
    assert clear_originals(tmp_path / "none", 0) == 0


def test_a_cleared_original_is_fetched_again(tmp_path, store, fetched):
    clear_originals(tmp_path / "originals", 0)
    assert left(store, fetched) == []

    again = store.fetch(fetched)

    assert again[3].path.read_bytes() == bytes([3]) * 1000
