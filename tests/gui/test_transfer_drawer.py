"""The drawer of transfers, and the window around it."""

import os

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QToolButton

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.gui.common.plurals import EnglishPlurals
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.transfers.taken_question import ExistingQuestion
from cloudanno_desktop.gui.transfers.transfer_list import TransferList
from cloudanno_desktop.gui.transfers.transfer_row import TransferRow
from cloudanno_desktop.media_messages.commands import ControlBatch, UseSettings
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.model import BatchState, BatchStatus, Direction, Problem
from tests.support.program import make_pictures


def batch(state, number=1, **values):
    facts = {"files": 300, "done": 120, "skipped": 0, "failed": 0, "bytes": 1000, "done_bytes": 400}
    return BatchStatus(
        number, Direction.UP, "Upload birds", BatchState(state), "", **(facts | values)
    )


@pytest.fixture
def transfers(qtbot, qapp):
    transfers = TransferList(Theme(qapp, "light"))
    qapp.installTranslator(EnglishPlurals(transfers))
    qtbot.addWidget(transfers)
    transfers.resize(900, 300)
    transfers.show()
    return transfers


@pytest.fixture
def steered(transfers):
    reported = []
    transfers.steered.connect(reported.append)
    return reported


def shown(widget, *kinds):
    """Return the parts of these kinds that a person sees; new rows are shown by an event."""
    QApplication.processEvents()
    return [
        part for kind in kinds for part in widget.findChildren(kind) if part.isVisibleTo(widget)
    ]


def texts(widget):
    return " ".join(label.text() for label in shown(widget, QLabel))


def button(widget, text):
    found = shown(widget, QPushButton, QToolButton)
    return next(b for b in found if text in (b.text(), b.accessibleName()))


def test_an_empty_list_says_so(transfers):
    assert "No transfers" in texts(transfers)


def test_a_running_batch_can_rest_and_be_given_up(transfers, steered):
    transfers.show_batch(batch("running"))
    assert "120 / 300" in texts(transfers)
    button(transfers, "Pause").click()
    transfers.show_batch(batch("paused"))
    assert "paused" in texts(transfers)
    button(transfers, "Resume").click()
    button(transfers, "Cancel").click()
    assert "cancelled" in texts(transfers)

    acts = [("pause", 1), ("resume", 1), ("cancel", 1)]
    assert steered == [ControlBatch(act, number) for act, number in acts]


def test_what_is_told_late_of_a_cancelled_batch_is_ignored(transfers):
    transfers.show_batch(batch("running"))
    button(transfers, "Cancel").click()
    transfers.show_batch(batch("running"))

    assert "cancelled" in texts(transfers)
    assert len(transfers.findChildren(TransferRow)) == 1


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("offline", "waiting for the network"),
        ("asking", "waiting for your answer"),
        ("held", "stopped"),
        ("waiting", "waiting"),
    ],
)
def test_a_batch_that_waits_says_what_for(transfers, state, text):
    transfers.show_batch(batch(state))

    assert text in texts(transfers)


def test_all_can_rest_go_on_and_be_cleared(transfers, steered):
    transfers.show_batch(batch("running", 1))
    transfers.show_batch(batch("paused", 2))
    transfers.show_batch(batch("finished", 3, done=300))
    for text in ("Pause all", "Resume all", "Clear finished"):
        button(transfers, text).click()

    assert steered == [ControlBatch("pause"), ControlBatch("resume"), ControlBatch("clear")]
    assert texts(transfers).count("Upload birds") == 2


def test_each_problem_is_listed_with_its_reason_and_another_try(transfers, steered):
    problems = (
        Problem(7, "/a.jpg", "it is gone"),
        Problem(8, "/b.jpg", "SlowDown"),
        Problem(0, "/notes.txt", "no image"),
    )
    transfers.show_batch(batch("finished", failed=150, problems=problems))
    button(transfers, "150 problems").click()
    listed = texts(transfers)
    assert all(word in listed for word in ("/a.jpg", "it is gone", "no image", "and 147 more"))
    button(transfers, "Retry /b.jpg").click()
    button(transfers, "Retry all files of this row").click()

    assert steered == [ControlBatch("retry", 1, 8), ControlBatch("retry", 1, 0)]


def test_rate_and_time_left_are_shown_while_bytes_move(transfers, monkeypatch):
    clock = iter(range(100, 200))
    monkeypatch.setattr(
        "cloudanno_desktop.gui.transfers.transfer_row.time.monotonic", lambda: float(next(clock))
    )
    for done in (0, 1000, 2000):
        transfers.show_batch(batch("running", bytes=10_000, done_bytes=done))

    assert "2.0 kB / 10.0 kB" in texts(transfers)
    assert "1.0 kB/s" in texts(transfers)
    assert "8 s left" in texts(transfers)


def finished(window):
    window.wait(lambda: " done" in texts(window.app.project_widgets.drawer.transfers))


def test_a_taken_name_is_asked_about_where_the_person_wants_to_choose(window, project, tmp_path):
    window.open(parse_address(str(project), None))
    window.app.settings.use(Settings(existing="ask"))
    other = make_pictures(tmp_path / "desk", ["x.jpg", "a.jpg"])
    window.app.project.labels.label_controller.upload([other[1]])
    window.wait(lambda: window.app.window.findChild(ExistingQuestion) is not None)
    question = window.app.window.findChild(ExistingQuestion)
    assert "a.jpg" in question.text()
    before = (project / "a.jpg").read_bytes()
    over = next(b for b in question.buttons() if "Overwrite" in b.text())
    assert question.buttonRole(over) is QMessageBox.ButtonRole.DestructiveRole
    over.click()
    finished(window)

    assert before != (project / "a.jpg").read_bytes() == other[1].read_bytes()


def test_bounds_that_are_changed_hold_at_once(window, project, monkeypatch):
    window.open(parse_address(str(project), None))
    sent = []
    monkeypatch.setattr(window.app.project.media._child, "send", sent.append)
    settings = Settings(parallel_transfers=3, upload_limit_kb_s=500)
    window.app.settings.use(settings)

    assert UseSettings(settings) in sent


@pytest.mark.logs_warning
def test_a_killed_media_process_goes_on_with_its_uploads(window, project, tmp_path):
    window.open(parse_address(str(project), None))
    label_id = window.add_label("heron")
    fresh = make_pictures(tmp_path / "desk", [f"{n}.jpg" for n in range(40)])
    window.app.project.labels.label_controller.upload(fresh, label_id)
    window.wait(lambda: bool(window.app.project.workspace.queue.files()))
    os.kill(window.app.project.media.process_id, 9)

    window.wait(lambda: window.counts().get("heron") == 40)
    window.wait(lambda: not window.app.project.workspace.queue.files())
    finished(window)


def test_a_refresh_takes_the_line_of_the_one_before(window, project):
    window.open(parse_address(str(project), None))
    drawer = window.app.project_widgets.drawer.transfers
    for _ in range(3):
        with window.qtbot.waitSignal(window.app.project.transfers.scans.scan_ended):
            window.do("refresh")
    assert [row.title for row in drawer.findChildren(TransferRow) if not row.isHidden()] == [
        "Refresh"
    ]
