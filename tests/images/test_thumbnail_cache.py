"""The thumbnails on disk."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from cloudanno_desktop.images import thumbnail_cache as cache_module
from cloudanno_desktop.images import thumbnail_cache_schema
from cloudanno_desktop.images.render import Thumbnail
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache, ThumbnailKey

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
    monkeypatch.setattr(cache_module, "STALE_AT_ONCE", 1)
    hours = [100]
    monkeypatch.setattr(cache_module.time, "time", lambda: hours[0] * 3600.0)
    for number in range(10):
        cache.put(key(number), thumbnail())
    hours[0] = 101
    cache.get_many([key(0), key(1)])

    for number in (10, 11):
        cache.put(key(number), thumbnail())

    found = cache.get_many([key(number) for number in range(12)])
    assert set(found) == {key(n) for n in (0, 1, 4, 5, 6, 7, 8, 9, 10, 11)}


def test_a_lower_limit_is_reached_step_by_step_and_the_disk_gets_its_space_back(path, monkeypatch):
    monkeypatch.setattr(thumbnail_cache_schema, "MOST_FREE_PAGES", 64)
    with closing(ThumbnailCache(path, 10**9)) as roomy:
        for number in range(500):
            roomy.put(key(number), thumbnail(20_000))
    with closing(ThumbnailCache(path, 1_000_000)) as small:
        for number in range(500, 520):
            small.put(key(number), thumbnail(20_000))
        left = small.get_many([key(number) for number in range(520)])

    assert set(left) == {key(number) for number in range(470, 520)}
    assert path.stat().st_size < 2_500_000


def test_room_is_made_a_few_at_a_time(path):
    with closing(ThumbnailCache(path, 10**9)) as roomy:
        for number in range(200):
            roomy.put(key(number), thumbnail())
    with closing(ThumbnailCache(path, 1000)) as small:
        small.put(key(200), thumbnail())
        left = small.get_many([key(number) for number in range(201)])

    assert len(left) == 201 - cache_module.DROPPED_AT_ONCE


def test_a_larger_thumbnail_is_found_to_make_a_smaller_one_from(cache):
    cache.put(key(1, 512), thumbnail(900))
    cache.put(key(1, 256), thumbnail(500))

    assert cache.get_many([key(1, 160)]) == {}
    assert cache.get_larger(key(1, 160)) == thumbnail(500)
    assert cache.get_larger(key(1, 1024)) is None


def test_a_picture_that_was_never_made_smaller_serves_every_size(cache):
    tiny = Thumbnail(b"jpeg", 30, 20, 30, 20, is_animated=True)
    cache.put(key(1, 256), tiny)

    assert cache.get_many([key(1, 128), key(1, 1024)]) == {key(1, 128): tiny, key(1, 1024): tiny}


def test_the_limit_holds_after_a_restart(cache, path):
    for number in range(10):
        cache.put(key(number), thumbnail())
    again = ThumbnailCache(path, LIMIT)

    for number in range(10, 40):
        again.put(key(number), thumbnail())

    assert len(again.get_many([key(number) for number in range(40)])) <= 10
    again.close()


@pytest.mark.logs_warning
def test_a_file_that_is_no_cache_is_made_anew(path):
    path.write_bytes(b"this is no database at all" * 200)

    cache = ThumbnailCache(path, LIMIT)
    cache.put(key(1), thumbnail())

    assert cache.get_many([key(1)]) == {key(1): thumbnail()}
    cache.close()


@pytest.mark.logs_warning
def test_a_cache_of_another_shape_is_made_anew(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE thumbnail (name TEXT)")
    other.commit()
    other.close()

    cache = ThumbnailCache(path, LIMIT)
    cache.put(key(1), thumbnail())

    assert cache.get_many([key(1)]) == {key(1): thumbnail()}
    cache.close()


@pytest.mark.logs_warning
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


@pytest.mark.logs_warning
def test_damage_that_is_met_later_is_mended_at_once(path):
    with closing(ThumbnailCache(path, 10**9)) as before:
        for number in range(300):
            before.put(key(number), thumbnail(6000))
    with path.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xa5" * (path.stat().st_size - 20 * 4096))

    with closing(ThumbnailCache(path, 10**9)) as damaged:
        damaged.get_many([key(number) for number in range(300)])
        for number in range(400, 700):
            damaged.put(key(number), thumbnail(6000))
        damaged.get_many([key(number) for number in range(300)])
        for number in range(700, 705):
            damaged.put(key(number), thumbnail(6000))
        found = damaged.get_many([key(number) for number in range(700, 705)])

    assert len(found) == 5
    with closing(sqlite3.connect(path)) as mended:
        assert mended.execute("PRAGMA integrity_check").fetchone() == ("ok",)


KILLED = """
import sys
from pathlib import Path
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache, ThumbnailKey
from cloudanno_desktop.images.render import Thumbnail
cache = ThumbnailCache(Path(sys.argv[1]), 3_000_000)
for number in range(10**9):
    cache.put(ThumbnailKey(f"etag-{number}", 1, 160), Thumbnail(b"x" * 9000, 1, 1, 2, 2))
    print(number, flush=True)
"""


def test_a_killed_process_leaves_a_sound_file(path):
    with subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE) as writer:
        while int(writer.stdout.readline()) < 500:
            pass
        writer.kill()

    with closing(ThumbnailCache(path, 3_000_000)) as cache:
        found = cache.get_many([ThumbnailKey(f"etag-{n}", 1, 160) for n in range(400, 500)])
    assert len(found) == 100
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = left.execute("SELECT sum(bytes) FROM thumbnail").fetchone()
        assert left.execute("SELECT bytes FROM total").fetchone() == kept
        assert kept[0] <= 3_000_000


def test_two_windows_share_one_file_and_one_limit(path):
    with closing(ThumbnailCache(path, LIMIT)) as one, closing(ThumbnailCache(path, LIMIT)) as two:
        for number in range(20):
            (one if number % 2 else two).put(key(number), thumbnail())
        found = one.get_many([key(number) for number in range(20)])

        assert found == two.get_many([key(number) for number in range(20)])
        assert set(found) == {key(number) for number in range(10, 20)}


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


@pytest.mark.logs_warning
def test_where_no_file_can_be_had_a_little_is_kept_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnail_cache_schema, "MEMORY_PAGES", 32)
    cache = ThumbnailCache(tmp_path / "missing" / "thumbnails.db", 10**9)

    for number in range(200):
        cache.put(key(number), thumbnail())
    found = cache.get_many([key(number) for number in range(200)])
    cache.close()

    assert 0 < len(found) < 200
