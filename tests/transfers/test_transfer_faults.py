"""What a bad network and a bad service do to uploads and downloads: nothing is lost, or said."""

import threading

import pytest

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.transfers.model import BatchState, Direction, FileState
from cloudanno_desktop.transfers.plan import plan_uploads
from cloudanno_desktop.transfers.retry import RetryPolicy
from tests.support.faulty_service import cut_off, lose_answer, refuse, reset
from tests.support.moving import download_objects, upload_files
from tests.support.queue_watch import running

MIB = 1 << 20


@pytest.fixture
def bucket(faulty, secret, s3_name):
    """A bucket behind the bad network: each try of the queue is one request, and one of boto3's."""
    connection = Connection(name="bad", endpoint_url=faulty.endpoint, access_key_id="test")
    bucket = S3Bucket(make_service(connection, secret, 1), s3_name)
    yield bucket
    bucket.close()


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "local"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.jpg").write_bytes(b"%d" % number * 5000)
    return folder


@pytest.fixture
def large(tmp_path):
    """Three parts and a bit, no two of them alike."""
    path = tmp_path / "large.tif"
    path.write_bytes(b"".join(bytes([n]) * 4096 for n in range(7)) * 900)
    return path


class Counted:
    """Requests that went by."""

    def __init__(self, faulty):
        self.asked = []
        faulty.fails(lambda *_: None, to=self._note)

    def _note(self, asked):
        self.asked.append(asked)
        return False

    @property
    def parts(self):
        """Return the numbers of the parts that were sent, in their order."""
        return sorted(int(a.query["partNumber"]) for a in self.asked if "partNumber" in a.query)

    def ranges(self):
        return [a.headers["Range"] for a in self.asked if a.is_read and "Range" in a.headers]


def contents(s3_bucket):
    entries = (entry for page in s3_bucket.list_pages() for entry in page.objects)
    return {entry.key: s3_bucket.get(entry.key).body for entry in entries}


def expected(folder):
    return {f"{folder.name}/{path.name}": path.read_bytes() for path in folder.iterdir()}


def is_write(asked):
    return asked.method == "PUT"


def part(number):
    return lambda asked: asked.query.get("partNumber") == str(number)


@pytest.mark.parametrize(
    "fault",
    [refuse(503, "SlowDown"), refuse(500, "InternalError"), refuse(503, "503"), reset, lose_answer],
    ids=["slow down", "internal error", "no code", "reset", "lost answer"],
)
def test_uploads_get_through_a_service_that_fails_a_few_times(
    bucket, s3_bucket, faulty, photos, fault
):
    faulty.fails(fault, to=is_write, turns=range(0, 9, 2))

    report = upload_files(bucket, plan_uploads([photos]).uploads, parallel=2)

    assert report.failed == []
    assert len(report.done) + len(report.skipped) == 6
    assert contents(s3_bucket) == expected(photos)
    assert faulty.failed.total() >= 3


@pytest.mark.parametrize("fault", [refuse(503, "SlowDown"), reset, cut_off])
def test_downloads_get_through_a_service_that_fails_a_few_times(
    bucket, s3_bucket, faulty, photos, tmp_path, fault
):
    upload_files(s3_bucket, plan_uploads([photos]).uploads)
    entries = [entry for page in s3_bucket.list_pages() for entry in page.objects]
    faulty.fails(fault, to=lambda asked: asked.is_read, turns=range(0, 9, 2))

    report = download_objects(bucket, entries, tmp_path / "down", parallel=2)

    assert report.failed == []
    down = tmp_path / "down" / "local"
    assert {p.name: p.read_bytes() for p in down.iterdir()} == {
        p.name: p.read_bytes() for p in photos.iterdir()
    }


