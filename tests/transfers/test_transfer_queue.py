"""The queue on both kinds of bucket: choices, restarts, files that vanish, labels that stay."""

import os
import sys
from pathlib import Path

import pytest

from cloudanno_desktop.files import make_folder
from cloudanno_desktop.transfers import download
from cloudanno_desktop.transfers.model import BatchState, Direction, Existing, FileState
from cloudanno_desktop.transfers.plan import download_specs, plan_uploads, upload_specs
from tests.support.moving import download_objects, upload_files
from tests.support.queue_watch import running

NAMES = ["a.jpg", "b.jpg", "c.jpg"]


@pytest.fixture
def mine(tmp_path):
    """Files of the person: one that is in the bucket too, one of other bytes, one of its own."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(f"mine {name}".encode())
    return [folder / name for name in NAMES]


@pytest.fixture
def half_full(bucket):
    bucket.put("a.jpg", b"mine a.jpg")
    bucket.put("b.jpg", b"theirs")
    return bucket


def contents(bucket):
    return {e.key: bucket.get(e.key).body for page in bucket.list_pages() for e in page.objects}


def entries(bucket):
    return [entry for page in bucket.list_pages() for entry in page.objects]


SAME = {"a.jpg": b"mine a.jpg", "c.jpg": b"mine c.jpg"}
UPLOADED = {
    Existing.RENAME: SAME | {"b.jpg": b"theirs", "b (2).jpg": b"mine b.jpg"},
    Existing.SKIP: SAME | {"b.jpg": b"theirs"},
    Existing.OVERWRITE: SAME | {"b.jpg": b"mine b.jpg"},
}


@pytest.mark.parametrize("existing", UPLOADED)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_taken_name_in_the_bucket_is_treated_as_chosen(half_full, mine, existing, is_known):
    known = set(NAMES) if is_known else set()

    report = upload_files(half_full, plan_uploads(mine).uploads, existing=existing, known=known)

    assert contents(half_full) == UPLOADED[existing]
    skipped = {Existing.SKIP: ["a.jpg", "b.jpg"]}.get(existing, ["a.jpg"])
    assert sorted(item.key for item in report.skipped) == skipped


@pytest.mark.parametrize("existing", UPLOADED)
def test_a_taken_name_on_the_disk_is_treated_as_chosen(bucket, tmp_path, existing):
    for name in NAMES:
        bucket.put(name, f"mine {name}".encode())
    target = tmp_path / "target"
    target.mkdir()
    (target / "a.jpg").write_bytes(b"mine a.jpg")
    (target / "b.jpg").write_bytes(b"theirs")

    report = download_objects(bucket, entries(bucket), target, existing=existing)

    assert {p.name: p.read_bytes() for p in target.iterdir()} == UPLOADED[existing]
    assert len(report.skipped) == (2 if existing is Existing.SKIP else 1)


@pytest.mark.parametrize("reply", [Existing.RENAME, Existing.SKIP, Existing.OVERWRITE])
def test_the_person_is_asked_about_other_bytes_only(half_full, mine, reply):
    asked = []

    def ask(question):
        asked.append(question)
        return reply, False

    upload_files(half_full, plan_uploads(mine).uploads, existing=Existing.ASK, ask=ask)

    assert [(question.name, question.other_size) for question in asked] == [("b.jpg", 6)]
    assert contents(half_full) == UPLOADED[reply]


def test_an_answer_for_all_is_asked_for_once(bucket, mine, tmp_path):
    for name in NAMES:
        bucket.put(name, b"theirs")
    asked = []

    def ask(question):
        asked.append(question.name)
        return Existing.OVERWRITE, True

    plan = plan_uploads(mine).uploads
    upload_files(bucket, plan, existing=Existing.ASK, ask=ask, parallel=1)

    assert len(asked) == 1
    assert contents(bucket) == {name: f"mine {name}".encode() for name in NAMES}


def test_a_question_holds_only_its_file_and_is_asked_again_after_a_restart(half_full, store, mine):
    with running(store, half_full) as queue:
        batch = queue.upload(mine, existing=Existing.ASK)
        status = queue.wait(batch, BatchState.ASKING)
        assert (status.done, status.skipped) == (1, 1)
    with running(store, half_full) as queue:
        asked = queue.wait(batch, BatchState.ASKING).asked
        queue.transfer_queue.reply(batch, asked.transfer_id, Existing.OVERWRITE, for_all=False)
        queue.wait(batch)
    assert contents(half_full) == UPLOADED[Existing.OVERWRITE]


def test_uploads_go_on_by_themselves_after_a_restart_and_keep_their_labels(bucket, store, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number:03}.jpg").write_bytes(b"%d" % number)
    with running(store, bucket, parallel=2) as queue:
        batch = queue.upload([folder], labels=("heron",))
        queue.watch.wait(lambda: queue.transfer_queue.status(batch).done > 5)
    before = len(contents(bucket))

    with running(store, bucket) as queue:
        queue.wait(batch)

    assert before < 120
    assert len(contents(bucket)) == 120
    assert len(store.files(FileState.STORED)) == 120
    assert {file.spec.labels for file in store.files(FileState.STORED)} == {("heron",)}


@pytest.mark.parametrize("existing", Existing)
def test_a_file_that_was_written_just_before_a_kill_still_gets_its_label(
    bucket, store, mine, existing
):
    specs = upload_specs(plan_uploads(mine[:1]).uploads, lambda _: ("heron",))
    store.add(Direction.UP, "Upload", existing, specs)
    bucket.put("a.jpg", mine[0].read_bytes())  # and then the process was killed

    with running(store, bucket) as queue:
        (batch,) = queue.batches
        assert queue.wait(batch).failed == 0

    assert contents(bucket) == {"a.jpg": mine[0].read_bytes()}
    (stored,) = store.files(FileState.STORED)
    assert (stored.spec.labels, stored.image_id is not None) == (("heron",), True)


def test_a_file_that_vanished_is_listed_and_the_others_go_on(bucket, store, mine):
    specs = upload_specs(plan_uploads(mine).uploads, lambda _: ())
    batch = store.add(Direction.UP, "Upload", Existing.RENAME, specs)[0].id
    mine[1].unlink()

    with running(store, bucket) as queue:
        status = queue.wait(batch)

        assert (status.done, status.failed) == (2, 1)
        assert status.problems[0].name == str(mine[1])
        assert "No such file" in status.problems[0].reason
        mine[1].write_bytes(b"here again")
        queue.transfer_queue.retry(batch)
        queue.watch.wait(lambda: queue.transfer_queue.status(batch).done == 3)
    assert contents(bucket)["b.jpg"] == b"here again"


def test_a_command_that_is_repeated_takes_over_what_it_left(bucket, store, mine):
    def stop(done, total, text=""):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upload_files(bucket, plan_uploads(mine).uploads, store=store, progress=stop)
    upload_files(bucket, plan_uploads(mine).uploads, store=store)

    assert len(contents(bucket)) == 3
    assert store.files() == store.batches() == []


def test_cancelling_all_empties_the_queue(bucket, store, mine, tmp_path):
    with running(store, bucket) as queue:
        queue.upload(mine)
        queue.upload(mine)
        queue.transfer_queue.cancel()
        queue.watch.wait(lambda: not store.files())
        assert store.batches() == []


def test_more_and_fewer_files_at_a_time_while_they_move(bucket, store, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(80):
        (folder / f"{number:03}.jpg").write_bytes(b"%d" % number)
    with running(store, bucket, parallel=1) as queue:
        batch = queue.upload([folder])
        for parallel in (8, 2, 5):
            queue.transfer_queue.use_parallel(parallel)
            more = min(queue.transfer_queue.status(batch).done + 1, 80)
            queue.watch.wait(lambda m=more: queue.transfer_queue.status(batch).done >= m)
            assert len(queue.transfer_queue._movers) <= max(8, parallel)
        assert queue.wait(batch).done == 80


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own")
@pytest.mark.parametrize("size_in_one_step", [0, 1 << 20])
def test_a_link_that_leads_nowhere_keeps_its_name(bucket, tmp_path, monkeypatch, size_in_one_step):
    monkeypatch.setattr(download, "READ_WHOLE_BYTES", size_in_one_step)
    bucket.put("b.jpg", b"there b.jpg")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "nowhere")

    report = download_objects(bucket, entries(bucket), tmp_path, existing=Existing.OVERWRITE)

    assert report.failed == []
    assert (tmp_path / "b.jpg").is_symlink()
    assert (tmp_path / "b (2).jpg").read_bytes() == b"there b.jpg"


def test_what_a_kill_left_of_a_photo_goes_with_its_cancelled_download(bucket, store, tmp_path):
    bucket.put("a.jpg", b"there")
    specs = download_specs(entries(bucket), tmp_path)
    _, (file,) = store.add(Direction.DOWN, "", Existing.RENAME, specs)
    (tmp_path / f".cloudanno-{file.token}.part").write_bytes(b"the")
    store.note_state([file.id], FileState.CANCELLED)

    with running(store, bucket) as queue:
        queue.watch.wait(lambda: not store.files())

    assert not list(tmp_path.glob(".cloudanno-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_folders_that_are_made_above_a_file_are_forced_to_the_disk(tmp_path, monkeypatch):
    synced = []
    real = os.fsync

    def fsync(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    make_folder(tmp_path / "a" / "b" / "c")

    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert synced == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")]
