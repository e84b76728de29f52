import sys
from pathlib import Path

import pytest

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.gui.common.media_client import RESTARTS, MediaClient
from cloudanno_desktop.gui.common.media_process import SpareProcess
from cloudanno_desktop.media_messages import Failed, Picture, Stopped
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
    with qtbot.waitSignal(media.opened, timeout=20_000) as heard:
        number = media.open_project(ADDRESS, DATABASE)
    assert heard.args[0].request == number
    return media


def test_a_scan_tells_its_progress_and_its_end(open_media, qtbot):
    progress = Heard(open_media.progressed)
    with qtbot.waitSignal(open_media.finished) as heard:
        number = open_media.scan()
    assert heard.args[0].request == number
    assert heard.args[0].report.images == 1
    assert [(p.request, p.text) for p in progress] == [(number, "half")]


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
    number = media.scan()
    with qtbot.waitSignal(media.stopped, timeout=20_000) as heard:
        media.cancel(number)
    assert heard.args[0] == Stopped(number)


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
    with qtbot.waitSignal(open_media.finished, timeout=20_000):
        open_media.scan()
    assert crashes == [True, True]


@pytest.mark.logs_warning
def test_a_crash_fails_what_was_under_way_exactly_once(media, qtbot, monkeypatch):
    monkeypatch.setenv("MEDIA_CHILD_WAITS", "1")
    with qtbot.waitSignal(media.opened, timeout=20_000):
        media.open_project(ADDRESS, DATABASE)
    failures = Heard(media.failed)
    number = media.scan()
    with qtbot.waitSignal(media.crashed, timeout=20_000):
        kill(media.process_id)
    assert [failure.request for failure in failures] == [number]
    assert failures[0].kind == "error"


@pytest.mark.logs_warning
def test_a_child_that_always_dies_is_given_up_and_its_project_fails(media, qtbot):
    failures = Heard(media.failed)
    crashes = []
    media.crashed.connect(lambda tail, restarts: crashes.append(restarts))
    number = media.open_project(ProjectAddress("/dies"), DATABASE)
    qtbot.waitUntil(lambda: len(crashes) == RESTARTS + 1, timeout=30_000)
    assert crashes == [True] * RESTARTS + [False]
    assert [failure.request for failure in failures] == [number]
    with qtbot.waitSignal(media.failed) as heard:
        later = media.scan()
    assert heard.args[0].request == later


@pytest.mark.logs_warning
def test_a_message_that_cannot_be_understood_counts_as_a_crash(open_media, qtbot):
    with qtbot.waitSignal(open_media.crashed, timeout=20_000) as heard:
        open_media.want_thumbnails(1, pictures("garbage"), 256)
    assert "unknown message" in heard.args[0]


@pytest.mark.logs_warning
def test_a_program_that_is_not_there_is_told(qtbot):
    client = MediaClient(SpareProcess(["/no/such/program"]))
    failures = Heard(client.failed)
    crashes = []
    client.crashed.connect(lambda tail, restarts: crashes.append(tail))
    client.open_project(ADDRESS, DATABASE)
    qtbot.waitUntil(lambda: len(crashes) == RESTARTS + 1)
    assert all(crashes)
    assert isinstance(failures[0], Failed)


def test_another_project_stops_what_the_one_before_had_not_done(media, qtbot, monkeypatch):
    monkeypatch.setenv("MEDIA_CHILD_WAITS", "1")
    with qtbot.waitSignal(media.opened, timeout=20_000):
        media.open_project(ADDRESS, DATABASE)
    number = media.scan()
    stopped = Heard(media.stopped)
    with qtbot.waitSignal(media.opened, timeout=20_000) as heard:
        second = media.open_project(ProjectAddress("/other"), DATABASE)
    assert stopped == [Stopped(number)]
    assert heard.args[0].request == second


def test_closing_ends_the_child_without_a_crash(qtbot):
    client = MediaClient(SpareProcess(CHILD))
    crashes = Heard(client.crashed)
    with qtbot.waitSignal(client.opened, timeout=20_000):
        client.open_project(ADDRESS, DATABASE)
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
    with qtbot.waitSignal(taker.opened, timeout=20_000):
        taker.open_project(ADDRESS, DATABASE)
    assert taker.process_id == number
    kill(number)
    qtbot.waitUntil(lambda: taker.process_id not in {0, number})


@needs_proc
def test_a_waiting_process_that_has_died_is_not_used(waiting, taker, qtbot):
    number = waiting[1]
    kill(number)
    qtbot.waitUntil(lambda: number not in children_of())
    with qtbot.waitSignal(taker.opened, timeout=20_000):
        taker.open_project(ADDRESS, DATABASE)
    assert taker.process_id not in {0, number}


@needs_proc
def test_a_waiting_process_ends_with_the_program(waiting):
    spare, number = waiting
    spare.close()
    assert number not in children_of()
