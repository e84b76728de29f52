"""Pictures as objects, as a person handles them: renamed, moved, linked to, looked up."""

import threading
import uuid
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import boto3
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QMenu, QPushButton

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.gui.browser.object_dialogs import (
    FolderDialog,
    ImageDetailsDialog,
    NameDialog,
)
from cloudanno_desktop.gui.project.image_menu import DAY_S, HOUR_S, ImageMenu
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.settings import Prices, Settings
from tests.support.program import Window, make_pictures

ON_S3 = pytest.mark.parametrize("place", ["s3"], indirect=True)
IN_FOLDER = pytest.mark.parametrize("place", ["folder"], indirect=True)
KEYS = ("spring/a b.jpg", "spring/c+d.jpg", "e%20f.jpg", "g#h.jpg")


@pytest.fixture
def client(s3_endpoint, aws_keys):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    yield client
    client.close()


class Objected(Window):
    """The program on one project, with what concerns its pictures as objects."""

    def __init__(self, window):
        super().__init__(window.app, window.qtbot)

    @property
    def objects(self):
        return self.app.project.findChild(ImageMenu)

    @property
    def workspace(self):
        return self.app.project.workspace

    def select(self, *keys):
        ids = self.workspace.index.ids_of(keys)
        self.app.project_widgets.grid.select_ids(ids.values())

    def label(self, name, *keys):
        label_id = self.add_label(name)
        ids = tuple(self.workspace.index.ids_of(keys).values())
        self.app.project.session.edit(lambda _workspace: Assign((label_id,), ids))
        self.wait(lambda: self.counts()[name] == len(keys))

    def labels(self):
        ids = self.app.project_widgets.grid.ids.tolist()
        cells = self.app.project.session.cells(ids)
        return {cell.key: [chip.text for chip in cell.chips] for cell in cells}

    def do(self, action):
        self.app.window.actions_set[action].trigger()

    def dialog(self, kind):
        def open_one():
            found = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind)]
            return next((dialog for dialog in found if dialog.isVisible()), None)

        self.wait(lambda: open_one() is not None)
        return open_one()

    def rename(self, key, target):
        self.select(key)
        self.do("rename_image")
        dialog = self.dialog(NameDialog)
        dialog.findChild(QLineEdit).setText(target)
        reply(dialog, "Rename")

    def message(self):
        return self.app.messages.text


def reply(dialog, text):
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    assert button.isEnabled()
    button.click()


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    """A project's address, and what lists its keys without the program."""
    folder = tmp_path / "pictures"
    for key in KEYS:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
    make_pictures(folder, KEYS)
    if request.param == "folder":
        paths = lambda: {p.relative_to(folder).as_posix() for p in folder.rglob("*.*")}  # noqa: E731
        return parse_address(str(folder), None), paths
    client = request.getfixturevalue("client")
    name = f"objects-{uuid.uuid4().hex[:10]}"
    client.create_bucket(Bucket=name)
    for key in KEYS:
        client.put_object(Bucket=name, Key=f"team/{key}", Body=(folder / key).read_bytes())
    endpoint = request.getfixturevalue("s3_endpoint")
    connection = Connection(endpoint_url=endpoint, addressing="path")

    def keys():
        found = client.list_objects_v2(Bucket=name).get("Contents", [])
        return {entry["Key"].removeprefix("team/") for entry in found}

    return parse_address(f"s3://{name}/team", connection), keys


@pytest.fixture
def opened(window, place):
    opened = Objected(window)
    opened.open(place[0])
    return opened


