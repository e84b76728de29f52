"""The thumbnails on disk."""

import sqlite3
import threading

import pytest

from cloudanno_desktop.thumbnails import cache as cache_module
from cloudanno_desktop.thumbnails.cache import ThumbnailCache, ThumbnailKey
from cloudanno_desktop.thumbnails.render import Thumbnail

LIMIT = 10_000


def thumbnail(size=1000, mark=b"x"):
    return Thumbnail(mark * size, 16, 12, 640, 480)


def key(number, size_px=160):
    return ThumbnailKey(f"etag-{number}", 5000 + number, size_px)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "thumbnails.db"


@pytest.fixture
def cache(path):
    cache = ThumbnailCache(path, LIMIT)
    yield cache
    cache.close()


def test_what_was_put_is_found_again(cache, path):
    cache.put(key(1), thumbnail())
    again = ThumbnailCache(path, LIMIT)

    assert again.get_many([key(1), key(2)]) == {key(1): thumbnail()}
    again.close()


def test_another_size_etag_or_length_is_another_thumbnail(cache):
    cache.put(key(1), thumbnail())

    others = [key(1, 320), ThumbnailKey("etag-1", 1, 160), ThumbnailKey("etag-2", 5001, 160)]
    assert cache.get_many(others) == {}


def test_a_thumbnail_can_be_replaced(cache):
    cache.put(key(1), thumbnail())
    cache.put(key(1), thumbnail(mark=b"y"))

    assert cache.get_many([key(1)]) == {key(1): thumbnail(mark=b"y")}


def test_above_its_limit_the_longest_unused_go(cache, monkeypatch):
    day = [100]
    monkeypatch.setattr(cache_module.time, "time", lambda: day[0] * 86_400.0)
    for number in range(10):
        cache.put(key(number), thumbnail())
    day[0] = 101
    cache.get_many([key(0), key(1)])

    cache.put(key(10), thumbnail())

    found = cache.get_many([key(number) for number in range(11)])
    assert set(found) == {key(n) for n in (0, 1, 4, 5, 6, 7, 8, 9, 10)}


def test_the_limit_holds_after_a_restart(cache, path):
    for number in range(10):
        cache.put(key(number), thumbnail())
    again = ThumbnailCache(path, LIMIT)

    for number in range(10, 40):
        again.put(key(number), thumbnail())

    assert len(again.get_many([key(number) for number in range(40)])) <= 10
    again.close()


def test_a_file_that_is_no_cache_is_made_anew(path):
    path.write_bytes(b"this is no database at all" * 200)

    cache = ThumbnailCache(path, LIMIT)
    cache.put(key(1), thumbnail())

    assert cache.get_many([key(1)]) == {key(1): thumbnail()}
    cache.close()


def test_a_cache_of_another_shape_is_made_anew(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE thumbnail (name TEXT)")
    other.commit()
    other.close()

    cache = ThumbnailCache(path, LIMIT)
    cache.put(key(1), thumbnail())

    assert cache.get_many([key(1)]) == {key(1): thumbnail()}
    cache.close()


def test_a_damaged_file_only_costs_what_it_held(cache, path):
    for number in range(5):
        cache.put(key(number), thumbnail())
    cache.close()
    body = bytearray(path.read_bytes())
    body[4096:] = b"\xa5" * (len(body) - 4096)
    path.write_bytes(body)

    damaged = ThumbnailCache(path, LIMIT)
    damaged.put(key(9), thumbnail())

    assert set(damaged.get_many([key(number) for number in range(10)])) <= {key(9)}
    damaged.close()


def test_many_threads_share_one_cache(cache):
    def work(start):
        for number in range(start, start + 3):
            cache.put(key(number), thumbnail(100))
            assert cache.get_many([key(number)])

    threads = [threading.Thread(target=work, args=(i * 3,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(cache.get_many([key(number) for number in range(24)])) == 24


def test_where_no_file_can_be_had_a_little_is_kept_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "MEMORY_PAGES", 16)
    cache = ThumbnailCache(tmp_path / "missing" / "thumbnails.db", 10**9)

    for number in range(200):
        cache.put(key(number), thumbnail())
    found = cache.get_many([key(number) for number in range(200)])
    cache.close()

    assert 0 < len(found) < 200
