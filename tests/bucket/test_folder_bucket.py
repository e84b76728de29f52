"""What only a folder can do or suffer."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    BucketMissing,
    KeyRefused,
    ObjectMissing,
    PreconditionFailed,
    PresignImpossible,
    StorageFailed,
)
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.keys import segment_problem
from cloudanno_desktop.errors import DiskFull
from cloudanno_desktop.files import ABANDONED_S

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX names")
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")


@pytest.fixture
def root(folder_bucket):
    return Path(folder_bucket.address)


def keys_of(bucket):
    return sorted(e.key for page in bucket.list_pages() for e in page.objects)


@pytest.mark.parametrize(
    "key", ["", "a//b", "/a", "a/", ".", "..", "../out", "a/../../out", "./a", "nul\0", "s" * 256]
)
def test_keys_that_a_folder_cannot_hold_are_refused_and_leave_nothing(folder_bucket, root, key):
    with pytest.raises(KeyRefused):
        folder_bucket.put(key, b"1")
    assert list(root.iterdir()) == []
    assert [path.name for path in root.parent.iterdir()] == ["photos"]


@pytest.mark.parametrize(
    "name", ["CON", "con.jpg", "a:b", "a?", "end.", "end ", "back\\slash", "COM1"]
)
def test_names_that_windows_keeps_are_refused_there_only(name):
    assert segment_problem(name, windows=True)
    assert segment_problem(name, windows=False) is None


def test_a_file_in_the_way_of_a_folder_is_told(folder_bucket):
    folder_bucket.put("a", b"1")
    folder_bucket.put("d/b", b"1")

    with pytest.raises(KeyRefused, match="in the way"):
        folder_bucket.put("a/b", b"1")
    with pytest.raises(KeyRefused, match="in the way"):
        folder_bucket.put("d", b"1")
    with pytest.raises(KeyRefused, match="in the way"):
        folder_bucket.put("d", b"1", PutOptions(if_absent=True))
    assert keys_of(folder_bucket) == ["a", "d/b"]


@linux
def test_names_that_are_not_text_are_listed_and_read_by_an_escaped_key(folder_bucket, root):
    folder = root / "f\udcfc"
    folder.mkdir()
    (folder / "latin1-\udce9\udcff.jpg").write_bytes(b"bytes")
    key = "f%FC/latin1-%E9%FF.jpg"

    assert keys_of(folder_bucket) == [key]
    assert folder_bucket.get(key).body == b"bytes"
    assert next(folder_bucket.list_pages("f%FC/", "/")).objects[0].key == key
    folder_bucket.put(key, b"new")
    assert (folder / "latin1-\udce9\udcff.jpg").read_bytes() == b"new"
    assert folder_bucket.delete([key]) == []
    assert keys_of(folder_bucket) == []


@linux
def test_a_name_that_looks_escaped_wins_over_one_that_is(folder_bucket, root):
    (root / "\udce9").write_bytes(b"raw")
    (root / "%E9").write_bytes(b"text")

    assert keys_of(folder_bucket) == ["%E9"]
    assert folder_bucket.get("%E9").body == b"text"


@posix
def test_links_out_of_the_folder_are_neither_listed_nor_read_nor_written(folder_bucket, root):
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"secret")
    (root / "link.jpg").symlink_to(outside / "secret.jpg")
    (root / "dir").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "dead").symlink_to(root / "nothing")

    assert keys_of(folder_bucket) == []
    for key in ("link.jpg", "dir/secret.jpg"):
        with pytest.raises(ObjectMissing):
            folder_bucket.get(key)
    with pytest.raises(KeyRefused):
        folder_bucket.put("dir/new.jpg", b"1")
    folder_bucket.delete(["dir/secret.jpg"])
    assert [path.name for path in outside.iterdir()] == ["secret.jpg"]


@posix
def test_writing_to_a_linked_name_replaces_the_link_not_its_target(folder_bucket, root):
    outside = root.parent / "outside.jpg"
    outside.write_bytes(b"kept")
    (root / "link.jpg").symlink_to(outside)

    folder_bucket.put("link.jpg", b"new")

    assert outside.read_bytes() == b"kept"
    assert folder_bucket.get("link.jpg").body == b"new"


@posix
def test_a_pipe_is_no_object_and_blocks_nobody(folder_bucket, root):
    os.mkfifo(root / "pipe.jpg")

    assert keys_of(folder_bucket) == []
    with pytest.raises(ObjectMissing):
        folder_bucket.get("pipe.jpg")


def test_parts_are_hidden_and_abandoned_ones_removed(folder_bucket, root):
    fresh, old = root / f".cloudanno-{'0' * 16}.part", root / f".cloudanno-{'1' * 16}.part"
    for path in (fresh, old, root / "mine.part", root / ".cloudanno-notes.part"):
        path.write_bytes(b"1")
    then = time.time() - ABANDONED_S - 60
    for path in (old, root / "mine.part"):
        os.utime(path, (then, then))

    assert keys_of(folder_bucket) == [".cloudanno-notes.part", "mine.part"]
    assert fresh.exists()
    assert not old.exists()
    with pytest.raises(KeyRefused):
        folder_bucket.put(fresh.name, b"1")


def test_writes_leave_nothing_but_the_object(folder_bucket, root):
    etag = folder_bucket.put("a/x", b"1", PutOptions(if_absent=True)).etag
    folder_bucket.put("a/x", b"2", PutOptions(if_match=etag))

    visible = [path for path in root.rglob("*") if path.name != ".cloudanno.lock"]
    assert sorted(visible) == [root / "a", root / "a" / "x"]


def test_a_full_disk_leaves_the_old_object_and_no_part(folder_bucket, root, tmp_path, monkeypatch):
    folder_bucket.put("x", b"old")
    (tmp_path / "big").write_bytes(b"new")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        folder_bucket.put("x", b"new")
    with pytest.raises(DiskFull):
        folder_bucket.upload("x", tmp_path / "big")
    with pytest.raises(DiskFull):
        folder_bucket.download("x", tmp_path / "out")
    monkeypatch.undo()
    assert folder_bucket.get("x").body == b"old"
    assert [p.name for p in root.iterdir() if p.name.endswith(".part")] == []
    assert not (tmp_path / "out").exists()


def test_a_refused_read_is_a_failure_of_the_storage_not_a_missing_object(folder_bucket):
    folder_bucket.put("x", b"1")

    with pytest.raises(StorageFailed):
        folder_bucket.get_range("x", -1, 1)


def test_a_folder_that_is_not_there_is_a_missing_bucket(tmp_path):
    bucket = FolderBucket(tmp_path / "gone")

    for attempt in (
        lambda: list(bucket.list_pages()),
        lambda: list(bucket.list_pages("", "/")),
        lambda: bucket.get("x"),
        lambda: bucket.put("x", b"1"),
        lambda: bucket.delete(["x"]),
    ):
        with pytest.raises(BucketMissing, match="gone"):
            attempt()
    assert not (tmp_path / "gone").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do all")
def test_a_locked_folder_denies_access(folder_bucket, root):
    (root / "locked").mkdir(mode=0)

    with pytest.raises(AccessDenied, match="permission"):
        list(folder_bucket.list_pages())


def test_a_listing_that_could_not_read_a_folder_fails(folder_bucket, root, monkeypatch):
    folder_bucket.put("a/x", b"1")
    real = os.scandir

    def deny(path):
        if str(path).endswith("a"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(AccessDenied):
        list(folder_bucket.list_pages())


def test_a_copy_made_by_another_program_has_another_etag(folder_bucket, root):
    before = folder_bucket.put("x", b"1").etag
    (root / "x").write_bytes(b"22")

    assert folder_bucket.head("x").etag != before


def test_two_windows_on_one_folder_cannot_both_replace(folder_bucket, root):
    other = FolderBucket(root)
    seen = folder_bucket.put("x", b"1").etag

    other.put("x", b"2", PutOptions(if_match=seen))

    assert folder_bucket.get("x").body == b"2"
    with pytest.raises(PreconditionFailed):
        folder_bucket.put("x", b"3", PutOptions(if_match=seen))


def test_no_increment_is_lost_between_two_windows(root):
    windows = [FolderBucket(root) for _ in range(2)]
    windows[0].put("count", b"0")

    def count(bucket):
        left = 15
        while left:
            seen = bucket.get("count")
            body = b"%d" % (int(seen.body) + 1)
            try:
                bucket.put("count", body, PutOptions(if_match=seen.entry.etag))
            except PreconditionFailed:
                continue
            left -= 1

    threads = [threading.Thread(target=count, args=(bucket,)) for bucket in windows * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert windows[0].get("count").body == b"60"


WRITER = """
import sys
from pathlib import Path
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
bucket = FolderBucket(Path(sys.argv[1]))
for number in range(100000):
    bucket.put("x", bytes([number % 256]) * 300_000)
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_object_and_no_lock(folder_bucket, root):
    for after in (1, 3, 6):
        command = [sys.executable, "-c", WRITER, str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            for _ in range(after):
                writer.stdout.readline()
            writer.kill()

        body = folder_bucket.get("x").body
        assert len(body) == 300_000
        assert len(set(body)) == 1
        assert keys_of(folder_bucket) == ["x"]
        folder_bucket.put("x", b"\1" * 300_000)


def test_a_listing_has_pages_of_a_thousand(folder_bucket, root):
    for number in range(1005):
        (root / f"{number}.jpg").write_bytes(b"1")

    pages = [[e.key for e in page.objects] for page in folder_bucket.list_pages()]

    assert [len(page) for page in pages] == [1000, 5]
    assert len({key for page in pages for key in page}) == 1005


def test_a_folder_makes_no_links(folder_bucket):
    with pytest.raises(PresignImpossible):
        folder_bucket.presign("x", 60)