def test_a_renamed_picture_keeps_its_label_and_undo_names_it_back(opened, place):
    keys = place[1]
    opened.label("heron", "spring/a b.jpg", "g#h.jpg")
    opened.rename("spring/a b.jpg", "spring/ä 100%.jpg")
    opened.wait(lambda: "spring/ä 100%.jpg" in opened.names())
    opened.wait(lambda: "spring/a b.jpg" not in keys())

    opened.wait(lambda: opened.labels().get("spring/ä 100%.jpg") == ["heron"])
    opened.wait(lambda: opened.counts() == {"heron": 2})
    opened.wait(lambda: "spring/a b.jpg" not in opened.names())

    opened.wait(opened.app.window.actions_set["undo"].isEnabled)
    opened.do("undo")
    opened.wait(lambda: "spring/a b.jpg" in opened.names() and "spring/ä 100%.jpg" not in keys())
    opened.wait(lambda: opened.labels().get("spring/a b.jpg") == ["heron"])

    opened.do("redo")
    opened.wait(lambda: "spring/ä 100%.jpg" in opened.names() and "spring/a b.jpg" not in keys())
    opened.wait(lambda: opened.counts() == {"heron": 2})


def test_pictures_move_into_a_folder_with_their_labels(opened, place):
    keys = place[1]
    opened.label("stork", "e%20f.jpg", "g#h.jpg")
    opened.select("e%20f.jpg", "g#h.jpg")
    opened.do("move_images")
    dialog = opened.dialog(FolderDialog)
    box = dialog.findChild(QComboBox)
    opened.wait(lambda: "spring/" in [box.itemText(i) for i in range(box.count())])
    box.setEditText("_cloudanno")
    assert not any(b.isEnabled() for b in dialog.findChildren(QPushButton) if b.text() == "Move")
    box.setEditText("late summer")
    reply(dialog, "Move")
    opened.wait(lambda: {"late summer/e%20f.jpg", "late summer/g#h.jpg"} <= set(opened.names()))
    opened.wait(lambda: not {"e%20f.jpg", "g#h.jpg"} & keys())
    opened.wait(lambda: opened.labels().get("late summer/e%20f.jpg") == ["stork"])
    opened.wait(lambda: opened.counts() == {"stork": 2})


@IN_FOLDER
def test_a_name_that_is_taken_is_never_written_over(opened, place):
    keys = place[1]
    before = opened.workspace.bucket.get("g#h.jpg").body
    opened.rename("e%20f.jpg", "g#h.jpg")
    opened.wait(lambda: "already an object" in opened.message())
    assert opened.workspace.bucket.get("g#h.jpg").body == before
    assert "e%20f.jpg" in keys()


@IN_FOLDER
def test_what_would_be_no_picture_any_more_is_refused_while_it_is_typed(opened):
    opened.select("g#h.jpg")
    opened.do("rename_image")
    dialog = opened.dialog(NameDialog)
    field = dialog.findChild(QLineEdit)
    assert field.selectedText() == "g#h"
    rename = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Rename")
    for name in ("g#h.txt", "_cloudanno/g.jpg", "x" * 1100 + ".jpg"):
        field.setText(name)
        assert not rename.isEnabled()
    field.setText("other.png")
    assert rename.isEnabled()
    dialog.close()


@ON_S3
def test_the_cost_of_a_move_follows_prices_that_are_entered_meanwhile(opened):
    prices = Prices("EUR", write_requests=Decimal(2000))
    opened.app.settings.use(Settings(prices=prices))
    opened.select("e%20f.jpg")
    opened.do("move_images")
    dialog = opened.dialog(FolderDialog)
    assert any("2.0000 EUR" in label.text() for label in dialog.findChildren(QLabel))
    dialog.close()


@ON_S3
def test_without_the_network_nothing_is_moved_and_the_menu_says_why(opened):
    opened.select("g#h.jpg")
    actions = opened.app.window.actions_set
    assert actions["rename_image"].isEnabled()
    opened.app.project.connectivity.note_silence()
    assert not actions["rename_image"].isEnabled()
    assert not actions["move_images"].isEnabled()
    assert "cannot be reached" in actions["move_images"].text()
    opened.app.project.connectivity.note_reply()
    assert actions["move_images"].isEnabled()


