"""Fetching thumbnails: what is wanted now, in that order, whatever the pictures are."""

import io
import os
import queue

import pytest
from PIL import Image

from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.images.decode import MOST_BYTES, PictureUnreadable
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache, ThumbnailKey
from cloudanno_desktop.images.thumbnail_fetcher import THREADS, ThumbnailFetcher
from cloudanno_desktop.media_messages.commands import Picture


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

    reported = {outcome.image.id: outcome for outcome in take(outcomes, 20)}
    assert set(reported) == set(range(20))
    assert all(o.thumbnail.source_width == 60 + i for i, o in reported.items())
    assert {(o.generation, o.size_px) for o in reported.values()} == {(5, 32)}


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

    reported = take(outcomes, THREADS + 5)
    assert {o.image.id for o in reported if o.generation == 2} == set(range(200, 205))
    assert len(bucket.asked) == THREADS + 5
    assert set(bucket.asked[:THREADS]) == {f"{i}.jpg" for i in range(THREADS)}


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

    reported = take(outcomes, 40)
    assert {o.image.id for o in reported if o.thumbnail} == set(range(0, 40, 2))
    assert all(isinstance(o.error, PictureUnreadable) for o in reported if not o.thumbnail)


@pytest.mark.logs_warning
def test_a_bug_over_one_picture_does_not_stop_the_others(fetcher, outcomes, bucket, photo, warned):
    def stumble(key, if_none_match=None):
        raise RuntimeError("bug")

    bucket.get = stumble
    fetcher.want([photo(i) for i in range(THREADS * 2)], 32, generation=1)
    take(outcomes, THREADS * 2)
    del bucket.get

    fetcher.want([photo(99)], 32, generation=2)

    assert take(outcomes, 1)[0].thumbnail
    assert len(warned) == THREADS * 2


def test_an_object_that_is_gone_is_told(fetcher, outcomes):
    fetcher.want([Picture(1, "gone.jpg", "etag", 10)], 32, generation=1)

    assert isinstance(take(outcomes, 1)[0].error, ObjectMissing)


def test_a_huge_file_is_refused_without_reading_it(fetcher, outcomes, bucket):
    fetcher.want([Picture(1, "big.tif", "etag", MOST_BYTES + 1)], 32, generation=1)

    (outcome,) = take(outcomes, 1)
    assert isinstance(outcome.error, PictureUnreadable)
    assert "more than the 300 MB" in str(outcome.error)
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


@pytest.fixture
def large_photo(put, camera_photo):
    """Put a photo of some megabytes with a small picture inside into the bucket."""
    noise = os.urandom(700_000)

    def large_photo(number, **options):
        return put(number, camera_photo((1600, 1200), **options) + noise)

    return large_photo


def blue_file(size):
    body = io.BytesIO()
    Image.new("RGB", size, (20, 20, 220)).save(body, "JPEG")
    return body.getvalue()


def looks_blue(thumbnail):
    red, _green, blue = Image.open(io.BytesIO(thumbnail.jpeg)).getpixel((40, 40))
    return blue > 150 > red


@pytest.mark.parametrize("size_px", [128, 512])
def test_a_small_picture_that_was_left_behind_is_only_a_preview(
    fetcher, outcomes, large_photo, size_px
):
    image = large_photo(1, small=blue_file((160, 120)))

    fetcher.want([image], size_px, generation=1)

    preview, whole = take(outcomes, 2)
    assert preview.is_preview
    assert looks_blue(preview.thumbnail)
    assert (preview.thumbnail.source_width, preview.thumbnail.source_height) == (1600, 1200)
    assert not whole.is_preview
    assert not looks_blue(whole.thumbnail)
    fetcher.want([image], size_px, generation=2)
    assert take(outcomes, 1)[0].thumbnail == whole.thumbnail


def test_a_larger_thumbnail_begins_as_a_preview(fetcher, outcomes, bucket, large_photo):
    fetcher.want([large_photo(1)], 512, generation=1)

    preview, whole = take(outcomes, 2)
    assert preview.is_preview
    assert (preview.thumbnail.width, preview.thumbnail.height) == (160, 120)
    assert not whole.is_preview
    assert (whole.thumbnail.width, whole.thumbnail.height) == (512, 384)
    assert (bucket.looked_into, bucket.asked) == (["1.jpg"], ["1.jpg"])


