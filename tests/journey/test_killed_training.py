"""kill −9 while a model is trained and published: what was served stays served, nothing is half."""

import contextlib
import json
import os
import signal

import pytest

from tests.support.killing import kill, wait_until
from tests.support.processes import children_of, is_running, needs_proc

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("training")]

PHASES = ("features", "export")


@pytest.fixture
def labeled(cloudanno, project, shared_data):
    """Twenty labeled photos in a project."""
    photos = shared_data / "datasets" / "hemlock-cherry-20"
    folders = photos / "Hemlock", photos / "Japanese_Cherry"
    assert cloudanno("upload", project, *folders, "--labels-from-folders").code == 0
    return project


def reported(run):
    with contextlib.suppress(FileNotFoundError):
        return (run / "events.jsonl").read_text()
    return ""


def started(run, training, phase):
    """Wait until the child tells of a phase; return its number."""
    wait_until(lambda: f'"{phase}"' in reported(run) or training.poll() is not None)
    assert training.poll() is None
    (child,) = children_of(training.pid)
    return child


@needs_proc
@pytest.mark.parametrize("phase", PHASES)
def test_the_training_child_ends_itself_without_its_parent(
    labeled, trained, start, tmp_path, phase
):
    run = tmp_path / "run"
    training = start("train", labeled, "--out", run, *trained.options)
    child = started(run, training, phase)
    kill(training)

    wait_until(lambda: not is_running(child))
    assert not list((run / "exports").glob("*.part"))
    if (run / "result.json").exists():
        for artifact in json.loads((run / "result.json").read_text())["artifacts"]:
            assert (run / artifact["path"]).stat().st_size == artifact["bytes"]


@needs_proc
@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_training_child_is_reported(labeled, trained, start, cloudanno, tmp_path, phase):
    run = tmp_path / "run"
    training = start("train", labeled, "--out", run, *trained.options)
    os.kill(started(run, training, phase), signal.SIGKILL)
    assert training.wait(60) == 1
    said = training.stdout.read().decode()
    assert "training process was killed" in said
    assert "Traceback" not in said
    if phase == PHASES[0]:
        return

    again = cloudanno("train", labeled, "--out", tmp_path / "again", *trained.options, "--json")
    assert again.code == 0, again.err
    assert again.document["images"] == {"train": 16, "val": 4}
    assert len(again.document["artifacts"]) == 2


@pytest.mark.parametrize("moment", ["artifacts/", "versions/", "branches/dev", "-dev.tflite"])
def test_publishing(place, cloudanno, start, trained, tmp_path, moment):
    pulled = tmp_path / "device"
    publish = ["publish", place.address, trained.run, *place.reach, "--formats"]
    assert cloudanno(*publish, "tflite", "--branch", "dev").code == 0
    pull = ["pull", place.address, "--branch", "dev", *place.reach, pulled]
    assert cloudanno(*pull).code == 0
    before = place.objects()

    killed = start(*publish, "tflite,keras", "--branch", "dev", "--rollout", "50")
    seen = len([key for key in before if moment in key])
    wait_until(
        lambda: len([k for k in place.objects() if moment in k]) > seen or killed.poll() is not None
    )
    kill(killed)

    whole(place)
    served = cloudanno(*pull, "--json")
    assert served.code == 0, served.err
    assert all((pulled / path).is_file() for path in served.document["files"].values())

    again = cloudanno(*publish, "tflite,keras", "--branch", "dev")
    assert again.code == 0, again.err
    whole(place)
    assert set(cloudanno(*pull, "--json").document["files"]) == {"tflite", "keras"}


def whole(place):
    """Check that a branch names only objects that are there in full."""
    objects = place.objects()
    for key in objects:
        assert not key.endswith(".part")
        if key.startswith("models/branches/") or key.startswith("models/versions/"):
            for artifact in json.loads(place.read(key))["artifacts"]:
                assert objects[artifact["key"]] == artifact["bytes"]