@ON_S3
def test_details_tell_what_the_storage_knows(opened, place):
    opened.select("e%20f.jpg")
    opened.app.project_widgets.grid.set_current(opened.workspace.index.id_of("e%20f.jpg"))
    opened.wait(lambda: opened.app.project_widgets.grid.is_complete)
    opened.do("image_details")
    dialog = opened.dialog(ImageDetailsDialog)
    opened.wait(lambda: dialog.facts()["Content type"] not in ("", "…"))
    opened.wait(lambda: "Dimensions" in dialog.facts())
    facts = dialog.facts()
    assert facts["Key"] == "e%20f.jpg"
    assert facts["Dimensions"] == "64 × 48"
    assert facts["ETag"] == opened.workspace.bucket.head("e%20f.jpg").etag
    address = place[0]
    assert facts["Path" if address.is_folder else "S3 URI"] == f"{address.location}/e%20f.jpg"
    dialog.close()


@ON_S3
def test_the_addresses_of_the_selection_are_copied(opened, place):
    opened.select("e%20f.jpg", "spring/c+d.jpg")
    opened.do("copy_uri")
    opened.wait(lambda: "copied" in opened.message())
    location = place[0].location
    assert QGuiApplication.clipboard().text().splitlines() == [
        f"{location}/e%20f.jpg",
        f"{location}/spring/c+d.jpg",
    ]


def open_menu(opened):
    opened.wait(lambda: not opened.app.runner.is_busy)
    opened.app.project_widgets.grid.context_menu_requested.emit(
        opened.app.project_widgets.grid.mapToGlobal(opened.app.project_widgets.grid.rect().center())
    )
    nearest = Qt.FindChildOption.FindDirectChildrenOnly
    menu = opened.app.project_widgets.grid.findChildren(QMenu, options=nearest)[-1]
    return menu, [action.text() for action in menu.actions()]


def test_the_menu_offers_links_where_there_can_be_any_and_else_says_why_not(opened, place):
    opened.select("g#h.jpg")
    menu, texts = open_menu(opened)
    if place[0].is_folder:
        (link,) = [a for a in menu.actions() if a.text().startswith("Link unavailable")]
        assert "folder on this computer" in link.text()
        assert not link.isEnabled()
    else:
        (link,) = [a for a in menu.actions() if a.text() == "Copy link"]
        assert [a.text() for a in link.menu().actions()] == [
            "For 15 minutes",
            "For 1 hour",
            "For 1 day",
            "For 7 days",
        ]
        assert link.isEnabled()
    assert any(text.startswith("Rename picture") for text in texts)
    menu.close()


@ON_S3
def test_a_link_shows_the_picture_to_whoever_has_it(opened):
    for key in KEYS:
        opened.select(key)
        QGuiApplication.clipboard().setText("")
        opened.objects.copy_links(HOUR_S)
        opened.wait(lambda: QGuiApplication.clipboard().text() != "")
        link = QGuiApplication.clipboard().text()
        with urlopen(link) as replied:
            assert replied.read() == opened.workspace.bucket.get(key).body
        assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == [str(HOUR_S)]
        assert link not in opened.message()
    opened.objects.copy_links(7 * DAY_S)
    opened.wait(lambda: f"X-Amz-Expires={7 * DAY_S}" in QGuiApplication.clipboard().text())


@IN_FOLDER
def test_a_project_that_is_closed_amid_a_move_ends_it_in_good_order(opened, place, monkeypatch):
    opened.label("heron", "g#h.jpg", "e%20f.jpg")
    begun, go_on = threading.Event(), threading.Event()
    copy = FolderBucket.copy

    def slowly(bucket, source, target):
        begun.set()
        go_on.wait(30)
        return copy(bucket, source, target)

    monkeypatch.setattr(FolderBucket, "copy", slowly)
    crashes = []
    opened.app.crashes.reported.connect(crashes.append)
    opened.rename("g#h.jpg", "moved.jpg")
    opened.wait(begun.is_set)
    opened.app.close_project()
    opened.qtbot.wait(50)
    go_on.set()
    opened.wait(lambda: opened.app.project is None)
    opened.wait(lambda: not opened.app.runner.is_busy)
    assert crashes == []
    opened.open(place[0])
    kept = {key for key, labels in opened.labels().items() if labels == ["heron"]}
    assert {"e%20f.jpg"} < kept <= {"e%20f.jpg", "g#h.jpg", "moved.jpg"}
