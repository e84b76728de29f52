"""Nothing that was typed or trained is thrown away without a question."""

import threading

import pytest
from PySide6.QtWidgets import QLabel

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.dataset.run_folder import TrainOptions
from cloudanno_desktop.gui.common.form_dialog import FormDialog
from cloudanno_desktop.progress import Cancelled
from tests.support.program import button, make_pictures

OPTIONS = TrainOptions(weights="none", backbone="mobilenet_v1_025", formats=("keras",))


class Waiting:
    """Originals that never come."""

    def __init__(self):
        self.go_on = threading.Event()

    def fetch(self, _pictures, progress):
        while not self.go_on.wait(0.05):
            progress(0, 1, "")
        raise Cancelled


@pytest.fixture
def training(window, tmp_path):
    """A project with a training that gets nowhere."""
    make_pictures(tmp_path / "project", [f"{number:02}.png" for number in range(12)])
    window.open(parse_address(str(tmp_path / "project"), None))
    ids = window.app.project_widgets.grid.ids
    for name, chosen in (("heron", ids[:6]), ("stork", ids[6:])):
        window.app.project.session.assign_new_label(name, chosen)
    window.wait(lambda: window.counts() == {"heron": 6, "stork": 6})
    waiting = Waiting()
    window.app.train_controller._originals = waiting
    window.app.train_controller.train(OPTIONS)
    yield window
    waiting.go_on.set()


def refuse(window):
    question = window.dialog(FormDialog)
    assert any("training is running" in label.text() for label in question.findChildren(QLabel))
    cancel = button(question, "Cancel")
    assert cancel.isDefault()  # Return without a thought loses nothing
    cancel.click()


def test_closing_the_window_during_a_training_asks(training):
    assert not training.app.window.close()
    refuse(training)
    assert training.app.window.isVisible()
    assert training.app.train_controller.is_training
    training.app.window.close()
    question = training.dialog(FormDialog)
    training.has_ended = True
    with training.qtbot.waitSignal(training.app.ended, timeout=120_000):
        button(question, "Stop training").click()
    assert not training.app.window.isVisible()


def test_closing_the_project_during_a_training_asks(training):
    training.do("close_project")
    refuse(training)
    assert training.app.project is not None
    training.do("close_project")
    button(training.dialog(FormDialog), "Stop training").click()
    training.wait(lambda: training.app.project is None)


def test_opening_another_project_during_a_training_asks(training, tmp_path):
    make_pictures(tmp_path / "next", ["a.png"])
    address = parse_address(str(tmp_path / "next"), None)
    training.app.project_opener.open(address)
    refuse(training)
    assert training.app.project.workspace.title == "project"
    with training.qtbot.waitSignal(training.app.project_opened, timeout=120_000):
        training.app.project_opener.open(address)
        button(training.dialog(FormDialog), "Stop training").click()
    assert training.app.project.workspace.title == "next"
    assert training.app.project.workspace.folder.name == "1"  # no seat was left taken
