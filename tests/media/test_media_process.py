"""The media process, as a real child with real pipes."""

import hashlib
import json
import os
import re
import signal
import socket
import sys
from pathlib import Path

import boto3
import pytest
from PIL import Image

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.labels.edits.assign import Assign, CreateLabel
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.media_messages import replies as messages
from cloudanno_desktop.transfers.model import BatchState


def pictures(index):
    return tuple(
        commands.Picture(row.id, row.key, row.etag, row.size) for row in index.rows(index.all_ids())
    )


def test_a_scan_fills_the_index_that_the_window_reads(opened, index, photos, jpeg):
    for number in range(30):
        (photos / f"{number}.jpg").write_bytes(jpeg())

    report, status_changed = opened.finish(commands.Scan())

    assert (report.new, report.images) == (30, 30)
    assert isinstance(status_changed[0], messages.Progressed)
    assert index.counts().images == len(index.all_ids()) == 30


def test_the_annotation_files_say_what_the_window_labeled(opened, index, photos):
    labels = LabelStore(index.database, index, "Ada")
    CreateLabel("heron").apply(labels)
    with index.database.transaction() as connection:
        images = index.ensure(connection, ["a.jpg"])
    Assign((labels.label_named("heron").id,), images).apply(labels)

    report, _ = opened.finish(commands.WriteFiles())

    assert report == messages.FilesWritten(written=True)
    written = json.loads((photos / "_annotations.json").read_text())
    assert written["annotations"] == {"a.jpg": [{"label": "heron"}]}
    assert labels.pending() == 0
    again, _ = opened.finish(commands.WriteFiles(closing=True))
    assert again == messages.FilesWritten(written=False)


def test_what_the_media_process_did_stands_in_the_log(opened, index):
    opened.finish(commands.Scan())

    written = paths.log_file().read_text()
    assert re.search(r" media\[\d+\] INFO cloudanno_desktop\.log: begins", written)
    assert re.search(r" media\[\d+\] INFO .*: scan: 0 images, 0 vanished\n", written)


def test_what_another_program_wrote_is_taken_in_before_the_files_are_written(opened, index, photos):
    labels = LabelStore(index.database, index, "Ada")
    CreateLabel("heron").apply(labels)
    opened.finish(commands.WriteFiles())
    file = photos / "_annotations.json"
    theirs = json.loads(file.read_text()) | {"annotations": {"b.jpg": [{"label": "heron"}]}}
    file.write_text(json.dumps(theirs))

    opened.finish(commands.WriteFiles())

    heron = labels.label_named("heron")
    assert labels.labels_of([index.id_of("b.jpg")]) == {index.id_of("b.jpg"): (heron.id,)}


def test_a_file_of_another_tool_is_left_as_it_is_and_the_window_is_told(opened, index, photos):
    LabelStore(index.database, index, "Ada")
    (photos / "_annotations.json").write_text('{"version": "v2", "labels": {}, "images": {}}')

    opened.start(commands.WriteFiles())

    assert opened.take(messages.RequestFailed).failure.kind == "error"
    assert '"v2"' in (photos / "_annotations.json").read_text()


def test_thumbnails_come_with_the_size_of_their_originals(opened, index, photos, jpeg):
    for number in range(12):
        (photos / f"{number:02}.jpg").write_bytes(jpeg(100 + number))
    opened.finish(commands.Scan())

    opened.send(commands.WantThumbnails(7, pictures(index), 32))

    ready = [opened.take(messages.ThumbnailReady) for _ in range(12)]
    assert sorted(reply.source_width for reply in ready) == list(range(100, 112))
    assert {(a.generation, a.size_px, a.width) for a in ready} == {(7, 32, 32)}
    assert all(reply.jpeg.startswith(b"\xff\xd8") for reply in ready)


def test_thumbnails_survive_the_process(opened, start, open_request, index, photos):
    Image.new("RGB", (64, 40)).save(photos / "a.jpg")
    opened.finish(commands.Scan())
    (picture,) = pictures(index)
    opened.send(commands.WantThumbnails(1, (picture,), 32))
    first = opened.take(messages.ThumbnailReady)
    assert opened.close() == 0
    (photos / "a.jpg").unlink()

    again = start()
    again.send(open_request(photos), commands.WantThumbnails(1, (picture,), 32))

    assert again.take(messages.ThumbnailReady) == first


