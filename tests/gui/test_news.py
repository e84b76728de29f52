"""What others do to a project shows by itself, and a network that fails stands in nobody's way."""

import json
import shutil
import threading
import time

import boto3
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.gui.browser.offline_dialog import OfflineDialog
from cloudanno_desktop.gui.common.form_dialog import FormDialog
from cloudanno_desktop.gui.history.lost_question import LostQuestion
from cloudanno_desktop.gui.project import connectivity
from cloudanno_desktop.gui.transfers.transfer_row import TransferRow
from cloudanno_desktop.labels.edits.assign import CreateLabel
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.support.program import button, make_pictures, text_of

MANY, SEVERAL = 200, 20


@pytest.fixture
def patient(monkeypatch):
    """Let the storage be asked again after a moment."""
    monkeypatch.setattr(connectivity, "FIRST_WAIT_MS", 100)
    monkeypatch.setattr(connectivity, "LONGEST_WAIT_MS", 300)


class Service:
    """An S3 service that can be switched off and on; what it holds stays."""

    def __init__(self):
        self.port = 0
        self.start()

    def start(self):
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        _, self.port = self._server.get_host_and_port()
        self.is_on = True

    def stop(self):
        if self.is_on:
            self._server.stop()
        self.is_on = False

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def service(aws_keys):
    service = Service()
    yield service
    service.stop()


@pytest.fixture
def outside(service):
    """A client of somebody else."""
    client = boto3.client("s3", endpoint_url=service.endpoint)
    yield client
    client.close()


def bucket_of(outside, service, pictures, name):
    outside.create_bucket(Bucket=name)
    for path in pictures:
        outside.put_object(Bucket=name, Key=path.name, Body=path.read_bytes())
    connection = Connection(name="", endpoint_url=service.endpoint, addressing="path")
    return parse_address(f"s3://{name}", connection)


def state(window):
    return text_of(window.app.window.status, "state")


def test_a_phone_s_picture_appears_as_unlabeled_and_moves_nothing(
    window, tmp_path, service, outside
):
    pictures = make_pictures(tmp_path / "desk", [f"{number:03}.jpg" for number in range(80)])
    address = bucket_of(outside, service, pictures, "phone")
    window.open(address)
    grid = window.app.project_widgets.grid
    grid.set_current(int(grid.ids[60]))
    scrolled, selected = grid.verticalScrollBar().value(), grid.selected_ids().tolist()
    messages = []
    window.app.messages.shown.connect(messages.append)

    window.app.project.refresh_scheduler.use_interval(1)
    outside.put_object(Bucket="phone", Key="zz-8f14e45f.jpg", Body=pictures[0].read_bytes())

    window.wait(lambda: "zz-8f14e45f.jpg" in window.names())
    assert window.app.project.session.counts().labeled == 0
    assert grid.selected_ids().tolist() == selected
    assert grid.verticalScrollBar().value() == scrolled
    assert messages == []


def test_the_labels_of_another_person_come_with_the_next_look(window, tmp_path, service, outside):
    from cloudanno_desktop.labels.edits.assign import Assign
    from cloudanno_desktop.projects.workspace import Workspace
    from cloudanno_desktop.settings import Settings

    pictures = make_pictures(tmp_path / "desk", ["a.jpg", "b.jpg"])
    address = bucket_of(outside, service, pictures, "shared")
    window.open(address)
    with Workspace.open(address, Settings(author="bo")) as other:
        other.refresh()
        label = other.label_named("heron")
        other.apply(Assign((label.id,), (other.index.id_of("a.jpg"),)))
        other.synchronise()

    window.app.project.refresh_scheduler.use_interval(1)

    window.wait(lambda: window.counts() == {"heron": 1})


def test_a_file_that_is_copied_into_the_folder_appears_by_itself(window, project):
    window.open(parse_address(str(project), None))
    window.app.project.refresh_scheduler.use_interval(0)

    (project / "deep").mkdir()
    shutil.copy(project / "a.jpg", project / "deep" / "late.jpg")
    window.wait(lambda: "deep/late.jpg" in window.names())
    (project / "b.jpg").unlink()

    window.wait(lambda: "b.jpg" not in window.names())


def test_a_picture_that_is_replaced_shows_as_it_is_now(window, project):
    window.open(parse_address(str(project), None))
    grid = window.app.project_widgets.grid
    window.wait(lambda: grid.is_complete)
    first = int(grid.ids[0])
    before = grid.thumbnail_of(first)

    Image.new("RGB", (64, 48), (250, 250, 0)).save(project / "new.part.jpg")
    (project / "new.part.jpg").replace(project / "a.jpg")

    window.wait(lambda: grid.thumbnail_of(first) not in {None, before})


