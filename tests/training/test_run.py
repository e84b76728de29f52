"""Real runs in real child processes, with a small backbone whose weights are random."""

import os
import shutil
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import h5py
import msgspec
import numpy as np
import pytest

from cloudanno_desktop.dataset.run_folder import RunFolder
from cloudanno_desktop.training.events import (
    EpochEnded,
    Evaluated,
    Exported,
    Phase,
    RunFailed,
    RunFinished,
    RunProgressed,
    RunStopped,
    Started,
    decode_event,
)
from cloudanno_desktop.training.process import TrainingChild
from tests.support.processes import children_of, is_running, needs_proc
from tests.training.conftest import draw, labeled, start_training

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("training")]


def carry_out(run):
    child = start_training(run)
    events = list(child.events())
    assert not isinstance(events[-1], RunFailed) or events[-1].kind != "bug", events[-1].message
    return events


def cached_rows(cache):
    database = sqlite3.connect(f"file:{cache}/cache/features/features.db?mode=ro", uri=True)
    try:
        return database.execute("SELECT count(*) FROM feature").fetchone()[0]
    finally:
        database.close()


@pytest.fixture
def many_pictures(tmp_path):
    found = []
    for number in range(900):
        path = tmp_path / f"many-{number}.png"
        draw(path, number % 2, 10_000 + number)
        found.append(labeled(path, number % 2))
    return found


@pytest.mark.slow
def test_a_run_ends_with_a_model_that_answers_what_the_figures_say(
    make_run, pictures, tmp_path, cache
):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    run = make_run([*pictures, labeled(broken, 1)], formats=("keras",))
    events = carry_out(run)

    assert isinstance(events[0], Started)
    phases = [event.name for event in events if isinstance(event, Phase)]
    assert phases == ["prepare", "features", "head", "evaluate", "export"]
    assert isinstance(events[-1], RunFinished)
    lines = run.events_path.read_bytes().splitlines()
    assert [decode_event(line) for line in lines] == events

    result = run.read_result()
    assert result.labels == ("red", "green", "blue")
    assert result.val_accuracy > 0.6
    assert result.train_images + result.val_images == 36
    assert list(result.unreadable) == ["broken.jpg"]
    assert result.weights == "none"
    assert result.seconds["total"] >= sum(
        result.seconds[k] for k in ("prepare", "features", "head", "evaluate", "model", "export")
    )
    (evaluated,) = [event for event in events if isinstance(event, Evaluated)]
    assert (evaluated.low, evaluated.high) == result.val_accuracy_interval

    (exported,) = [event for event in events if isinstance(event, Exported)]
    assert exported.agreement == 1
    assert exported.accuracy == result.val_accuracy
    assert result.artifacts[0].largest_difference < 0.02
    assert (run.path / exported.path).stat().st_size == exported.bytes
    assert [e.epoch for e in events if isinstance(e, EpochEnded)][:2] == [1, 5]

    before = cached_rows(cache)
    again = make_run(pictures)
    progress = [e for e in carry_out(again) if isinstance(e, RunProgressed)]
    assert cached_rows(cache) == before
    assert (36, 36) in [(e.done, e.total) for e in progress]
    assert again.read_result().val_accuracy == result.val_accuracy


@pytest.mark.slow
def test_the_full_gear_trains_several_labels_a_picture_until_its_budget_is_spent(
    make_run, pictures
):
    both = [
        type(image)(image.key, image.path, image.digest, tuple({image.labels[0], 2}))
        for image in pictures
    ]
    run = make_run(both, multi_label=True, mode="full", epochs=999, fine_tune=1, budget_s=0.1)
    events = carry_out(run)
    assert isinstance(events[-1], RunFinished)
    (epoch,) = [event for event in events if isinstance(event, EpochEnded) and event.epochs == 999]
    assert np.isfinite(epoch.loss)
    assert epoch.loss > 0
    result = run.read_result()
    assert result.mode == "full"
    assert len(result.thresholds) == 3
    assert result.seconds["fine_tune"] > 0
    assert run.model_path.is_file()


@pytest.mark.slow
def test_stop_keeps_the_best_weights(make_run, pictures):
    run = make_run(pictures, mode="full", epochs=1000)
    child = start_training(run)
    last = None
    for event in child.events():
        last = event
        if isinstance(event, EpochEnded) and event.epochs == 1000:
            child.stop()
    assert last == RunStopped(has_model=True)
    assert run.model_path.is_file()
    assert run.read_result().val_images > 0


@pytest.fixture
def first_run(make_run, pictures, tmp_path):
    """Write a run on a computer that has not prepared the backbone yet."""
    run = make_run(pictures)
    run.write_job(msgspec.structs.replace(run.read_job(), features_dir=str(tmp_path / "new")))
    return run


@needs_proc
def test_pictures_are_decoded_in_a_process_that_has_not_loaded_tensorflow(first_run):
    child = start_training(first_run)
    loaded = None
    for event in child.events():
        if event == Phase("head"):
            loaded = Path(f"/proc/{child.pid}/maps").read_text()
    assert first_run.has_result
    assert "numpy" in loaded
    assert "tensorflow" not in loaded


