"""Closing the window in the middle of work: it ends by itself and leaves nothing behind."""

import json
import os
import signal
import threading

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.gui.common.tasks import Lane, Task
from cloudanno_desktop.paths import project_dir
from cloudanno_desktop.projects.seat import take_seat
from tests.support.processes import children_of, needs_proc
from tests.support.program import LONG_MS, make_pictures

pytestmark = needs_proc

OPTIONS = TrainOptions(weights="none", backbone="mobilenet_v1_025", formats=("keras",))


def python_threads():
    """Return what Python started; of a QThread it keeps a dummy that does not go away."""
    return {one for one in threading.enumerate() if not one.name.startswith("Dummy")}


@pytest.fixture
def leaves_nothing():
    """Check at the end that no thread and no process is left but those that were there."""
    threads, processes = python_threads(), children_of()
    yield
    assert python_threads() - threads == set()
    assert children_of() - processes == set()


@pytest.fixture
def labeled(window, tmp_path):
    """An open project with two labels of six pictures each."""
    names = [f"{number:02}.png" for number in range(12)]
    make_pictures(tmp_path / "project", names)
    window.open(parse_address(str(tmp_path / "project"), None))
    window.add_label("heron")
    window.add_label("stork")
    ids = window.app.project_widgets.grid.ids
    for name, chosen in (("heron", ids[:6]), ("stork", ids[6:])):
        window.app.project.session.assign_new_label(name, chosen)
    window.wait(lambda: window.counts() == {"heron": 6, "stork": 6})
    return window


def end_by_itself(window):
    """Close the window; its end must not be the one that comes after too long a while."""
    window.end()
    assert window.app.project is None
    assert window.app.train_controller is None


def test_closing_while_a_run_is_prepared(leaves_nothing, labeled):
    labeled.app.train_controller.train(OPTIONS)
    end_by_itself(labeled)


@pytest.mark.training
@pytest.mark.slow
@pytest.mark.parametrize("heard", ["begin", "phase"])
def test_closing_while_the_child_trains(leaves_nothing, labeled, heard):
    before = children_of()
    labeled.app.train_controller.train(OPTIONS)
    if heard == "phase":
        phases = []
        labeled.app.train_controller._worker.phase_entered.connect(phases.append)
        labeled.wait(lambda: "features" in phases)
    else:
        labeled.wait(lambda: children_of() > before)
    end_by_itself(labeled)


def test_closing_while_files_are_uploaded_with_a_label(leaves_nothing, labeled, tmp_path):
    fresh = make_pictures(tmp_path / "desk", [f"new{number}.png" for number in range(60)])
    labeled.app.project.labels.label_controller.upload(fresh, labeled.label_id("heron"))
    labeled.wait(lambda: labeled.counts()["heron"] > 6)
    end_by_itself(labeled)


def test_an_edit_that_waits_while_the_window_closes_is_kept_and_harms_nobody(window, tmp_path):
    make_pictures(tmp_path / "project", ["a.png"])
    window.open(parse_address(str(tmp_path / "project"), None))
    go_on = threading.Event()
    window.app.runner.run(Task(window.app, lambda _task: go_on.wait(), lane=Lane.DATABASE))
    session, ids = window.app.project.session, window.app.project_widgets.grid.ids
    session.assign_new_label("heron", ids)
    window.app.close_project()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    go_on.set()
    window.wait(lambda: window.app.project is None)
    window.open(parse_address(str(tmp_path / "project"), None))
    assert "heron" in window.counts()


def test_a_project_that_waits_for_its_turn_is_let_go_of(window, tmp_path):
    for name in ("project", "next"):
        make_pictures(tmp_path / name, ["a.png"])
    window.open(parse_address(str(tmp_path / "project"), None))
    go_on = threading.Event()
    window.app.runner.run(Task(window.app, lambda _task: go_on.wait(), lane=Lane.DATABASE))
    address = parse_address(str(tmp_path / "next"), None)
    with window.qtbot.waitSignal(window.app.project_opener.opened, timeout=LONG_MS) as opened:
        window.app.project_opener.open(address)  # ``opened`` keeps it from closing by itself
    assert opened.args
    assert is_taken(address)
    window.app.close_project()
    go_on.set()
    window.wait(lambda: window.app.project is None)
    assert not is_taken(address)


def is_taken(address):
    seat, lock = take_seat(project_dir(address.identity))
    lock.release()
    return seat.name != "1"


def annotations(tmp_path):
    file = tmp_path / "project" / "_annotations.json"
    return json.loads(file.read_text())["annotations"] if file.exists() else {}


def test_the_annotation_file_says_at_the_end_what_was_sent_before(window, tmp_path):
    make_pictures(tmp_path / "project", ["a.png"])
    window.open(parse_address(str(tmp_path / "project"), None))
    project = window.app.project
    with window.qtbot.waitSignal(project.sync_controller.saved, timeout=LONG_MS):
        project.session.assign_new_label("heron", window.app.project_widgets.grid.ids)
    assert project.workspace.labels.pending() == 0
    assert annotations(tmp_path) == {}

    window.end()

    assert annotations(tmp_path) == {"a.png": [{"label": "heron"}]}


@pytest.mark.logs_warning
def test_closing_while_the_media_process_is_dead(leaves_nothing, labeled):
    process = labeled.app.project.media.process_id
    os.kill(process, signal.SIGSTOP)  # so that it surely writes nothing any more
    labeled.app.project.session.assign_new_label("crane", labeled.app.project_widgets.grid.ids[:1])
    labeled.app.close_project()
    os.kill(process, signal.SIGKILL)
    labeled.wait(lambda: labeled.app.project is None)
    end_by_itself(labeled)


def test_the_process_that_waits_for_the_next_project_ends_with_the_window(leaves_nothing, labeled):
    labeled.do("close_project")
    labeled.wait(lambda: labeled.app.project is None)
    labeled.wait(lambda: bool(children_of()))
    end_by_itself(labeled)
