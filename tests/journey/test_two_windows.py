"""Two windows on one bucket, killed again and again, beside a program that knows of neither."""

import json
import threading
from contextlib import ExitStack

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.journey.test_window_killed import KillableWindow

pytestmark = pytest.mark.slow
PHOTOS = 24
KILLS = 3
FILE = "_annotations.json"


class OtherProgram:
    """Keeps the annotation file in memory and writes all of it, as the old web page does."""

    def __init__(self, place):
        self.place = place
        self.labeled = []
        self._memory = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def end(self):
        """Write for the last time, when nobody else does."""
        self._stop.set()
        self._thread.join()
        self.write()

    def write(self):
        if self._memory is None:
            try:
                self._memory = json.loads(self.place.read(FILE))
            except ClientError:
                return
        key = f"elsewhere/{len(self.labeled)}.jpg"
        self._memory["annotations"][key] = [{"label": "heron"}]
        body = json.dumps(self._memory).encode()
        self.place.client.put_object(Bucket=self.place.bucket, Key=FILE, Body=body)
        self.labeled.append(key)

    def _work(self):
        while not self._stop.wait(0.5):
            self.write()


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(PHOTOS):
        Image.new("RGB", (40, 30), (number * 9, 80, 40)).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture
def open_window(place):
    windows = []

    def open_window(part):
        windows.append(KillableWindow("share", place, {"WINDOW_PART": str(part)}))
        return windows[-1]

    yield open_window
    for window in windows:
        window.kill()


def labeled_by(window):
    return {line.removesuffix(" heron") for line in window.reported("labeled")}


@pytest.mark.parametrize("place", ["s3"], indirect=True)
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another program"])
def test_two_windows_that_are_killed_again_and_again_lose_no_label(
    place, cloudanno, open_window, photos, beside
):
    assert cloudanno("upload", place.address, photos, *place.reach).code == 0
    other = OtherProgram(place) if beside else None
    shown = set()
    windows = [open_window(part) for part in (0, 1)]
    for kill in range(KILLS):
        killed = kill % 2
        windows[killed].wait_until_told("labeled", 2 + 2 * kill)
        windows[killed].kill()
        shown |= labeled_by(windows[killed])
        windows[killed] = open_window(killed)
    for window in windows:
        window.wait_until_told("all labeled")
        window.kill()
        shown |= labeled_by(window)
    if other:
        other.end()

    assert {key for key in shown if key.startswith("photos/")} == {
        f"photos/{number:02}.png" for number in range(PHOTOS)
    }
    connection = Connection(name="", endpoint_url=place.reach[1], addressing="path")
    address = parse_address(place.address, connection)
    with ExitStack() as stack:
        seats = [stack.enter_context(Workspace.open(address, Settings())) for _ in range(2)]
        for workspace in (*seats, *seats):
            workspace.synchronise()
        for workspace in seats:
            assert workspace.labels.pending() == 0
            label = workspace.labels.label_named("heron")
            rows = workspace.index.rows(workspace.labels.ids_with(label.id).tolist())
            assert shown <= {row.key for row in rows} | set(other.labeled if other else ())
    written = json.loads(place.read(FILE))["annotations"]
    assert shown | set(other.labeled if other else ()) <= set(written)
