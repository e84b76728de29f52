"""Originals of folders that are kept on this computer."""

import io
from dataclasses import dataclass

import pytest
from PIL import Image as Picture

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.bucket.errors import ObjectMissing, Unreachable
from cloudanno_desktop.bucket.s3.botocore_setup import NO_TIME
from cloudanno_desktop.images.offline_originals import OfflineOriginals
from cloudanno_desktop.images.originals import OriginalStore
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache
from cloudanno_desktop.images.thumbnail_maker import ThumbnailMaker


@dataclass(frozen=True)
class Image:
    id: int
    key: str
    etag: str = "1"


class Bodies:
    """A bucket that only downloads, and counts how often."""

    address = "https://s3/photos"

    def __init__(self, bodies):
        self.bodies = bodies
        self.downloads = []
        self.is_reachable = True

    def download(self, key, path, progress=None):
        if not self.is_reachable:
            raise Unreachable(self.address, "no network")
        if key not in self.bodies:
            raise ObjectMissing(key)
        self.downloads.append(key)
        path.write_bytes(self.bodies[key])
        return StoredObject(key, len(self.bodies[key]), "1", NO_TIME)


@pytest.fixture
def bucket():
    return Bodies({"a.jpg": b"aaa", "b.jpg": b"bbbbb"})


@pytest.fixture
def kept(tmp_path, bucket):
    return OfflineOriginals(tmp_path / "project", tmp_path / "cache", bucket)


A, B, GONE = Image(1, "a.jpg"), Image(2, "b.jpg"), Image(3, "gone.jpg")


def test_what_is_kept_is_here_without_a_network(kept, bucket):
    report = kept.update([A, B])

    assert (report.images, report.bytes, report.failed) == (2, 8 + 2 * 64, [])
    bucket.is_reachable = False
    assert kept.path(A).read_bytes() == b"aaa"
    assert kept.update([A, B]).images == 2


def test_what_is_kept_no_longer_is_removed(kept):
    kept.update([A, B])

    assert kept.update([B]).images == 1

    assert kept.path(A) is None
    assert kept.path(B).read_bytes() == b"bbbbb"
    kept.update([])
    assert kept.held_bytes() == 0


def test_a_changed_picture_is_fetched_again(kept, bucket):
    kept.update([Image(1, "a.jpg", "0")])
    bucket.downloads.clear()

    kept.update([A])

    assert kept.path(Image(1, "a.jpg", "0")) is None
    assert kept.path(A).read_bytes() == b"aaa"


def test_what_cannot_be_had_is_told_and_the_rest_is_kept(kept):
    report = kept.update([A, GONE])

    assert report.images == 1
    assert [key for key, _ in report.failed] == ["gone.jpg"]


def test_a_lost_network_removes_nothing(kept, bucket):
    kept.update([A])
    bucket.is_reachable = False

    with pytest.raises(Unreachable):
        kept.update([B])

    assert kept.path(A).read_bytes() == b"aaa"


def test_what_the_cache_has_is_not_fetched_again_and_outlives_the_cache(kept, bucket, tmp_path):
    cache = OriginalStore(tmp_path / "cache", bucket)
    cache.fetch([A])

    kept.update([A])
    cache.place_of(A).unlink()

    assert bucket.downloads == ["a.jpg"]
    assert kept.path(A).read_bytes() == b"aaa"


def test_training_uses_what_is_kept(kept, bucket, tmp_path):
    kept.update([A])
    bucket.is_reachable = False

    store = OriginalStore(tmp_path / "cache", bucket, tmp_path / "project" / "kept")

    assert store.fetch([A])[1].path.read_bytes() == b"aaa"


def test_a_kept_original_is_shown_in_any_size_without_the_bucket(kept, bucket, tmp_path):
    body = io.BytesIO()
    Picture.new("RGB", (640, 480), (9, 99, 199)).save(body, "JPEG")
    bucket.bodies["a.jpg"] = body.getvalue()
    kept.update([A])
    cache = ThumbnailCache(tmp_path / "thumbnails.db", 10_000_000)
    making = ThumbnailMaker(bucket, cache, kept.path)

    sizes = [making.make(SizedImage(1, "a.jpg", "1", 5), px).width for px in (64, 320)]

    assert sizes == [64, 320]
    cache.close()


@dataclass(frozen=True)
class SizedImage(Image):
    size: int = 0