def test_a_file_that_never_gets_through_is_listed_and_can_be_tried_again(
    bucket, store, s3_bucket, faulty, photos
):
    faulty.fails(refuse(503, "SlowDown"), to=lambda a: is_write(a) and a.path.endswith("3.jpg"))

    with running(store, bucket) as queue:
        batch = queue.upload([photos])
        status = queue.wait(batch)
        assert (status.done, status.failed) == (5, 1)
        assert status.problems[0].name.endswith("3.jpg")
        assert "SlowDown" in status.problems[0].reason
        assert faulty.failed["SlowDown"] == 4 * 2
        faulty.heal()
        queue.transfer_queue.retry(batch, status.problems[0].transfer_id)
        queue.watch.wait(lambda: queue.transfer_queue.status(batch).done == 6)

    assert contents(s3_bucket) == expected(photos)
    assert store.batches() == []


def test_a_failed_file_is_still_listed_after_a_restart(bucket, store, faulty, photos):
    faulty.fails(refuse(400, "InvalidRequest"), to=is_write)
    with running(store, bucket) as queue:
        queue.wait(queue.upload([photos / "1.jpg"]))

    with running(store, bucket) as queue:
        (batch,) = queue.batches
        (problem,) = queue.wait(batch).problems
        assert "InvalidRequest" in problem.reason
        queue.transfer_queue.clear()
        queue.watch.wait(lambda: not store.batches())


def test_the_network_is_waited_for_and_nobody_is_asked(bucket, store, s3_bucket, faulty, photos):
    faulty.fails(reset)

    with running(store, bucket) as queue:
        batch = queue.upload([photos])
        status = queue.wait(batch, BatchState.OFFLINE)
        assert "127.0.0.1" in status.reason
        queue.watch.wait(lambda: faulty.failed["reset"] > 8)
        assert queue.transfer_queue.status(batch).failed == 0
        faulty.heal()
        assert queue.wait(batch).done == 6

    assert contents(s3_bucket) == expected(photos)


def test_a_network_that_is_back_is_used_at_once_when_anything_else_has_met_it(
    bucket, store, s3_bucket, faulty, photos
):
    faulty.fails(reset)
    hours = RetryPolicy(first_s=9999.0, most_offline_s=9999.0)
    with running(store, bucket, retry_policy=hours) as queue:
        batch = queue.upload([photos])
        queue.wait(batch, BatchState.OFFLINE)
        queue.watch.wait(lambda: not queue.transfer_queue._open_batches[batch].running)
        faulty.heal()
        queue.transfer_queue.note_network()
        assert queue.wait(batch).done == 6

    assert contents(s3_bucket) == expected(photos)


def test_a_look_for_the_network_is_never_more_than_a_few_seconds_away():
    assert max(RetryPolicy().delay_s(n, is_offline=True) for n in range(1, 100)) < 5


def test_one_try_at_a_time_looks_for_the_network(bucket, store, faulty, photos):
    at_once, most, lock = set(), [], threading.Lock()

    def reset_slowly(asked, _ask):
        with lock:
            at_once.add(asked.path)
            most.append(len(at_once))
        threading.Event().wait(0.02)
        with lock:
            at_once.discard(asked.path)
        return reset(asked, _ask)

    faulty.fails(reset_slowly)
    with running(store, bucket) as queue:
        batch = queue.upload([photos])
        queue.wait(batch, BatchState.OFFLINE)
        queue.watch.wait(lambda: len(most) > 20)
    assert set(most[16:]) == {1}


def test_a_service_that_does_not_answer_is_given_up_and_asked_again(
    faulty, secret, s3_name, s3_bucket, photos
):
    place = {"endpoint_url": faulty.endpoint, "access_key_id": "test"}
    connection = Connection(name="bad", read_timeout_s=1, **place)
    bucket = S3Bucket(make_service(connection, secret, 1), s3_name)
    faulty.fails(faulty.hang, to=is_write, turns=range(2))

    report = upload_files(bucket, plan_uploads([photos]).uploads, parallel=2)

    bucket.close()
    assert report.failed == []
    assert contents(s3_bucket) == expected(photos)