def test_a_broken_picture_is_told_noted_and_survived(opened, index, photos, jpeg):
    (photos / "broken.jpg").write_bytes(b"no picture")
    (photos / "gone.jpg").write_bytes(jpeg())
    (photos / "good.jpg").write_bytes(jpeg())
    opened.finish(commands.Scan())
    (photos / "gone.jpg").unlink()
    needed = pictures(index)

    opened.send(commands.WantThumbnails(1, needed, 32))

    replies = (messages.ThumbnailReady, messages.ThumbnailFailed)
    status_changed = {a.id: a for a in [opened.take(replies) for _ in needed]}
    broken, gone, good = (status_changed[picture.id] for picture in needed)
    assert isinstance(good, messages.ThumbnailReady)
    assert broken.is_unreadable
    assert "no picture" in broken.reason
    assert not gone.is_unreadable
    assert opened.close() == 0
    assert [row.problem for row in index.rows(index.all_ids())] == [broken.reason, None, None]


def moved(media, work):
    """Send an upload or a download; return its last status, and the ids that were told."""
    report, status_changed = media.finish(work)
    ids = []
    while True:
        for reply in status_changed:
            if isinstance(reply, messages.FilesUploaded):
                ids += reply.image_ids
            if not isinstance(reply, messages.TransferChanged):
                continue
            if reply.status.state is BatchState.FINISHED:
                assert reply.status.id == report.batch
                return reply.status, ids
        status_changed = [media.take((messages.FilesUploaded, messages.TransferChanged))]


def test_uploads_are_told_and_are_in_the_index(opened, index, photos, tmp_path, jpeg):
    sources = tmp_path / "desktop"
    (sources / "holiday").mkdir(parents=True)
    for number in range(5):
        (sources / "holiday" / f"{number}.jpg").write_bytes(jpeg(50 + number))
    odd = os.fsencode(sources) + "/übergröße.jpg".encode("latin-1")
    with open(odd, "wb") as file:  # noqa: PTH123 a name that is no text
        file.write(jpeg())
    (sources / "notes.txt").write_text("no image")
    paths = (os.fsencode(sources / "holiday"), odd, os.fsencode(sources / "notes.txt"))

    status, ids = moved(opened, commands.Upload(paths, "in/", title="Upload 3"))

    assert (status.title, status.done, status.skipped, status.files) == ("Upload 3", 6, 0, 6)
    assert [problem.name for problem in status.problems] == [str(sources / "notes.txt")]
    assert status.done_bytes == status.bytes > 0
    assert len(set(ids)) == 6
    for row in index.rows(ids):
        assert (photos / row.key).stat().st_size == row.size
    assert index.counts().images == 6


def test_images_are_downloaded_into_a_folder(opened, photos, tmp_path, jpeg):
    (photos / "deep").mkdir()
    (photos / "deep" / "a.jpg").write_bytes(jpeg())
    opened.finish(commands.Scan())
    target = tmp_path / "out"

    download = commands.Download(("deep/a.jpg", "never.jpg"), os.fsencode(target))
    status, _ = moved(opened, download)

    assert status.done == 1
    assert [problem.name for problem in status.problems] == ["never.jpg"]
    assert [p.read_bytes() for p in target.rglob("*.jpg")] == [jpeg()]