@needs_proc
@pytest.mark.parametrize("is_killed", [False, pytest.param(True, marks=pytest.mark.logs_warning)])
def test_the_end_of_a_run_ends_what_prepares_its_backbone(first_run, is_killed):
    child = start_training(first_run)
    events = child.events()
    (preparing,) = next(
        found
        for event in events
        if isinstance(event, RunProgressed) and (found := children_of(child.pid))
    )
    if is_killed:
        os.kill(child.pid, signal.SIGKILL)
    else:
        child.stop()
    last = list(events)[-1]
    assert isinstance(last, RunFailed) if is_killed else last == RunStopped(has_model=False)
    while is_running(preparing):
        threading.Event().wait(0.01)


def test_weights_that_give_senseless_features_end_the_run_and_leave_no_network(
    make_run, pictures, tmp_path
):
    run = make_run(pictures)
    carry_out(run)
    (random,) = Path(run.read_job().features_dir).glob("*-random-0.weights.h5")
    spoiled, folder = tmp_path / "spoiled.weights.h5", tmp_path / "new"
    shutil.copy(random, spoiled)
    with h5py.File(spoiled, "r+") as file:
        file["layers/conv2d/vars/0"][...] = np.nan
    run = make_run(pictures, weights=str(spoiled))
    run.write_job(msgspec.structs.replace(run.read_job(), features_dir=str(folder)))
    last = carry_out(run)[-1]
    assert isinstance(last, RunFailed)
    assert "senseless features" in last.message
    assert not list(folder.glob("*.tflite"))


def test_stop_during_features_leaves_no_model(make_run, many_pictures):
    run = make_run(many_pictures)
    child = start_training(run)
    last = None
    for event in child.events():
        last = event
        if isinstance(event, RunProgressed) and event.total == 900:
            child.stop()
    assert last == RunStopped(has_model=False)
    assert not run.has_result


def test_kill_during_features_leaves_the_cache_usable(make_run, many_pictures, cache):
    run = make_run(many_pictures)
    child = start_training(run)
    for event in child.events():
        if isinstance(event, RunProgressed) and event.total == 900 and event.done >= 200:
            child.close()
            break
    assert not run.has_result
    kept = cached_rows(cache)
    assert kept >= 128

    again = start_training(run)
    first = next(e for e in again.events() if isinstance(e, RunProgressed) and e.total == 900)
    again.close()
    assert first.done >= 128


def test_a_child_whose_window_died_ends_itself(make_run, many_pictures):
    run = make_run(many_pictures)
    child = start_training(run)
    next(child.events())
    child._process.stdin.close()
    last = list(child.events())[-1]
    assert last == RunStopped(has_model=False)


def test_unreadable_pictures_can_make_a_label_too_small(make_run, pictures, tmp_path):
    bad = []
    for number in range(8):
        path = tmp_path / f"bad-{number}.jpg"
        path.write_bytes(b"no picture %d" % number)
        bad.append(labeled(path, 1))
    red = [image for image in pictures if image.labels == (0,)]
    (*_, last) = carry_out(make_run(red + bad))
    assert isinstance(last, RunFailed)
    assert last.kind == "error"
    assert "“green” (0)" in last.message


def test_a_run_on_a_gpu_that_is_not_there_says_why(make_run, pictures, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    (last,) = carry_out(make_run(pictures, device="gpu"))
    assert isinstance(last, RunFailed)
    assert last.kind == "error"
    assert last.message.startswith("No GPU can be used: ")


def test_weights_that_cannot_be_had_name_the_three_ways(make_run, pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("CLOUDANNO_WEIGHTS", raising=False)
    (*_, last) = carry_out(make_run(pictures, weights="imagenet"))
    assert isinstance(last, RunFailed)
    assert last.kind == "weights"
    for way in ("--weights FILE", "CLOUDANNO_WEIGHTS", "connect to the network", "--weights none"):
        assert way in last.message


def test_weights_of_another_network_are_refused(make_run, pictures, shared_data):
    path = shared_data / "weights" / "mobilenet_v2_1.0_224_no_top.weights.h5"
    (*_, last) = carry_out(make_run(pictures, weights=str(path)))
    assert isinstance(last, RunFailed)
    assert last.kind == "error"
    assert "its layers are not those of MobileNet" in last.message


def test_a_damaged_job_fails_with_one_sentence(tmp_path):
    (tmp_path / "job.json").write_bytes(b'{"version": 1, "project"')
    (last,) = carry_out(RunFolder(tmp_path))
    assert isinstance(last, RunFailed)
    assert last.kind == "error"


SWAPPED = """import sys
from pathlib import Path
from cloudanno_desktop.export import parity
from cloudanno_desktop.training_child import main
class Swapped:
    def __init__(self, path):
        self.inner = inner(path)
        self.labels = self.inner.labels
    def predict(self, pixels):
        return self.inner.predict(pixels)[:, ::-1]
inner, parity.open_predictor = parity.open_predictor, Swapped
sys.exit(main(Path(sys.argv[1]), events=True))"""


@pytest.mark.slow
def test_a_file_that_decides_otherwise_is_removed_and_told(make_run, pictures):
    run = make_run(pictures, formats=("tflite",))
    child = TrainingChild(run.path, [sys.executable, "-c", SWAPPED, str(run.path)])
    events = list(child.events())

    assert isinstance(events[-1], RunFinished)
    result = run.read_result()
    assert result.artifacts == ()
    assert "pictures differently" in result.export_problems["tflite"]
    assert not list(run.exports_dir.glob("*.tflite"))