def test_a_refusal_holds_the_queue_until_the_person_goes_on(
    bucket, store, s3_bucket, faulty, photos
):
    faulty.fails(refuse(403, "AccessDenied"))

    with running(store, bucket, parallel=1) as queue:
        batch = queue.upload([photos])
        status = queue.wait(batch, BatchState.HELD)
        assert "AccessDenied" in status.reason
        assert 3 * 2 <= faulty.failed["AccessDenied"] < 6 * 2
        queue.watch.wait(lambda: not queue.transfer_queue._open_batches[batch].running)
        faulty.heal()
        queue.transfer_queue.resume()
        queue.watch.wait(lambda: queue.transfer_queue.status(batch).done == 6)

    assert contents(s3_bucket) == expected(photos)


def test_parts_that_the_server_has_are_not_sent_again_after_a_restart(
    bucket, store, s3_bucket, s3_client, s3_name, faulty, large
):
    counted = Counted(faulty)
    faulty.fails(reset, to=part(2))
    with running(store, bucket, retry_policy=RetryPolicy(first_s=0.01)) as queue:
        queue.upload([large], labels=("heron",))
        queue.watch.wait(lambda: counted.parts.count(2) > 1)
        queue.watch.wait(lambda: set(counted.parts) == {1, 2, 3, 4})
    sent = counted.parts
    faulty.heal()
    counted = Counted(faulty)

    with running(store, bucket) as queue:
        (batch,) = queue.batches
        assert queue.wait(batch).done == 1

    assert sent.count(1) == sent.count(3) == sent.count(4) == 1
    assert counted.parts == [2]
    assert contents(s3_bucket)["large.tif"] == large.read_bytes()
    assert [row.spec.labels for row in store.files(FileState.STORED)] == [("heron",)]
    assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=s3_name)


def test_a_file_that_was_changed_meanwhile_is_sent_anew(
    bucket, store, s3_bucket, s3_client, s3_name, faulty, large
):
    faulty.fails(reset, to=part(2))
    counted = Counted(faulty)
    with running(store, bucket) as queue:
        queue.upload([large])
        queue.watch.wait(lambda: {1, 3, 4} <= set(counted.parts))
    faulty.heal()
    large.write_bytes(large.read_bytes()[::-1])
    counted = Counted(faulty)

    with running(store, bucket) as queue:
        (batch,) = queue.batches
        queue.wait(batch)

    assert counted.parts == [1, 2, 3, 4]
    assert contents(s3_bucket)["large.tif"] == large.read_bytes()
    assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=s3_name)


def test_a_paused_upload_rests_and_then_sends_only_what_is_missing(
    bucket, store, s3_bucket, faulty, large
):
    counted = Counted(faulty)
    faulty.fails(faulty.hang, to=part(4), turns=range(1))
    with running(store, bucket) as queue:
        batch = queue.upload([large])
        queue.watch.wait(lambda: set(counted.parts) == {1, 2, 3, 4})
        queue.transfer_queue.pause(batch)
        assert queue.transfer_queue.status(batch).state is BatchState.PAUSED
        faulty.woken.set()
        queue.watch.wait(lambda: not queue.transfer_queue._open_batches[batch].running)
        before = len(counted.parts)
        queue.watch.wait(lambda: BatchState.PAUSED in queue.watch.states)
        assert len(counted.parts) == before
        queue.transfer_queue.resume(batch)
        assert queue.wait(batch).done == 1

    assert contents(s3_bucket)["large.tif"] == large.read_bytes()
    assert [counted.parts.count(number) for number in (1, 2, 3)] == [1, 1, 1]


def test_what_is_paused_is_still_paused_after_a_restart(bucket, store, s3_bucket, photos):
    with running(store, bucket, parallel=1) as queue:
        batch = queue.upload([photos])
        queue.transfer_queue.pause()
    with running(store, bucket) as queue:
        queue.wait(batch, BatchState.PAUSED)
        queue.transfer_queue.resume()
        queue.wait(batch)
    assert contents(s3_bucket) == expected(photos)


