"""Original pictures on this machine."""

import hashlib

import boto3
import pytest

from cloudanno_desktop.bucket.errors import ObjectMissing, Unreachable
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.service import S3Service
from cloudanno_desktop.images.originals import OriginalStore
from cloudanno_desktop.media_messages.commands import Picture
from cloudanno_desktop.progress import Cancelled


@pytest.fixture
def remote(s3_endpoint, aws_keys):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    name = "originals"
    client.create_bucket(Bucket=name)
    yield S3Bucket(S3Service(client), name)
    for entry in client.list_objects_v2(Bucket=name).get("Contents", []):
        client.delete_object(Bucket=name, Key=entry["Key"])
    client.delete_bucket(Bucket=name)
    client.close()


@pytest.fixture
def store(tmp_path, remote):
    return OriginalStore(tmp_path / "originals", remote)


def upload(bucket, number, body, key=None):
    entry = bucket.put(key or f"{number}.jpg", body)
    return Picture(number, entry.key, entry.etag, entry.size)


def digest(body):
    return hashlib.blake2b(body, digest_size=32).hexdigest()


def test_originals_are_brought_here_with_their_digest(store, remote):
    keys = ["a.jpg", "deep/x//y ä🐈.jpg", "A.jpg", "n" * 300 + ".jpg"]
    images = [upload(remote, i, b"bytes %d" % i, key) for i, key in enumerate(keys)]
    counts = []

    originals = store.fetch(images, lambda done, total, text="": counts.append((done, total)))

    assert [originals[i].path.read_bytes() for i in range(4)] == [b"bytes %d" % i for i in range(4)]
    assert [originals[i].digest for i in range(4)] == [digest(b"bytes %d" % i) for i in range(4)]
    assert counts[-1] == (4, 4)


def test_an_original_is_downloaded_only_once(store, remote):
    image = upload(remote, 1, b"bytes")
    first = store.fetch([image])
    remote.delete([image.key])

    assert store.fetch([image]) == first


def test_a_changed_object_is_another_original(store, remote):
    old = upload(remote, 1, b"old")
    before = store.fetch([old])[1]
    new = upload(remote, 1, b"new")

    after = store.fetch([new])[1]

    assert (before.path.read_bytes(), after.path.read_bytes()) == (b"old", b"new")
    assert after.digest == digest(b"new")


def test_an_object_replaced_since_it_was_listed_never_poses_as_the_old_one(store, remote):
    old = upload(remote, 1, b"old")
    new = upload(remote, 1, b"new")

    got = store.fetch([old])[1]

    assert got.digest == digest(got.path.read_bytes()) == digest(b"new")
    assert store.fetch([new])[1] == got


def test_a_missing_object_ends_the_work_or_is_told(store, remote):
    here, gone = upload(remote, 1, b"here"), Picture(2, "gone.jpg", "e", 1)
    failed = []

    originals = store.fetch([gone, here], on_failure=lambda *failure: failed.append(failure))

    assert set(originals) == {1}
    assert [(image.key, type(error)) for image, error in failed] == [("gone.jpg", ObjectMissing)]
    with pytest.raises(ObjectMissing):
        store.fetch([gone, here])


def test_a_service_that_does_not_answer_ends_the_work(tmp_path, bucket):
    class Dead(type(bucket)):
        def download(self, key, path, progress=None):
            raise Unreachable("https://s3", "refused")

    images = [Picture(i, f"{i}.jpg", "e", 1) for i in range(50)]
    with pytest.raises(Unreachable):
        OriginalStore(tmp_path / "originals", Dead(tmp_path)).fetch(
            images, on_failure=lambda *failure: None
        )


def test_a_stop_leaves_only_whole_files(store, remote, tmp_path):
    images = [upload(remote, i, b"x" * 100_000) for i in range(30)]

    def stop(done, total, text=""):
        if done > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        store.fetch(images, stop)

    files = [path for path in (tmp_path / "originals").rglob("*") if path.is_file()]
    whole = [path for path in files if path.suffix != ".blake2b"]
    assert {path.stat().st_size for path in whole} == {100_000}
    assert not [path for path in files if "part" in path.name]


def test_a_project_in_a_folder_needs_no_copies(tmp_path):
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "ä b.jpg").write_bytes(b"bytes")
    bucket = FolderBucket(folder)
    (entry,) = [entry for page in bucket.list_pages() for entry in page.objects]
    store = OriginalStore(tmp_path / "originals", bucket)

    original = store.fetch([Picture(1, entry.key, entry.etag, entry.size)])[1]

    assert original.path == folder / "deep" / "ä b.jpg"
    assert original.digest == digest(b"bytes")


def test_a_file_changed_by_hand_is_read_anew(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    bucket = FolderBucket(folder)
    old = upload(bucket, 1, b"old")
    store = OriginalStore(tmp_path / "originals", bucket)
    store.fetch([old])
    upload(bucket, 1, b"by hand")

    original = store.fetch([old])[1]

    assert original.digest == digest(original.path.read_bytes()) == digest(b"by hand")