def test_nobody_looks_while_the_window_is_hidden(window, project):
    window.open(parse_address(str(project), None))
    looked = []
    window.app.project.refresh_scheduler.due.connect(lambda: looked.append(1))
    window.app.window.showMinimized()
    window.app.project.refresh_scheduler.note_change()
    window.qtbot.wait(1200)
    assert looked == []

    window.app.window.showNormal()

    window.wait(lambda: bool(looked))


def test_two_looks_never_run_at_once(window, project):
    window.open(parse_address(str(project), None))
    scan_controller = window.app.project.transfers.scans
    ended = []
    scan_controller.scan_ended.connect(ended.append)
    begun = []
    scan_controller.scan_began.connect(lambda: begun.append(1))

    for _ in range(5):
        scan_controller.scan(is_quiet=True)
        scan_controller.scan()

    window.wait(lambda: not scan_controller.is_scanning)
    assert len(begun) == len(ended) == 1


def test_a_project_opens_without_a_network_and_everything_follows_when_it_is_back(
    window, tmp_path, service, outside, patient
):
    pictures = make_pictures(tmp_path / "desk", ["a.jpg", "b.jpg", "c.jpg"])
    address = bucket_of(outside, service, pictures, "away")
    grid = window.app.project_widgets.grid
    window.open(address)
    window.wait(lambda: grid.is_complete)
    window.app.close_project()
    window.wait(lambda: window.app.project is None)
    service.stop()
    messages = []
    window.app.messages.shown.connect(lambda message: messages.append(message.text))

    window.open(address)
    window.wait(lambda: "Offline since" in state(window))
    window.wait(lambda: all(grid.thumbnail_of(int(i)) for i in grid.ids))
    assert window.names() == ["a.jpg", "b.jpg", "c.jpg"]
    window.add_label("heron")
    grid.select_all()
    window.press(Qt.Key.Key_1)
    window.wait(lambda: "unsaved" in state(window) and window.counts() == {"heron": 3})
    time.sleep(0.5)
    service.start()

    window.wait(lambda: "All changes saved" in state(window))
    assert "offline" not in state(window)
    assert [text for text in messages if "cannot be reached" in text] == messages[-1:]
    window.wait(lambda: "heron" in annotations(outside, "away"))
    assert json.loads(annotations(outside, "away"))["annotations"].keys() == {
        "a.jpg", "b.jpg", "c.jpg",
    }  # fmt: skip


def test_pictures_that_are_deleted_without_a_network_leave_the_bucket_later(
    window, tmp_path, service, outside, patient
):
    pictures = make_pictures(tmp_path / "desk", ["a.jpg", "b.jpg", "c.jpg"])
    window.open(bucket_of(outside, service, pictures, "deleting"))
    service.stop()
    grid = window.app.project_widgets.grid
    grid.select_ids(grid.ids[:2])
    window.app.window.actions_set["delete_images"].trigger()
    button(window.dialog(FormDialog), "Delete").click()
    window.wait(lambda: window.names() == ["c.jpg"])
    window.wait(lambda: "2 unsaved changes" in state(window))

    service.start()

    window.wait(lambda: state(window) == "Online · All changes saved")
    left = outside.list_objects_v2(Bucket="deleting")["Contents"]
    assert [e["Key"] for e in left if e["Key"].endswith(".jpg")] == ["c.jpg"]
    assert sum("_cloudanno/trash/" in e["Key"] for e in left) == 3  # two pictures and their list
    assert window.names() == ["c.jpg"]


def test_a_folder_that_is_kept_offline_is_seen_large_and_small_without_a_network(
    window, tmp_path, service, outside, patient
):
    pictures = [
        *make_pictures(tmp_path / "birds", ["a.jpg", "b.jpg"]),
        *make_pictures(tmp_path / "cars", ["c.jpg"]),
    ]
    outside.create_bucket(Bucket="keeping")
    for path in pictures:
        key = f"{path.parent.name}/{path.name}"
        outside.put_object(Bucket="keeping", Key=key, Body=path.read_bytes())
    connection = Connection(name="", endpoint_url=service.endpoint, addressing="path")
    window.open(parse_address("s3://keeping", connection))
    assert window.app._session.keep_offline(parse_address("s3://keeping/birds", connection))
    window.wait(lambda: window.app.window.findChild(OfflineDialog) is not None)
    dialog = window.app.window.findChild(OfflineDialog)
    assert dialog.prefixes() == ["birds/"]
    dialog.findChild(QDialogButtonBox).accepted.emit()
    kept = window.app.project.workspace.folder.parent / "kept"
    window.wait(lambda: len(originals(kept)) == 2)
    outside.put_object(Bucket="keeping", Key="birds/new.jpg", Body=pictures[0].read_bytes())
    window.app.project.refresh()
    window.wait(lambda: len(originals(kept)) == 3)

    service.stop()
    window.app.project_widgets.images.show_size(400)  # a size that no cache has

    grid = window.app.project_widgets.grid
    birds = [row.id for row in window.app.project.workspace.index.rows(grid.ids)][:3]
    window.wait(lambda: all(grid.thumbnail_of(int(i)) for i in birds))


