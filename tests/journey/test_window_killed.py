"""kill −9 of the real window: nothing that it had shown as done is missing afterwards."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading

import pytest
from PIL import Image

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.support import SUPPORT
from tests.support.killing import TIMEOUT_S, wait_until
from tests.support.processes import arguments_of, children_of, is_running, needs_proc

pytestmark = [
    pytest.mark.slow,
    needs_proc,
]
CHILD = SUPPORT / "window_child.py"
PHOTOS = 24


class KillableWindow:
    """A window in a process of its own and the lines that it tells."""

    def __init__(self, work, place, environment):
        endpoint = place.reach[1] if place.reach else ""
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), work, place.address, endpoint],
            stdout=subprocess.PIPE,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode().rstrip("\n"))

    def reported(self, word):
        """Return what the window told with this word."""
        return [line.removeprefix(word + " ") for line in self.lines if line.startswith(word)]

    def wait_until_told(self, word, times=1):
        wait_until(lambda: len(self.reported(word)) >= times or self.process.poll() is not None)
        assert self.process.poll() is None, "the window ended by itself"

    def children(self, word):
        """Return the numbers of the window's children that were started with this argument."""
        return [n for n in children_of(self.process.pid) if word in arguments_of(n)]

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(TIMEOUT_S)
        self._reader.join(TIMEOUT_S)
        self.process.stdout.close()


@pytest.fixture
def open_window(place):
    windows = []

    def open_window(work, **environment):
        windows.append(KillableWindow(work, place, environment))
        return windows[-1]

    yield open_window
    for window in windows:
        window.kill()


@pytest.fixture
def workspace_again(place):
    """Open the project as the next start of the program does."""

    @contextlib.contextmanager
    def opened():
        connection = None
        if place.reach:
            connection = Connection(name="", endpoint_url=place.reach[1], addressing="path")
        with Workspace.open(parse_address(place.address, connection), Settings()) as workspace:
            yield workspace

    return opened


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(PHOTOS):
        Image.effect_noise((160, 120), 20 + number).save(folder / f"{number:02}.png")
    return folder


def labeled_keys(workspace):
    workspace.refresh()
    label = workspace.labels.label_named("heron")
    return {row.key for row in workspace.index.rows(workspace.labels.ids_with(label.id).tolist())}


def written_keys(place):
    """Return the labeled keys of the annotation file, read without the program."""
    document = json.loads(place.read("_annotations.json"))
    return {
        key for key, labels in document["annotations"].items() if labels == [{"label": "heron"}]
    }


@pytest.mark.parametrize("shown", [1, 9, PHOTOS])
def test_labels_that_were_shown_are_kept(
    place, cloudanno, open_window, workspace_again, pictures, shown
):
    assert cloudanno("upload", place.address, pictures, *place.reach).code == 0
    window = open_window("label")
    window.wait_until_told("labeled", shown)
    window.kill()

    done = {line.removesuffix(" heron") for line in window.reported("labeled")}
    assert len(done) >= shown
    with workspace_again() as workspace:
        assert done <= labeled_keys(workspace)
        workspace.synchronise()
        assert workspace.labels.pending() == 0
    assert done <= written_keys(place)


@pytest.mark.parametrize("listed", [1, 8, PHOTOS])
def test_uploads_that_were_listed_as_done_are_kept_with_their_label(
    place, open_window, workspace_again, pictures, listed
):
    window = open_window("upload", WINDOW_FILES=str(pictures))
    window.wait_until_told("uploaded", listed)
    media = window.children("media")
    window.kill()

    done = {line.split("Upload ")[1].split(" as ")[0] for line in window.reported("uploaded")}
    assert len(done) >= listed
    wait_until(lambda: not any(map(is_running, media)))
    sizes = {path.name: path.stat().st_size for path in pictures.iterdir()}
    stored = {k: size for k, size in place.objects().items() if k in sizes}
    assert all(sizes[key] == size for key, size in stored.items())
    assert all(place.read(key) == (pictures / key).read_bytes() for key in done)
    with workspace_again() as workspace:
        assert done <= labeled_keys(workspace)
        workspace.synchronise()
    assert done <= written_keys(place)


@pytest.mark.training
@pytest.mark.xdist_group("training")
@pytest.mark.parametrize("moment", ["Preparing", "Analyzing", "Learning", "Exporting", "Trained"])
def test_a_training_child_ends_by_itself_and_a_shown_model_is_kept(
    place, cloudanno, open_window, workspace_again, shared_data, moment
):
    photos = shared_data / "datasets" / "hemlock-cherry-20"
    folders = photos / "Hemlock", photos / "Japanese_Cherry"
    labeled = ("upload", place.address, *folders, "--labels-from-folders", *place.reach)
    assert cloudanno(*labeled).code == 0
    weights = shared_data / "weights" / "mobilenet_v1_0.25_224_no_top.h5"
    window = open_window("train", WINDOW_WEIGHTS=str(weights))
    window.wait_until_told(f"panel {moment}")
    children = window.children("train") + window.children("media")
    window.kill()

    wait_until(lambda: not any(map(is_running, children)))
    with workspace_again() as workspace:
        runs = list(Runs(workspace).folder.iterdir()) if Runs(workspace).folder.is_dir() else []
        assert len(workspace.labels.labeled_ids()) == 20
    assert not [path for run in runs for path in run.rglob("*.part")]
    results = [json.loads(p.read_text()) for run in runs for p in run.glob("result.json")]
    if moment == "Trained":
        assert len(results) == 1
        assert len(results[0]["artifacts"]) == 2
    for result in results:
        for artifact in result["artifacts"]:
            assert (runs[0] / artifact["path"]).stat().st_size == artifact["bytes"]


@pytest.mark.training
@pytest.mark.xdist_group("training")
@pytest.mark.parametrize("moment", ["artifacts/", "versions/", "branches/dev", "shown"])
def test_a_model_is_served_whole_whenever_publishing_is_killed(
    place, cloudanno, open_window, workspace_again, trained, tmp_path, moment
):
    with workspace_again() as workspace:
        shutil.copytree(trained.run, Runs(workspace).folder / "20260101-000000-000000")
    first = ("publish", place.address, trained.run, "--branch", "dev", "--formats", "tflite")
    assert cloudanno(*first, *place.reach).code == 0
    pull = ("pull", place.address, "--branch", "dev", *place.reach, tmp_path / "device", "--json")
    old = cloudanno(*pull).document
    before = place.objects()

    window = open_window("publish")
    if moment == "shown":
        window.wait_until_told("published")
    else:
        window.wait_until_told("publishing")
        wait_until(lambda: changed(place, before, moment) or window.reported("published"))
    window.kill()

    served = cloudanno(*pull)
    assert served.code == 0, served.err
    assert served.document["serial"] >= old["serial"]
    if window.reported("published"):
        assert f"serial {served.document['serial']})" in window.reported("published")[0]
        assert served.document["serial"] > old["serial"]
    assert all((tmp_path / "device" / p).is_file() for p in served.document["files"].values())
    again = ("publish", place.address, trained.run, "--branch", "dev", *place.reach)
    assert cloudanno(*again).code == 0


def changed(place, before, part):
    now = place.objects()
    return any(part in key and before.get(key) != size for key, size in now.items())
