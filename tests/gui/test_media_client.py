import sys
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.gui.common.media_client import RESTARTS, MediaClient
from cloudanno_desktop.gui.common.media_process import SpareProcess
from cloudanno_desktop.media_messages.commands import Picture, Scan
from tests.support import SUPPORT
from tests.support.processes import children_of, needs_proc

CHILD = [sys.executable, str(SUPPORT / "media_child.py")]
ADDRESS = ProjectAddress("/photos")
DATABASE = Path("/index.sqlite")


def pictures(*keys):
    return [Picture(number, key, "etag", 10) for number, key in enumerate(keys)]


class Heard(list):
    """What a signal carried, one entry for each time."""

    def __init__(self, signal):
        super().__init__()
        signal.connect(self.append)


@pytest.fixture
def media(qtbot):
    client = MediaClient(SpareProcess(CHILD))
    yield client
    with qtbot.waitSignal(client.closed, timeout=20_000):
        client.close()


@pytest.fixture
def open_media(media, qtbot):
    open_project(media, qtbot)
    return media


def open_project(media, qtbot, address=ADDRESS):
    with qtbot.waitSignal(media.open_project(address, DATABASE).done, timeout=20_000):
        pass


def test_a_scan_tells_its_progress_and_its_end(open_media, qtbot):
    scan = open_media.request(Scan(), open_media)
    progress = []
    scan.progressed.connect(lambda done, total, text: progress.append((done, total, text)))
    with qtbot.waitSignal(scan.done) as heard:
        pass
    assert heard.args[0].images == 1
    assert progress == [(1, 2, "half")]


def test_an_answer_to_one_scan_is_no_answer_to_another(open_media, qtbot):
    reports = [Heard(open_media.request(Scan(), open_media).done) for _ in range(3)]
    qtbot.waitUntil(lambda: all(reports))
    assert [len(heard) for heard in reports] == [1, 1, 1]


