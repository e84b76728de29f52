"""Many files at a time, between this computer and both kinds of bucket."""

import json
import os
import sys
import threading

import pytest

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.bucket.errors import AccessDenied, BucketMissing, Unreachable
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.errors import FileProblem
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.transfers.plan import PlannedUpload, plan_uploads
from tests.support.canned_service import canned_bucket, xml_error
from tests.support.moving import download_objects, upload_files


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "local"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.jpg").write_bytes(b"%d" % number * 1000)
    return folder


def contents(bucket):
    return {e.key: bucket.get(e.key).body for page in bucket.list_pages() for e in page.objects}


def entries(bucket):
    return sorted((e for page in bucket.list_pages() for e in page.objects), key=lambda e: e.key)


def files(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


class Told:
    """What a transfer told, and from which threads."""

    def __init__(self):
        self.threads = set()
        self.bytes = []
        self.done = []

    def progress(self, done, total, text=""):
        self.threads.add(threading.current_thread())
        self.bytes.append((done, total))

    def on_done(self, *values):
        self.done.append(values)


def test_a_folder_goes_up_and_comes_down_unchanged(bucket, photos, tmp_path):
    plan = plan_uploads([photos], "birds").uploads
    status_changed = Told()

    report = upload_files(
        bucket, plan, progress=status_changed.progress, on_done=status_changed.on_done
    )
    inside = RootedBucket(bucket, "birds/local/")
    down = download_objects(inside, entries(inside), tmp_path / "down")

    assert len(report.done) == len(down.done) == 12
    assert report.skipped == report.failed == []
    assert contents(bucket)["birds/local/03.jpg"] == b"3" * 1000
    assert files(tmp_path / "down") == files(photos)
    assert status_changed.threads == {threading.current_thread()}
    assert status_changed.bytes[0][0] == 0
    assert (
        status_changed.bytes[-1] == (status_changed.bytes[0][1],) * 2 == (sum(_sizes(photos)),) * 2
    )
    assert {(spec.path, spec.key) for spec, _ in status_changed.done} == {
        (u.path, u.key) for u in plan
    }
    assert all(entry.key == spec.key for spec, entry in status_changed.done)


def _sizes(folder):
    return [path.stat().st_size for path in folder.iterdir()]


def test_the_same_bytes_are_not_moved_twice(bucket, photos, tmp_path):
    plan = plan_uploads([photos]).uploads
    upload_files(bucket, plan)
    before = entries(bucket)
    status_changed = Told()

    report = upload_files(bucket, plan, on_done=status_changed.on_done)
    download_objects(bucket, before, tmp_path / "down")
    again = download_objects(bucket, before, tmp_path / "down")

    assert (len(report.done), len(report.skipped)) == (0, 12)
    assert entries(bucket) == before
    assert len(status_changed.done) == 12
    assert (len(again.done), len(again.skipped)) == (0, 12)


def test_a_small_object_that_has_grown_large_since_it_was_listed_comes_whole(bucket, tmp_path):
    bucket.put("a.jpg", b"small")
    listed = entries(bucket)
    bucket.put("a.jpg", bytes(range(256)) * 5_000)

    download_objects(bucket, listed, tmp_path / "down")

    assert files(tmp_path / "down") == {"a.jpg": bytes(range(256)) * 5_000}


def test_different_bytes_of_one_name_get_a_number(bucket, tmp_path):
    plan = []
    for number in range(6):
        path = tmp_path / str(number) / "IMG.jpg"
        path.parent.mkdir()
        path.write_bytes(b"%d" % (number % 3))
        plan += plan_uploads([path], "x/").uploads

    report = upload_files(bucket, plan)

    assert set(contents(bucket)) == {"x/IMG.jpg", "x/IMG (2).jpg", "x/IMG (3).jpg"}
    assert set(contents(bucket).values()) == {b"0", b"1", b"2"}
    assert (len(report.done), len(report.skipped)) == (3, 3)


def test_a_numbered_name_that_is_also_planned_loses_no_file(bucket, tmp_path):
    bodies = {"a/IMG.jpg": b"1", "b/IMG.jpg": b"2", "c/IMG (2).jpg": b"3"}
    for name, body in bodies.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(body)

    upload_files(bucket, plan_uploads([tmp_path / name for name in bodies]).uploads)

    assert sorted(contents(bucket).values()) == [b"1", b"2", b"3"]


def test_a_download_writes_over_no_file(bucket, tmp_path):
    bucket.put("a/x.jpg", b"theirs")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jpg").write_bytes(b"mine")

    download_objects(bucket, entries(bucket), tmp_path)
    download_objects(bucket, entries(bucket), tmp_path)

    assert (tmp_path / "a" / "x.jpg").read_bytes() == b"mine"
    assert (tmp_path / "a" / "x (2).jpg").read_bytes() == b"theirs"
    assert len(list((tmp_path / "a").iterdir())) == 2


def test_odd_keys_of_a_service_come_down_inside_the_folder(s3_bucket, tmp_path):
    keys = ["../../up.jpg", "x//y.jpg", "a/b", "a/B", "a", "/top", "l" * 300 + ".jpg", ".", "z/"]
    for key in keys:
        s3_bucket.put(key, key.encode())
    target = tmp_path / "deep" / "target"

    report = download_objects(s3_bucket, entries(s3_bucket), target)

    assert report.failed == []
    assert sorted(files(target).values()) == sorted(key.encode() for key in keys)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["target"]
    again = download_objects(s3_bucket, entries(s3_bucket), target)
    assert len(again.skipped) == len(keys)


def test_one_bad_file_is_listed_and_stops_nothing(bucket, photos):
    plan = plan_uploads([photos]).uploads
    plan.insert(3, PlannedUpload(photos / "gone.jpg", "gone.jpg"))
    plan.insert(5, PlannedUpload(photos / "01.jpg", "ü" * 600))

    report = upload_files(bucket, plan)

    assert len(report.done) == 12
    assert sorted(failure.key for failure in report.failed) == ["gone.jpg", "ü" * 600]
    assert all(failure.reason for failure in report.failed)


def test_an_object_that_vanished_is_listed_and_stops_nothing(bucket, tmp_path):
    for number in range(5):
        bucket.put(f"{number}.jpg", b"1")
    needed = entries(bucket)
    bucket.delete(["0.jpg", "1.jpg", "2.jpg", "3.jpg"])

    report = download_objects(bucket, needed, tmp_path / "down")

    assert [moved.key for moved in report.done] == ["4.jpg"]
    assert len(report.failed) == 4
    assert list(files(tmp_path / "down")) == ["4.jpg"]


def test_only_bad_files_are_a_report_not_an_error(bucket, tmp_path):
    report = upload_files(bucket, [PlannedUpload(tmp_path / "gone.jpg", "gone.jpg")] * 4)

    assert len(report.failed) == 4


def test_stopping_ends_every_thread_and_leaves_whole_objects_only(bucket, photos):
    def stop(done, total, text=""):
        if done > 3000:
            raise Cancelled

    plan = [PlannedUpload(photos / f"{n % 12:02}.jpg", f"{n:04}.jpg") for n in range(2000)]
    with pytest.raises(Cancelled):
        upload_files(bucket, plan, parallel=2, progress=stop)

    assert not [t for t in threading.enumerate() if t.name.startswith("transfer")]
    whole = {path.read_bytes() for path in photos.iterdir()}
    assert 0 < len(contents(bucket)) < 2000
    assert set(contents(bucket).values()) <= whole


@pytest.mark.logs_warning
def test_a_bug_of_the_caller_is_not_swallowed(bucket, photos):
    def broken(*_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        upload_files(bucket, plan_uploads([photos]).uploads, on_done=broken)
    assert not [t for t in threading.enumerate() if t.name.startswith("transfer")]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [(xml_error(403, "AccessDenied"), AccessDenied), (b"", Unreachable)],
)
def test_a_service_that_refuses_ends_the_transfer_soon(photos, reply, expected):
    plan = [PlannedUpload(photos / "00.jpg", f"{n}.jpg") for n in range(500)]

    with canned_bucket(reply) as (bucket, requests), pytest.raises(expected):
        upload_files(bucket, plan, parallel=2)
    assert len(requests) < 50


def test_a_single_refused_file_ends_with_the_service_error(photos):
    refused = canned_bucket(xml_error(403, "AccessDenied"))
    with refused as (bucket, _), pytest.raises(AccessDenied):
        upload_files(bucket, [PlannedUpload(photos / "00.jpg", "a.jpg")])


def test_a_missing_bucket_ends_the_transfer(s3_service, photos, tmp_path):
    bucket = S3Bucket(s3_service, "no-such-bucket")
    needed = StoredObject("x", 1, "e", None)

    with pytest.raises(BucketMissing):
        upload_files(bucket, plan_uploads([photos]).uploads)
    with pytest.raises(BucketMissing):
        download_objects(bucket, [needed], tmp_path)


class NoConditions(FolderBucket):
    """A service that knows no conditional writes."""

    def upload(self, key, path, options, progress):
        from cloudanno_desktop.bucket.errors import ConditionRefused

        if options.if_absent:
            raise ConditionRefused(key)
        return super().upload(key, path, options, progress)


def test_a_service_without_conditions_loses_no_file(photos, tmp_path):
    (tmp_path / "root").mkdir()
    bucket = NoConditions(tmp_path / "root")

    report = upload_files(bucket, plan_uploads([photos]).uploads)

    assert len(report.done) == 12
    assert set(contents(bucket).values()) == {path.read_bytes() for path in photos.iterdir()}


def test_a_plan_names_files_by_the_target_and_their_folders(photos, tmp_path):
    (photos / "deep" / "er").mkdir(parents=True)
    (photos / "deep" / "er" / "x y.jpg").write_bytes(b"1")
    (photos / "empty").mkdir()

    plan = plan_uploads([photos / "00.jpg", photos / "deep"], "to/").uploads

    assert [upload.key for upload in plan] == ["to/00.jpg", "to/deep/er/x y.jpg"]
    assert (
        plan_uploads([photos / "deep"], accept=lambda key: not key.endswith(".jpg")).uploads == []
    )
    with pytest.raises(FileProblem, match="nowhere"):
        plan_uploads([tmp_path / "nowhere"])


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and links")
def test_a_plan_leaves_out_pipes_and_loops(photos):
    os.mkfifo(photos / "pipe.jpg")
    (photos / "loop").symlink_to(photos)
    (photos / "dead.jpg").symlink_to(photos / "nothing")

    assert len(plan_uploads([photos]).uploads) == 12


@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
def test_every_odd_name_survives_both_ways(bucket, shared_data, tmp_path):
    folder = tmp_path / "names"
    names = json.loads((shared_data / "odd" / "names.json").read_text("utf-8"))
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    bodies = sorted(name.encode("utf-8", "surrogateescape") for name in names)

    report = upload_files(bucket, plan_uploads([folder]).uploads)
    down = download_objects(bucket, entries(bucket), tmp_path / "down")

    assert report.failed == down.failed == []
    assert len(report.done) == len(down.done) == len(names)
    assert sorted(contents(bucket).values()) == bodies
    assert sorted(files(tmp_path / "down").values()) == bodies
    assert "names/latin1-%E9%FF.jpg" in contents(bucket)
    same = {f"names/{name}" for name in names if name.isprintable()}
    assert same <= set(contents(bucket))
    again = upload_files(bucket, plan_uploads([folder]).uploads)
    assert len(again.skipped) == len(names)