def test_previews_of_a_screen_come_before_whole_files(fetcher, outcomes, bucket, large_photo):
    images = [large_photo(i) for i in range(20)]
    bucket.gate.clear()

    fetcher.want(images, 512, generation=1)

    assert all(outcome.is_preview for outcome in take(outcomes, 20))
    bucket.gate.set()
    whole = take(outcomes, 20)
    assert {outcome.image.id for outcome in whole} == set(range(20))
    assert not any(outcome.is_preview for outcome in whole)


def test_a_preview_that_scrolled_away_costs_no_whole_file(
    fetcher, outcomes, bucket, large_photo, photo
):
    bucket.gate.clear()
    fetcher.want([large_photo(i) for i in range(20)], 512, generation=1)
    take(outcomes, 20)
    for _ in range(THREADS):
        assert bucket.entered.acquire(timeout=30)

    fetcher.want([photo(50)], 512, generation=2)
    bucket.gate.set()

    take(outcomes, THREADS + 1)
    assert "50.jpg" in bucket.asked
    assert len(bucket.asked) == THREADS + 1


@pytest.mark.parametrize("options", [{"small": b""}, {"small": b"no picture"}])
def test_without_a_small_picture_inside_the_whole_file_is_fetched(
    fetcher, outcomes, bucket, large_photo, options
):
    fetcher.want([large_photo(1, **options)], 128, generation=1)

    (outcome,) = take(outcomes, 1)
    assert (outcome.thumbnail.width, outcome.is_preview) == (128, False)
    assert bucket.asked == ["1.jpg"]


def test_no_zooming_fetches_a_picture_twice(fetcher, outcomes, bucket, large_photo):
    image = large_photo(1)
    for generation, size_px in enumerate((256, 512, 1024, 256, 128), start=1):
        fetcher.want([image], size_px, generation)
        reported = take(outcomes, 2 if generation == 1 else 1)[-1]
        assert (reported.size_px, reported.thumbnail.width) == (size_px, size_px)

    assert bucket.asked == ["1.jpg"]
    assert bucket.looked_into == ["1.jpg"]


def test_a_smaller_thumbnail_is_made_from_a_larger_one_on_disk(
    bucket, cache, outcomes, large_photo
):
    image = large_photo(1)
    for size_px in (512, 256):  # by two programs, one after the other
        fetcher = ThumbnailFetcher(bucket, cache, outcomes.put)
        fetcher.want([image], size_px, generation=1)
        while (reported := outcomes.get(timeout=30)).is_preview:
            pass
        assert reported.thumbnail.width == size_px
        fetcher.stop()
        for thread in fetcher.threads:
            thread.join(30)

    assert bucket.asked == ["1.jpg"]


@pytest.mark.parametrize(("form", "moves"), [("GIF", True), ("WEBP", True), ("TIFF", False)])
def test_a_film_is_told_from_a_document(fetcher, outcomes, put, form, moves):
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue", "green")]
    body = io.BytesIO()
    frames[0].save(body, form, save_all=True, append_images=frames[1:])

    fetcher.want([put(1, body.getvalue(), "film.gif")], 32, generation=1)

    made = take(outcomes, 1)[0].thumbnail
    assert made.is_animated == moves
    red, green, blue = Image.open(io.BytesIO(made.jpeg)).getpixel((16, 16))
    assert red > 200
    assert max(green, blue) < 60


def test_who_waits_for_the_pictures_goes_on_when_all_are_answered(fetcher, outcomes, bucket, photo):
    fetcher.want([photo(i) for i in range(20)], 32, generation=1)

    fetcher.wait_idle(30)

    assert len(bucket.asked) == 20
    take(outcomes, 20)


def test_who_waits_for_the_pictures_goes_on_at_last(fetcher, outcomes, bucket, photo):
    bucket.gate.clear()
    fetcher.want([photo(1)], 32, generation=1)

    fetcher.wait_idle(0.05)

    assert outcomes.empty()
    bucket.gate.set()
    take(outcomes, 1)