def test_what_is_asked_for_ends_with_its_owner(media, qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("MEDIA_CHILD_LOG", str(tmp_path / "commands"))
    open_project(media, qtbot)
    owner = QObject()
    heard = Heard(media.request(Scan(), owner).done)
    shiboken6.delete(owner)
    with qtbot.waitSignal(media.request(Scan(), media).done):  # the first was answered before it
        pass
    assert heard == []
    commands = (tmp_path / "commands").read_text().split()
    assert [name for name in commands if name in {"Start", "Cancel"}] == [
        "Start",
        "Cancel",
        "Start",
    ]


def test_thumbnails_come_gathered_with_the_generation_they_were_asked_for(open_media, qtbot):
    batches = Heard(open_media.thumbnails_ready)
    open_media.want_thumbnails(7, pictures(*"abcdefgh"), 256)
    qtbot.waitUntil(lambda: sum(map(len, batches)) == 8)
    ready = [thumbnail for batch in batches for thumbnail in batch]
    assert [thumbnail.id for thumbnail in ready] == list(range(8))
    assert {(thumbnail.generation, thumbnail.size_px) for thumbnail in ready} == {(7, 256)}
    assert len(batches) < 8


def test_a_picture_that_cannot_be_read_is_told_with_its_reason(open_media, qtbot):
    with qtbot.waitSignal(open_media.thumbnail_failed) as heard:
        open_media.want_thumbnails(1, pictures("bad"), 256)
    assert (heard.args[0].id, heard.args[0].reason) == (0, "It is cut off.")


def test_a_cancelled_request_is_closed_as_stopped(media, qtbot, monkeypatch):
    monkeypatch.setenv("MEDIA_CHILD_WAITS", "1")
    media.open_project(ADDRESS, DATABASE)
    scan = media.request(Scan(), media)
    with qtbot.waitSignal(scan.stopped, timeout=20_000):
        scan.stop()
    scan.stop()  # which does nothing


@pytest.mark.logs_warning
def test_after_a_crash_the_child_is_started_again_and_goes_on(open_media, qtbot):
    first = open_media.process_id
    with qtbot.waitSignal(open_media.crashed, timeout=20_000) as heard:
        open_media.want_thumbnails(1, pictures("die"), 256)
    assert heard.args == ["out of luck", True]
    batches = Heard(open_media.thumbnails_ready)
    open_media.want_thumbnails(2, pictures("a"), 256)
    qtbot.waitUntil(lambda: len(batches) > 0, timeout=20_000)
    assert batches[0][0].generation == 2
    assert open_media.process_id != first


@pytest.mark.logs_warning
def test_the_wish_for_thumbnails_outlives_a_killed_child(open_media, qtbot):
    open_media.want_thumbnails(5, pictures("a"), 128)
    batches = Heard(open_media.thumbnails_ready)
    qtbot.waitUntil(lambda: len(batches) == 1, timeout=20_000)
    with qtbot.waitSignal(open_media.crashed, timeout=20_000):
        kill(open_media.process_id)
    qtbot.waitUntil(lambda: len(batches) == 2, timeout=20_000)
    assert batches[1][0].generation == 5


@pytest.mark.logs_warning
def test_a_picture_that_kills_the_child_is_repeated_only_once(open_media, qtbot):
    crashes = []
    open_media.crashed.connect(lambda tail, restarts: crashes.append(restarts))
    open_media.want_thumbnails(1, pictures("die"), 256)
    qtbot.waitUntil(lambda: len(crashes) == 2, timeout=20_000)
    with qtbot.waitSignal(open_media.request(Scan(), open_media).done, timeout=20_000):
        pass
    assert crashes == [True, True]


@pytest.mark.logs_warning
def test_a_crash_fails_what_was_under_way_exactly_once(media, qtbot, monkeypatch):
    monkeypatch.setenv("MEDIA_CHILD_WAITS", "1")
    open_project(media, qtbot)
    failures = Heard(media.request(Scan(), media).failed)
    with qtbot.waitSignal(media.crashed, timeout=20_000):
        kill(media.process_id)
    assert [failure.kind for failure in failures] == ["error"]


@pytest.mark.logs_warning
def test_a_child_that_always_dies_is_given_up_and_its_project_fails(media, qtbot):
    crashes = []
    media.crashed.connect(lambda tail, restarts: crashes.append(restarts))
    failures = Heard(media.open_project(ProjectAddress("/dies"), DATABASE).failed)
    qtbot.waitUntil(lambda: len(crashes) == RESTARTS + 1, timeout=30_000)
    assert crashes == [True] * RESTARTS + [False]
    assert [failure.kind for failure in failures] == ["error"]
    with qtbot.waitSignal(media.request(Scan(), media).failed):
        pass


@pytest.mark.logs_warning
def test_a_message_that_cannot_be_understood_counts_as_a_crash(open_media, qtbot):
    with qtbot.waitSignal(open_media.crashed, timeout=20_000) as heard:
        open_media.want_thumbnails(1, pictures("garbage"), 256)
    assert "unknown message" in heard.args[0]


@pytest.mark.logs_warning
def test_a_program_that_is_not_there_is_told(qtbot):
    client = MediaClient(SpareProcess(["/no/such/program"]))
    crashes = []
    client.crashed.connect(lambda tail, restarts: crashes.append(tail))
    failures = Heard(client.open_project(ADDRESS, DATABASE).failed)
    qtbot.waitUntil(lambda: len(crashes) == RESTARTS + 1)
    assert all(crashes)
    assert [failure.kind for failure in failures] == ["error"]


def test_another_project_stops_what_the_one_before_had_not_done(media, qtbot, monkeypatch):
    monkeypatch.setenv("MEDIA_CHILD_WAITS", "1")
    open_project(media, qtbot)
    scan = media.request(Scan(), media)
    with qtbot.waitSignal(scan.stopped):
        open_project(media, qtbot, ProjectAddress("/other"))


def test_closing_ends_the_child_without_a_crash(qtbot):
    client = MediaClient(SpareProcess(CHILD))
    crashes = Heard(client.crashed)
    open_project(client, qtbot)
    with qtbot.waitSignal(client.closed, timeout=20_000):
        client.close()
    assert client.process_id == 0
    assert crashes == []
    assert client.wait_closed(0)


def kill(process_id):
    import os
    import signal

    os.kill(process_id, signal.SIGKILL)


@pytest.fixture
def waiting(qtbot):
    """Return a process that waits for its project, and its number."""
    before = children_of()
    spare = SpareProcess(CHILD)
    spare.start(for_services=True)
    qtbot.waitUntil(lambda: bool(children_of() - before))
    (number,) = children_of() - before
    yield spare, number
    spare.close()


@pytest.fixture
def taker(waiting, qtbot):
    """Return a client whose first process is the one that waits."""
    client = MediaClient(waiting[0])
    yield client
    with qtbot.waitSignal(client.closed, timeout=20_000):
        client.close()


@pytest.mark.logs_warning
@needs_proc
def test_a_project_gets_the_process_that_has_started_before_it(waiting, taker, qtbot):
    number = waiting[1]
    open_project(taker, qtbot)
    assert taker.process_id == number
    kill(number)
    qtbot.waitUntil(lambda: taker.process_id not in {0, number})


@needs_proc
def test_a_waiting_process_that_has_died_is_not_used(waiting, taker, qtbot):
    number = waiting[1]
    kill(number)
    qtbot.waitUntil(lambda: number not in children_of())
    open_project(taker, qtbot)
    assert taker.process_id not in {0, number}


@needs_proc
def test_a_waiting_process_ends_with_the_program(waiting):
    spare, number = waiting
    spare.close()
    assert number not in children_of()