def test_what_is_fetched_to_be_kept_is_listed_and_can_be_given_up(
    window, tmp_path, aws_keys, s3_endpoint, faulty, patient
):
    (picture,) = make_pictures(tmp_path / "desk", ["a.jpg"])
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="giving-up")
    for number in range(MANY):
        client.put_object(Bucket="giving-up", Key=f"{number:03}.jpg", Body=picture.read_bytes())
    client.close()
    cancelled = threading.Event()
    is_fetched = threading.Event()
    first = iter(range(SEVERAL))

    def slowly(asked, ask):
        if is_fetched.is_set() and next(first, None) is None:
            cancelled.wait(60)
        return ask(asked)

    faulty.fails(slowly, to=lambda asked: asked.is_read and asked.path.endswith(".jpg"))
    connection = Connection(name="", endpoint_url=faulty.endpoint, addressing="path")
    window.open(parse_address("s3://giving-up", connection))
    transfers = window.app.project_widgets.drawer.transfers
    offline_controller = window.app.project.transfers.offline
    offline_controller.started.connect(lambda *_request: is_fetched.set())
    offline_controller.keep([""])
    window.wait(is_fetched.is_set)
    kept = window.app.project.workspace.folder.parent / "kept"
    window.wait(lambda: bool(originals(kept)))
    row = next(r for r in transfers.findChildren(TransferRow) if shown_in(r, "Keep offline"))
    row.cancel_requested.emit()
    cancelled.set()

    window.wait(lambda: shown_in(row, "cancelled; fetched pictures stay"))
    here = originals(kept)
    assert 0 < len(here) < MANY
    with window.qtbot.waitSignal(window.app.project.transfers.scans.scan_ended, timeout=30_000):
        window.app.project.refresh()
    assert originals(kept) == here
    assert offline_controller._request is None  # nothing is fetched again before the person asks


def originals(kept):
    return {path for path in kept.glob("*/*") if "." not in path.name}


def shown_in(row, text):
    return any(text in label.text() for label in row.findChildren(QLabel))


def test_a_network_that_fails_meanwhile_is_noticed_and_found_again(
    window, tmp_path, service, outside, patient
):
    pictures = make_pictures(tmp_path / "desk", ["a.jpg"])
    window.open(bucket_of(outside, service, pictures, "shaky"))
    assert state(window) == "Online · All changes saved"
    service.stop()
    window.app.project.refresh_scheduler.use_interval(1)
    window.wait(lambda: "Offline since" in state(window))

    service.start()
    outside.put_object(Bucket="shaky", Key="new.jpg", Body=pictures[0].read_bytes())

    window.wait(lambda: state(window) == "Online · All changes saved")
    window.wait(lambda: "new.jpg" in window.names())


def annotations(client, bucket):
    try:
        return client.get_object(Bucket=bucket, Key="_annotations.json")["Body"].read().decode()
    except client.exceptions.NoSuchKey:
        return ""


def test_an_unreadable_part_of_the_journal_is_told_and_labels_go_on(window, project):
    from cloudanno_desktop.labels.journal.operations import object_key

    damaged = project / object_key("eve", 1)
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"\x00damaged")
    reported = []
    window.app.messages.shown.connect(reported.append)
    window.open(parse_address(str(project), None))
    window.wait(lambda: any(object_key("eve", 1) in message.text for message in reported))
    window.app.project.session.edit(lambda workspace: CreateLabel("heron"))
    window.wait(lambda: window.counts() == {"heron": 0})
    sync_controller = window.app.project.sync_controller

    sync_controller.synchronise()
    window.wait(lambda: not window.app.project.workspace.labels.pending())
    window.wait(lambda: not sync_controller._is_running)
    assert not (project / "_annotations.json").exists()

    reported[-1].act()
    window.wait((project / "_annotations.json").exists)


def test_a_lost_history_is_told_and_sent_again_by_one_choice(window, project):
    address = parse_address(str(project), None)
    with Workspace.open(address, Settings()) as workspace:
        workspace.refresh()
        workspace.apply(CreateLabel("heron"))
        workspace.synchronise()
    journal = project / "_cloudanno" / "journal"
    shutil.rmtree(journal)
    reported = []
    window.app.messages.shown.connect(reported.append)
    window.open(address)
    window.wait(lambda: any("--resend" in message.text for message in reported))

    reported[-1].act()
    (question,) = window.app.window.findChildren(LostQuestion)
    question.defaultButton().click()

    window.wait(lambda: any(journal.rglob("*.jsonl")))
    window.wait(lambda: not window.app.project.workspace.sync.is_lost)
