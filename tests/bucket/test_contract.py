"""What every kind of bucket promises; the same tests for all of them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.errors import (
    KeyRefused,
    NotModified,
    ObjectMissing,
    PreconditionFailed,
)
from cloudanno_desktop.errors import FileProblem
from cloudanno_desktop.progress import Cancelled


@pytest.fixture(params=["folder", "s3", "shaky"])
def whole_bucket(request):
    return request.getfixturevalue(f"{request.param}_bucket")


ODD_KEYS = [
    "a b/c d.jpg",
    "plus+and%and#and?.jpg",
    "percent%20encoded.jpg",
    "%E9 is no byte here.jpg",
    "a&b=c;d,e.jpg",
    "quote'and\"double.jpg",
    "<xml>&amp;.jpg",
    "emoji 🐦‍⬛.jpg",
    "猫の写真.jpg",
    "e\u0301 and é.jpg",
    "new\nline.jpg",
    "tab\tand\rreturn.jpg",
    "\x01control.jpg",
    "back\\slash.jpg",
    "..three dots….jpg",
    " leading and trailing ",
    "case.JPG",
    "CASE.jpg",
    "s" * 255,
    "/".join(["d" * 100] * 8),
]


def keys_of(bucket, prefix="", delimiter=""):
    return sorted(e.key for page in bucket.list_pages(prefix, delimiter) for e in page.objects)


def test_an_object_is_read_back_as_it_was_written(bucket):
    before = datetime.now(UTC) - timedelta(seconds=3)

    written = bucket.put("a/b.jpg", b"bytes")
    fetched = bucket.get("a/b.jpg")

    assert fetched.body == b"bytes"
    assert fetched.entry.etag == written.etag == bucket.head("a/b.jpg").etag
    assert (written.key, written.size) == ("a/b.jpg", 5)
    assert before < fetched.entry.modified < datetime.now(UTC) + timedelta(seconds=3)


def test_listing_head_and_get_describe_an_object_alike(bucket):
    bucket.put("x.jpg", b"123")

    (listed,) = next(iter(bucket.list_pages())).objects

    assert listed == bucket.head("x.jpg") == bucket.get("x.jpg").entry
    assert '"' not in listed.etag


def test_the_etag_changes_with_the_bytes(bucket):
    tags = [bucket.put("x", body).etag for body in (b"1", b"2", b"3", b"4")]

    assert len(set(tags)) == 4


def test_an_empty_object_is_an_object(bucket):
    bucket.put("empty", b"")

    assert bucket.get("empty").body == b""
    assert bucket.get_range("empty", 0, 10) == b""
    assert keys_of(bucket) == ["empty"]


@pytest.mark.parametrize("key", ["no", "no/such.jpg", "a.jpg/below", "../x", "a//b", "", "ü" * 513])
def test_what_is_not_there_is_missing_and_nothing_else(bucket, key, tmp_path):
    bucket.put("a.jpg", b"1")

    for read in (
        bucket.get,
        bucket.head,
        lambda key: bucket.get_range(key, 0, 1),
        lambda key: bucket.download(key, tmp_path / "out"),
        lambda key: bucket.copy(key, "copy"),
    ):
        with pytest.raises(ObjectMissing):
            read(key)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_stored_listed_read_copied_and_deleted(bucket, key, tmp_path):
    bucket.put(key, b"odd")

    assert keys_of(bucket) == [key]
    assert bucket.get(key).body == b"odd"
    assert bucket.copy(key, "plain").size == 3
    assert bucket.copy("plain", key).key == key
    bucket.download(key, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"odd"
    assert bucket.delete([key, "plain"]) == []
    assert keys_of(bucket) == []


def test_keys_that_differ_in_case_only_are_two_objects(bucket):
    bucket.put("bird.jpg", b"1")
    bucket.put("BIRD.JPG", b"2")

    assert bucket.get("bird.jpg").body == b"1"
    assert keys_of(bucket) == ["BIRD.JPG", "bird.jpg"]


@pytest.mark.parametrize("key", ["", "\udce9.jpg", "ü" * 513])
def test_a_key_that_no_bucket_can_hold_is_refused(bucket, key):
    if not key and bucket.address.endswith("/"):
        pytest.skip("below a root even the empty key is a name")
    with pytest.raises(KeyRefused):
        bucket.put(key, b"1")


def test_listing_below_a_prefix_returns_only_that(bucket):
    for key in ("a.jpg", "ab/1.jpg", "ab/c/2.jpg", "b.jpg"):
        bucket.put(key, b"1")

    assert keys_of(bucket, "ab/") == ["ab/1.jpg", "ab/c/2.jpg"]
    assert keys_of(bucket, "a") == ["a.jpg", "ab/1.jpg", "ab/c/2.jpg"]
    assert keys_of(bucket, "ab/c/2.jpg") == ["ab/c/2.jpg"]
    assert keys_of(bucket, "nothing/") == []
    assert keys_of(bucket, "/") == []


def test_a_delimiter_shows_one_level(bucket):
    for key in ("a.jpg", "ab/1.jpg", "ab/c/2.jpg", "b/3.jpg"):
        bucket.put(key, b"1")

    (top,) = bucket.list_pages("", "/")
    (below,) = bucket.list_pages("ab/", "/")
    (narrowed,) = bucket.list_pages("a", "/")

    assert [e.key for e in top.objects] == ["a.jpg"]
    assert sorted(top.prefixes) == ["ab/", "b/"]
    assert ([e.key for e in below.objects], below.prefixes) == (["ab/1.jpg"], ["ab/c/"])
    assert ([e.key for e in narrowed.objects], narrowed.prefixes) == (["a.jpg"], ["ab/"])


def test_a_level_whose_objects_are_gone_is_gone(bucket):
    bucket.put("ab/c/2.jpg", b"1")
    bucket.delete(["ab/c/2.jpg"])

    assert [page.prefixes for page in bucket.list_pages("", "/") if page.prefixes] == []


def test_a_known_etag_spares_the_bytes(bucket):
    etag = bucket.put("x", b"1").etag

    with pytest.raises(NotModified):
        bucket.get("x", if_none_match=etag)
    bucket.put("x", b"2")
    assert bucket.get("x", if_none_match=etag).body == b"2"


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 3, b"012"), (4, 100, b"456789"), (9, 1, b"9"), (10, 5, b""), (50, 5, b""), (2, 0, b"")],
)
def test_a_range_is_cut_at_the_end(bucket, start, length, expected):
    bucket.put("digits", b"0123456789")

    assert bucket.get_range("digits", start, length) == expected


@pytest.mark.parametrize(
    ("body", "start"), [(b"0123456789", b"0123"), (b"0123", b"0123"), (b"01", b"01"), (b"", b"")]
)
def test_the_start_of_an_object_comes_with_the_entry_of_the_whole(bucket, body, start):
    entry = bucket.put("digits", body)

    fetched = bucket.get_start("digits", 4)

    assert fetched.body == start
    assert (fetched.entry.etag, fetched.entry.size) == (entry.etag, len(body))


def test_if_absent_writes_only_once(bucket):
    bucket.put("x", b"first", PutOptions(if_absent=True))

    with pytest.raises(PreconditionFailed):
        bucket.put("x", b"second", PutOptions(if_absent=True))
    assert bucket.get("x").body == b"first"


def test_of_many_creators_exactly_one_wins(bucket):
    won = []

    def create(number):
        try:
            bucket.put("x", str(number).encode(), PutOptions(if_absent=True))
        except PreconditionFailed:
            return
        won.append(number)

    threads = [threading.Thread(target=create, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert bucket.get("x").body == str(won[0]).encode()


def test_if_match_replaces_only_what_was_seen(bucket):
    seen = bucket.put("x", b"1").etag
    newer = bucket.put("x", b"2", PutOptions(if_match=seen)).etag

    with pytest.raises(PreconditionFailed):
        bucket.put("x", b"3", PutOptions(if_match=seen))
    assert bucket.get("x").body == b"2"
    bucket.put("x", b"4", PutOptions(if_match=newer))
    assert bucket.get("x").body == b"4"


def test_if_match_on_a_missing_object_fails(bucket):
    with pytest.raises(PreconditionFailed):
        bucket.put("x", b"1", PutOptions(if_match="0" * 32))


def test_deleting_is_complete_and_forgives_missing_keys(bucket):
    for number in range(5):
        bucket.put(f"d/{number}", b"1")

    assert bucket.delete(["d/0", "d/1", "no", "../x", ""]) == []
    assert keys_of(bucket) == ["d/2", "d/3", "d/4"]
    assert bucket.delete([]) == []


def test_a_file_goes_up_and_comes_down_whole(bucket, tmp_path):
    path = tmp_path / "in.jpg"
    path.write_bytes(bytes(range(256)) * 300)
    counted = []

    up = bucket.upload("x.jpg", path, progress=lambda done, total, _="": counted.append(done))
    down = bucket.download("x.jpg", tmp_path / "deep" / "out.jpg")

    assert (tmp_path / "deep" / "out.jpg").read_bytes() == path.read_bytes()
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out.jpg"]
    assert up.etag == down.etag == bucket.head("x.jpg").etag
    assert counted[-1] == up.size == path.stat().st_size
    assert counted == sorted(counted)


def test_a_large_file_goes_up_in_parts(bucket, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"abcdefgh" * (9 << 17))  # 9 MiB

    entry = bucket.upload("large", path, PutOptions(if_absent=True))

    assert entry.size == path.stat().st_size
    assert bucket.get_range("large", entry.size - 4, 10) == b"efgh"
    assert bucket.holds_same_bytes(bucket.head("large"), path)
    with pytest.raises(PreconditionFailed):
        bucket.upload("large", path, PutOptions(if_absent=True))


def stop_at(count):
    def progress(done, total, text=""):
        if done >= count:
            raise Cancelled

    return progress


def test_a_stopped_upload_leaves_nothing(bucket, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"abcdefgh" * (9 << 17))

    with pytest.raises(Cancelled):
        bucket.upload("large", path, progress=stop_at(8 << 20))
    assert keys_of(bucket) == []


def test_a_stopped_upload_leaves_the_old_object(bucket, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"abcdefgh" * (9 << 17))
    bucket.put("large", b"old")

    with pytest.raises(Cancelled):
        bucket.upload("large", path, progress=stop_at(8 << 20))
    assert bucket.get("large").body == b"old"


def test_a_stopped_download_leaves_the_old_file(bucket, tmp_path):
    bucket.put("x", b"12345")
    target = tmp_path / "target" / "out"
    target.parent.mkdir()
    target.write_bytes(b"old")

    with pytest.raises(Cancelled):
        bucket.download("x", target, stop_at(5))
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_a_missing_local_file_is_told_by_name(bucket, tmp_path):
    with pytest.raises(FileProblem, match=r"gone\.jpg"):
        bucket.upload("x", tmp_path / "gone.jpg")


def test_a_download_to_an_impossible_place_is_a_local_problem(bucket, tmp_path):
    bucket.put("x", b"1")
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(FileProblem, match="file"):
        bucket.download("x", tmp_path / "file" / "below")


def test_same_bytes_are_recognised(bucket, tmp_path):
    entry = bucket.put("x", b"12345")
    same, other, longer = tmp_path / "same", tmp_path / "other", tmp_path / "longer"
    same.write_bytes(b"12345")
    other.write_bytes(b"54321")
    longer.write_bytes(b"123456")

    assert bucket.holds_same_bytes(entry, same)
    assert not bucket.holds_same_bytes(entry, other)
    assert not bucket.holds_same_bytes(entry, longer)


def test_a_copy_replaces_its_target(bucket):
    bucket.put("a", b"new")
    bucket.put("b", b"old one")

    entry = bucket.copy("a", "b")

    assert bucket.get("b").body == b"new"
    assert (entry.key, entry.size) == ("b", 3)


def test_the_address_tells_buckets_apart(bucket, tmp_path):
    assert bucket.name
    assert bucket.name in bucket.address
