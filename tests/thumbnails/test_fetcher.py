"""Fetching thumbnails: what is wanted now, in that order, whatever the pictures are."""

import queue

import pytest

from cloudanno_desktop.bucket.bucket import ObjectMissing
from cloudanno_desktop.media_messages import Picture
from cloudanno_desktop.thumbnails.cache import ThumbnailCache, ThumbnailKey
from cloudanno_desktop.thumbnails.fetcher import LARGEST_FILE_BYTES, THREADS, ThumbnailFetcher
from cloudanno_desktop.thumbnails.picture import PictureUnreadable


@pytest.fixture
def outcomes():
    return queue.Queue()


@pytest.fixture
def cache(tmp_path):
    cache = ThumbnailCache(tmp_path / "thumbnails.db", 10_000_000)
    yield cache
    cache.close()


@pytest.fixture
def fetcher(bucket, cache, outcomes):
    fetcher = ThumbnailFetcher(bucket, cache, outcomes.put)
    yield fetcher
    bucket.gate.set()
    fetcher.stop()
    for thread in fetcher.threads:
        thread.join(30)


def take(outcomes, count):
    return [outcomes.get(timeout=30) for _ in range(count)]


def test_every_wanted_picture_is_answered(fetcher, outcomes, photo):
    images = [photo(i) for i in range(20)]

    fetcher.want(images, 32, generation=5)

    told = {outcome.image.id: outcome for outcome in take(outcomes, 20)}
    assert set(told) == set(range(20))
    assert all(o.thumbnail.source_width == 60 + i for i, o in told.items())
    assert {(o.generation, o.size_px) for o in told.values()} == {(5, 32)}


def test_a_thumbnail_is_fetched_once_and_then_comes_from_the_cache(
    fetcher, outcomes, bucket, photo
):
    image = photo(1)
    fetcher.want([image], 32, generation=1)
    (first,) = take(outcomes, 1)

    fetcher.want([image], 32, generation=2)

    (second,) = take(outcomes, 1)
    assert second.thumbnail == first.thumbnail
    assert second.generation == 2
    assert bucket.asked == ["1.jpg"]


def test_a_new_wish_replaces_what_was_not_begun(fetcher, outcomes, bucket, photo):
    bucket.gate.clear()
    old = [photo(i) for i in range(100)]
    new = [photo(i) for i in range(200, 205)]
    fetcher.want(old, 32, generation=1)
    for _ in range(THREADS):
        assert bucket.entered.acquire(timeout=30)

    fetcher.want(new, 32, generation=2)
    bucket.gate.set()

    told = take(outcomes, THREADS + 5)
    assert {o.image.id for o in told if o.generation == 2} == set(range(200, 205))
    assert len(bucket.asked) == THREADS + 5
    assert bucket.asked[:THREADS] == [f"{i}.jpg" for i in range(THREADS)]


def test_a_picture_in_flight_answers_the_newest_wish(fetcher, outcomes, bucket, photo):
    bucket.gate.clear()
    image = photo(1)
    fetcher.want([image], 32, generation=1)
    assert bucket.entered.acquire(timeout=30)

    fetcher.want([image, image], 32, generation=2)
    bucket.gate.set()

    (outcome,) = take(outcomes, 1)
    assert outcome.generation == 2
    assert bucket.asked == ["1.jpg"]


def test_a_broken_picture_does_not_stop_the_others(fetcher, outcomes, put, photo):
    images = [put(i, b"broken") if i % 2 else photo(i) for i in range(40)]

    fetcher.want(images, 32, generation=1)

    told = take(outcomes, 40)
    assert {o.image.id for o in told if o.thumbnail} == set(range(0, 40, 2))
    assert all(isinstance(o.error, PictureUnreadable) for o in told if not o.thumbnail)


def test_a_bug_over_one_picture_does_not_stop_the_others(fetcher, outcomes, bucket, photo, capfd):
    def stumble(key, if_none_match=None):
        raise RuntimeError("bug")

    bucket.get = stumble
    fetcher.want([photo(i) for i in range(THREADS * 2)], 32, generation=1)
    take(outcomes, THREADS * 2)
    del bucket.get

    fetcher.want([photo(99)], 32, generation=2)

    assert take(outcomes, 1)[0].thumbnail
    assert "RuntimeError: bug" in capfd.readouterr().err


def test_an_object_that_is_gone_is_told(fetcher, outcomes):
    fetcher.want([Picture(1, "gone.jpg", "etag", 10)], 32, generation=1)

    assert isinstance(take(outcomes, 1)[0].error, ObjectMissing)


def test_a_huge_file_is_refused_without_reading_it(fetcher, outcomes, bucket):
    fetcher.want([Picture(1, "big.tif", "etag", LARGEST_FILE_BYTES + 1)], 32, generation=1)

    (outcome,) = take(outcomes, 1)
    assert isinstance(outcome.error, PictureUnreadable)
    assert "256 MB" in str(outcome.error)
    assert bucket.asked == []


def test_a_picture_replaced_since_it_was_listed_is_kept_under_what_it_is(
    fetcher, outcomes, cache, put, picture_file
):
    old = put(1, picture_file((60, 40)))
    new = put(1, picture_file((80, 40)))

    fetcher.want([old], 32, generation=1)
    take(outcomes, 1)

    keys = [ThumbnailKey(image.etag, image.size, 32) for image in (old, new)]
    assert set(cache.get_many(keys)) == {keys[1]}
