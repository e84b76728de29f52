"""Moving pictures is killed at each of its steps; no label is lost, and no picture."""

import os
import signal
import subprocess
import sys

import pytest
from PIL import Image

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.projects.uploads import record_upload
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.support import SUPPORT

CHILD = SUPPORT / "moving_child.py"
KEYS = ("a b.png", "c+d.png", "e%20f.png", "g#h.png", "鳥/🐦.png")
MOMENTS = (
    "before the first copy",
    "after copy 1",
    "after the labels",
    "after the journal",
    "amid the deletion",
    "after the deletion",
    "at the end",
)


@pytest.fixture
def workspace_of(place):
    def opened():
        endpoint = place.reach[1] if place.reach else ""
        connection = Connection(endpoint_url=endpoint, addressing="path") if endpoint else None
        return Workspace.open(parse_address(place.address, connection), Settings())

    return opened


@pytest.fixture
def labeled(place, tmp_path, workspace_of):
    """Label each of some pictures with a name of its own; return the labels by the bytes."""
    labels = {}
    with workspace_of() as workspace:
        for number, key in enumerate(KEYS):
            path = tmp_path / "photos" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (20, 16), (number * 40, 9, 9)).save(path)
            entry = workspace.bucket.upload(key, path)
            record_upload(workspace, entry, [workspace.label_named(f"label {number}").id])
            labels[path.read_bytes()] = f"label {number}"
        workspace.synchronise()
    return labels


def run_child(place, moment):
    endpoint = place.reach[1] if place.reach else ""
    return subprocess.run(
        [sys.executable, CHILD, place.address, endpoint, moment],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def found(workspace):
    """Return for the bytes of each picture its keys, and the labels they carry."""
    workspace.refresh()
    rows = workspace.index.rows(workspace.index.all_ids())
    names = {label.id: label.name for label in workspace.labels.catalog.shown}
    carried = workspace.labels.labels_of([row.id for row in rows])
    pictures = {}
    for row in rows:
        keys, labels = pictures.setdefault(workspace.bucket.get(row.key).body, (set(), set()))
        keys.add(row.key)
        labels |= {names[label] for label in carried[row.id]}
    return pictures


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_label_is_lost_when_a_move_is_killed(
    place, labeled, workspace_of, tmp_path, monkeypatch, moment
):
    killed = run_child(place, moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    with workspace_of() as workspace:
        here = found(workspace)
    monkeypatch.setenv("CLOUDANNO_HOME", str(tmp_path / "another computer"))
    with workspace_of() as workspace:
        elsewhere = found(workspace)

    for pictures in (here, elsewhere):
        assert {body: labels for body, (_, labels) in pictures.items()} == {
            body: {label} for body, label in labeled.items()
        }
        for keys, _ in pictures.values():
            assert {key.removeprefix("moved/") for key in keys} <= set(KEYS)
            assert len({key.removeprefix("moved/") for key in keys}) == 1


def test_a_move_that_nobody_kills_leaves_each_picture_under_its_new_key_alone(
    place, labeled, workspace_of
):
    done = run_child(place, "never")
    assert done.stdout == "5 moved, 0 failed", done.stderr
    with workspace_of() as workspace:
        workspace.synchronise()
        pictures = found(workspace)
    assert {keys.pop() for keys, _ in pictures.values()} == {f"moved/{key}" for key in KEYS}
    assert {body: labels for body, (_, labels) in pictures.items()} == {
        body: {label} for body, label in labeled.items()
    }
    assert set(place.objects()) & set(KEYS) == set()
    annotations = place.read("_annotations.json").decode()
    assert '"a b.png"' not in annotations
    assert '"moved/a b.png"' in annotations
