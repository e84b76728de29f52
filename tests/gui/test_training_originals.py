"""Originals for a run, fetched by the real media process for a thread of the window."""

import contextlib
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.database import Database
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.media_process import SpareProcess
from cloudanno_desktop.gui.project.original_fetcher import OriginalFetcher
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.schema import PROJECT_MIGRATIONS
from cloudanno_desktop.media_messages.commands import Picture, Scan
from cloudanno_desktop.progress import Cancelled, silent
from tests.support import SUPPORT

LONG_MS = 30_000


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(5):
        Image.new("RGB", (64, 48), (40 * number, 30, 30)).save(folder / f"{number}.jpg")
    return folder


@pytest.fixture
def media(qtbot, photos, tmp_path):
    client = MediaClient()
    opening = client.open_project(parse_address(str(photos), None), tmp_path / "index.sqlite")
    with qtbot.waitSignal(opening.done, timeout=LONG_MS):
        pass
    yield client
    with qtbot.waitSignal(client.closed, timeout=LONG_MS):
        client.close()


@pytest.fixture
def scanned(tmp_path, media, qtbot):
    with qtbot.waitSignal(media.request(Scan(), media).done, timeout=LONG_MS):
        pass
    database = Database(tmp_path / "index.sqlite", PROJECT_MIGRATIONS)
    index = ImageIndex(database)
    rows = index.rows(index.all_ids())
    database.close()
    return [Picture(row.id, row.key, row.etag, row.size) for row in rows]


@contextlib.contextmanager
def fetching(fetcher, pictures, progress):
    """Call ``fetch`` on a thread, as a run does; what came out is put into a list."""
    outcome = []

    def work():
        try:
            outcome.append(fetcher.fetch(pictures, progress))
        except CloudAnnoError as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    yield outcome
    thread.join()


@pytest.fixture
def fetch(qtbot, media):
    fetcher = OriginalFetcher(media)

    def fetch(pictures, progress=silent):
        with fetching(fetcher, pictures, progress) as outcome:
            qtbot.waitUntil(lambda: bool(outcome), timeout=LONG_MS)
        return outcome[0]

    return fetch


def test_originals_come_and_a_vanished_one_is_named(fetch, scanned, photos):
    (photos / "3.jpg").unlink()
    came = fetch(scanned)
    assert sorted(file.path.name for file in came.files.values()) == [
        "0.jpg",
        "1.jpg",
        "2.jpg",
        "4.jpg",
    ]
    assert [item.name for item in came.failed] == ["3.jpg"]


def test_a_stop_ends_the_wait_and_the_next_fetch_works(fetch, scanned):
    def stop(_done, _total, _text=""):
        raise Cancelled

    assert isinstance(fetch(scanned, stop), Cancelled)
    assert len(fetch(scanned).files) == 5


def test_closing_the_project_ends_the_wait(qtbot):
    child = SpareProcess([sys.executable, str(SUPPORT / "media_child.py")])
    never_answers = MediaClient(child)
    never_answers.open_project(parse_address("/photos", None), Path("/index.sqlite"))
    asked = threading.Event()

    def note(_done, _total, _text=""):
        asked.set()

    with fetching(OriginalFetcher(never_answers), [Picture(1, "a.jpg", "e", 1)], note) as outcome:
        qtbot.waitUntil(asked.is_set, timeout=LONG_MS)
        with qtbot.waitSignal(never_answers.closed, timeout=LONG_MS):
            never_answers.close()
        qtbot.waitUntil(lambda: bool(outcome), timeout=LONG_MS)
    assert isinstance(outcome[0], CloudAnnoError)
