"""What the list of transfers says, and when."""

import threading

import pytest
from PySide6.QtWidgets import QLabel

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.common.tasks import Lane, Task
from tests.support.program import make_pictures


@pytest.fixture
def held_lane(window):
    """Hold the edits of the window back until the event is set."""
    go_on = threading.Event()
    hold = Task(window.app, lambda _task: go_on.wait(), lane=Lane.DATABASE)
    yield lambda: window.app.runner.run(hold) and go_on
    go_on.set()


def listed(window):
    return " ".join(
        label.text() for label in window.app.project_widgets.drawer.transfers.findChildren(QLabel)
    )


def is_finished(batch):
    return batch.state == "finished"


def test_an_upload_is_not_listed_as_done_before_its_labels_are_kept(
    window, project, tmp_path, held_lane
):
    window.open(parse_address(str(project), None))
    label_id = window.add_label("heron")
    fresh = make_pictures(tmp_path / "desk", ["new.jpg"])
    go_on = held_lane()
    with window.qtbot.waitSignal(
        window.app.project.transfers.queue.changed, timeout=30_000, check_params_cb=is_finished
    ):
        window.app.project.labels.label_controller.upload(fresh, label_id)
    assert "as “heron”" in listed(window)
    assert "1 done" not in listed(window)
    go_on.set()
    window.wait(lambda: "1 done" in listed(window))
    assert window.counts() == {"heron": 1}