def test_an_s3_project_is_served_with_the_secret_of_the_message(
    start, open_request, index, s3_endpoint, jpeg
):
    key = {"aws_access_key_id": "test", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1", **key)
    client.create_bucket(Bucket="media-test")
    body = jpeg()
    for number in range(5):
        client.put_object(Bucket="media-test", Key=f"root/{number} ä.jpg", Body=body)
    client.close()
    connection = Connection(
        name="t", endpoint_url=s3_endpoint, region="us-east-1", access_key_id="test"
    )
    media = start()
    media.send(open_request("s3://media-test/root", 1, connection, Secret("secret")))
    media.take(messages.Finished)

    scanned, _ = media.finish(commands.Scan())
    fetched, _ = media.finish(commands.FetchOriginals(pictures(index)))
    media.send(commands.WantThumbnails(1, pictures(index), 32))

    assert scanned.new == 5
    assert [media.take(messages.ThumbnailReady).source_width for _ in range(5)] == [64] * 5
    digest = hashlib.blake2b(body, digest_size=32).hexdigest()
    assert [file.digest for file in fetched.files] == [digest] * 5
    with open(os.fsdecode(fetched.files[0].path), "rb") as file:  # noqa: PTH123 a path in bytes
        assert file.read() == body


def test_a_project_that_cannot_be_opened_is_told_and_another_can(
    start, open_request, photos, tmp_path
):
    media = start()

    media.send(open_request(tmp_path / "nowhere"))
    scan = media.start(commands.Scan())
    media.send(open_request(photos, 3))

    failed = [media.take(messages.RequestFailed), media.take(messages.RequestFailed)]
    assert {(a.request, a.failure.kind) for a in failed} == {(1, "error"), (scan, "error")}
    assert media.take(messages.Finished).request == 3


def test_one_process_serves_one_project(opened, open_request, tmp_path):
    opened.send(open_request(tmp_path, 2))

    assert opened.take(messages.RequestFailed).request == 2


def test_a_bug_is_told_with_its_trace(start, open_request, photos):
    code = """
import sys
import cloudanno_desktop.media.requests as work
from cloudanno_desktop.media.main import main
def scan(*arguments):
    print("noise of a library")
    raise ZeroDivisionError("a bug")
work.scan = scan
sys.exit(main())
"""
    media = start([sys.executable, "-c", code])
    media.send(open_request(photos))
    scans = {media.start(commands.Scan()), media.start(commands.Scan())}

    status_changed = [media.take(messages.RequestFailed), media.take(messages.RequestFailed)]

    assert {reply.request for reply in status_changed} == scans
    assert {reply.failure.kind for reply in status_changed} == {"bug"}
    assert "ZeroDivisionError: a bug" in status_changed[0].failure.message
    assert media.close() == 0
    assert b"".join(media.errors).count(b"noise of a library") == 2


def test_a_cancelled_upload_stops_and_the_process_goes_on(opened, photos, tmp_path, jpeg):
    source = tmp_path / "many"
    source.mkdir()
    for number in range(2000):
        (source / f"{number}.jpg").write_bytes(jpeg())

    opened.start(commands.Upload((os.fsencode(source),)))
    opened.take(messages.FilesUploaded)
    opened.send(commands.ControlBatch("cancel"))
    report, _ = opened.finish(commands.Scan())

    assert 1 <= report.images < 2000


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files in /proc")
def test_hundreds_of_requests_leave_no_files_open(opened, index, photos, jpeg):
    (photos / "a.jpg").write_bytes(jpeg())
    opened.finish(commands.Scan())
    (picture,) = pictures(index)

    for _ in range(117):
        opened.finish(commands.FetchOriginals((picture,)))
        opened.finish(commands.Scan())

    assert len(list(Path(f"/proc/{opened.process.pid}/fd").iterdir())) < 60


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_an_interrupt_meant_for_the_window_is_ignored(opened):
    opened.process.send_signal(signal.SIGINT)

    assert opened.finish(commands.Scan())[0].images == 0


def test_the_process_ends_with_its_window(opened):
    assert opened.close() == 0


def test_the_process_ends_when_it_is_asked(opened):
    opened.send(commands.Quit())

    assert opened.process.wait(60) == 0


def test_the_process_ends_even_while_the_network_does_not_answer(start, open_request):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        endpoint = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        connection = Connection(name="t", endpoint_url=endpoint, access_key_id="test")
        media = start()
        media.send(open_request("s3://bucket", 1, connection, Secret("secret")))
        media.take(messages.Finished)
        media.start(commands.Scan())
        called, _ = deaf.accept()

        assert media.close() == 0
        called.close()