def test_a_cancelled_upload_leaves_nothing_on_the_server(
    bucket, store, s3_bucket, s3_client, s3_name, faulty, large
):
    counted = Counted(faulty)
    faulty.fails(reset, to=part(2))
    with running(store, bucket) as queue:
        batch = queue.upload([large])
        queue.watch.wait(lambda: {1, 3, 4} <= set(counted.parts))
        faulty.heal()
        faulty.fails(refuse(503, "SlowDown"), to=part(2))
        queue.transfer_queue.cancel(batch)
        queue.watch.wait(lambda: not store.files())

    assert contents(s3_bucket) == {}
    assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=s3_name)


def test_what_was_cancelled_without_a_network_is_removed_at_the_next_start(
    bucket, store, s3_client, s3_name, faulty, large
):
    counted = Counted(faulty)
    faulty.fails(reset, to=part(2))
    with running(store, bucket) as queue:
        batch = queue.upload([large])
        queue.watch.wait(lambda: {1, 3, 4} <= set(counted.parts))
        faulty.fails(reset)
        queue.transfer_queue.cancel(batch)
    faulty.heal()

    with running(store, bucket) as queue:
        queue.watch.wait(lambda: not store.files())
    assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=s3_name)


def test_a_download_goes_on_where_it_was_cut_off(bucket, store, s3_bucket, faulty, large, tmp_path):
    s3_bucket.upload("large.tif", large)
    entries = [s3_bucket.head("large.tif")]
    counted = Counted(faulty)
    faulty.fails(cut_off, to=lambda asked: asked.is_read, turns=range(2))

    with running(store, bucket) as queue:
        assert queue.wait(queue.download(entries, tmp_path / "down")).done == 1

    assert (tmp_path / "down" / "large.tif").read_bytes() == large.read_bytes()
    starts = [int(text.removeprefix("bytes=").removesuffix("-")) for text in counted.ranges()]
    assert len(starts) == 2
    assert starts == sorted(starts)
    assert starts[0] > MIB
    assert len(list((tmp_path / "down").iterdir())) == 1


def test_a_download_of_an_object_that_changed_meanwhile_begins_anew(
    bucket, store, s3_bucket, faulty, large, tmp_path
):
    s3_bucket.upload("large.tif", large)
    entries = [s3_bucket.head("large.tif")]

    def change_and_cut(asked, ask):
        reply = cut_off(asked, ask)
        large.write_bytes(large.read_bytes()[::-1])
        s3_bucket.upload("large.tif", large)
        return reply

    faulty.fails(change_and_cut, to=lambda asked: asked.is_read, turns=range(1))
    with running(store, bucket) as queue:
        assert queue.wait(queue.download(entries, tmp_path / "down")).done == 1

    assert (tmp_path / "down" / "large.tif").read_bytes() == large.read_bytes()


def test_a_cancelled_download_leaves_no_part(bucket, store, s3_bucket, faulty, large, tmp_path):
    s3_bucket.upload("large.tif", large)
    entries = [s3_bucket.head("large.tif")]
    faulty.fails(cut_off, to=lambda asked: asked.is_read, turns=range(1))
    faulty.fails(faulty.hang, to=lambda asked: asked.is_read)

    with running(store, bucket) as queue:
        batch = queue.download(entries, tmp_path / "down")
        queue.watch.wait(lambda: list((tmp_path / "down").glob(".*.part")))
        queue.watch.wait(lambda: faulty.failed["hang"] == 1)
        queue.transfer_queue.cancel(batch)
        faulty.woken.set()
        queue.watch.wait(lambda: not store.files())

    assert list((tmp_path / "down").iterdir()) == []


def test_names_that_seem_free_are_not_asked_for(bucket, faulty, photos):
    counted = Counted(faulty)

    upload_files(bucket, plan_uploads([photos]).uploads)

    assert [asked.method for asked in counted.asked] == ["PUT"] * 6


def test_every_file_is_on_disk_before_it_is_listed(bucket, store, photos):
    with running(store, bucket, parallel=1) as queue:
        queue.transfer_queue.pause()
        batch = queue.upload([photos], labels=("a",))
        waiting = [f for f in store.files() if f.batch == batch]
        assert all(f.direction is Direction.UP and f.spec.labels == ("a",) for f in waiting)
        queue.wait(batch)
        assert len(store.files(FileState.STORED)) == 6
