"""The bucket browser as a person uses it: the tree, its menus and its questions."""

import uuid

import boto3
import pytest
from botocore.exceptions import ClientError
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
)

from cloudanno_desktop.bucket.connections.connection import Connection, save_connection
from cloudanno_desktop.bucket.errors import AccessDenied
from cloudanno_desktop.gui.app.project_opener import ProjectOpener, Secrets
from cloudanno_desktop.gui.browser.browser import Browser, PlaceAction
from cloudanno_desktop.gui.browser.bucket_dialogs import (
    BucketNameDialog,
    DeleteBucketDialog,
    NewBucketDialog,
)
from cloudanno_desktop.gui.browser.nodes import PlaceKind
from cloudanno_desktop.gui.browser.object_dialogs import DeleteFolderDialog, NameDialog
from cloudanno_desktop.gui.common.plurals import EnglishPlurals
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.common.widgets import IconButton
from cloudanno_desktop.gui.window.recent_list import RecentList
from cloudanno_desktop.projects.folders import CurrentProject
from cloudanno_desktop.settings import RecentProject, Settings

LONG_MS = 30_000


@pytest.fixture
def client(s3_endpoint, aws_keys):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    yield client
    client.close()


@pytest.fixture
def photos(client):
    name = f"browsed-{uuid.uuid4().hex[:10]}"
    client.create_bucket(Bucket=name)
    return name


class Tree:
    """The browser with what is behind it, used by names of places."""

    def __init__(self, qtbot, project_opener, settings, said):
        self.qtbot = qtbot
        self.project_opener = project_opener
        self.browser = project_opener.browser
        self.model = self.browser.tree.model()
        self.said = said
        self.settings = settings

    def rows(self, *path):
        parent = self.index(*path)
        return [self.model.index(row, 0, parent) for row in range(self.model.rowCount(parent))]

    def names(self, *path):
        return [index.data() for index in self.rows(*path)]

    def index(self, *path):
        found = self.model.index(-1, 0)
        for name in path:
            rows = [self.model.index(row, 0, found) for row in range(self.model.rowCount(found))]
            found = next(index for index in rows if index.data() == name)
        return found

    def node(self, *path):
        return self.model.node(self.index(*path))

    def expand(self, *path):
        self.browser.tree.expand(self.index(*path))
        self.wait(lambda: self.names(*path) not in ([], ["Loading…"]))

    def do(self, act, *path):
        self.browser.act_requested.emit(act, self.node(*path))

    def dialog(self, kind):
        self.wait(lambda: self._open(kind) is not None)
        return self._open(kind)

    def wait(self, condition):
        self.qtbot.waitUntil(condition, timeout=LONG_MS)

    def wait_said(self, words):
        self.wait(lambda: any(words in message.text for message in self.said))

    def _open(self, kind):
        open_ones = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind)]
        return next((dialog for dialog in open_ones if dialog.isVisible()), None)


@pytest.fixture
def tree(qtbot, qapp, s3_endpoint, aws_keys):
    save_connection(Connection(name="moto", endpoint_url=s3_endpoint, addressing="path"))
    plurals = EnglishPlurals(qapp)
    qapp.installTranslator(plurals)
    runner, said = TaskRunner(), []
    browser = Browser(Theme(qapp, "light"))
    qtbot.addWidget(browser)
    settings = SettingsStore(Settings(), runner)
    project_opener = ProjectOpener(runner, settings, Secrets(), browser, said.append)
    project_opener.show_places()
    browser.show()
    yield Tree(qtbot, project_opener, settings, said)
    for dialog in browser.findChildren(NameDialog):
        dialog.close()
    qapp.removeTranslator(plurals)
    runner.close()
    runner.deleteLater()


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text)


def field(dialog):
    return next(f for f in dialog.findChildren(QLineEdit) if f.accessibleName())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("My-Photos", "lowercase letters"),
        ("my_photos", "lowercase letters"),
        ("ab", "3 to 63"),
        ("a" * 64, "3 to 63"),
        ("-photos", "and end with"),
        ("photos-", "and end with"),
        ("photos..spring", "dot"),
        ("photos.-spring", "dot"),
        ("192.168.5.4", "IP address"),
        ("xn--photos", "reserved"),
        ("sthree-photos", "reserved"),
        ("photos-s3alias", "reserved"),
        ("photos--ol-s3", "reserved"),
    ],
)
def test_a_name_that_no_service_takes_is_refused_while_it_is_typed(qtbot, tree, name, reason):
    dialog = NewBucketDialog(Connection(), tree.browser)
    dialog.show()
    qtbot.keyClicks(field(dialog), name)

    shown = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert any(reason in text for text in shown)
    assert not button(dialog, "Create").isEnabled()
    dialog.close()


def test_a_good_name_can_be_created_and_deeplens_wants_its_prefix(qtbot, tree):
    dialog = NewBucketDialog(Connection(), tree.browser)
    dialog.show()
    qtbot.keyClicks(field(dialog), "bird-photos")
    assert button(dialog, "Create").isEnabled()
    dialog.findChild(QCheckBox).click()
    assert dialog.name == "deeplens-bird-photos"
    dialog.findChild(QCheckBox).click()
    assert dialog.name == "bird-photos"
    dialog.close()


def test_a_bucket_is_made_where_the_person_says(tree, client):
    name = f"made-{uuid.uuid4().hex[:10]}"
    tree.browser.open_connection("moto")
    tree.do(PlaceAction.NEW_BUCKET, "moto")
    dialog = tree.dialog(NewBucketDialog)
    field(dialog).setText(name)
    dialog.findChild(QComboBox).setEditText("eu-west-1")
    button(dialog, "Create").click()

    tree.wait(lambda: name in tree.names("moto"))
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"


def test_a_new_bucket_is_opened_from_the_message(tree, qtbot):
    name = f"made-{uuid.uuid4().hex[:10]}"
    tree.browser.open_connection("moto")
    tree.do(PlaceAction.NEW_BUCKET, "moto")
    dialog = tree.dialog(NewBucketDialog)
    field(dialog).setText(name)
    button(dialog, "Create").click()
    tree.wait_said("Created bucket")

    with qtbot.waitSignal(tree.browser.project_requested) as opened:
        next(said for said in tree.said if said.action == "Open").act()
    assert opened.args[0].location == f"s3://{name}"


def test_ibm_is_offered_its_locations_with_storage_classes(tree):
    endpoint = "https://s3.eu-de.cloud-object-storage.appdomain.cloud"
    dialog = NewBucketDialog(Connection(name="ibm", endpoint_url=endpoint), tree.browser)
    box = dialog.findChild(QComboBox)
    assert [box.itemText(i) for i in range(box.count())] == [
        "eu-de-standard",
        "eu-de-smart",
        "eu-de-vault",
        "eu-de-cold",
    ]
    dialog.close()


def test_a_bucket_goes_only_with_its_name_and_its_content_only_if_told(tree, client, photos):
    for number in range(3):
        client.put_object(Bucket=photos, Key=f"a/{number}.jpg", Body=b"x" * 1000)
    tree.expand("moto")
    tree.do(PlaceAction.DELETE, "moto", photos)
    dialog = tree.dialog(DeleteBucketDialog)
    tree.wait(lambda: "3 objects, 3.0 kB" in dialog._content.text())
    delete = button(dialog, "Delete bucket")

    field(dialog).setText(photos)
    assert not delete.isEnabled()
    dialog.findChild(QCheckBox).click()
    assert delete.isEnabled()
    field(dialog).setText("another-name")
    assert not delete.isEnabled()
    field(dialog).setText(photos)
    delete.click()

    tree.wait(lambda: photos not in tree.names("moto"))
    with pytest.raises(ClientError):
        client.head_bucket(Bucket=photos)


def test_an_empty_bucket_goes_with_its_name_alone(tree, client, photos):
    tree.expand("moto")
    tree.do(PlaceAction.DELETE, "moto", photos)
    dialog = tree.dialog(DeleteBucketDialog)
    tree.wait(lambda: dialog._content.text() == "It is empty.")
    field(dialog).setText(photos)
    button(dialog, "Delete bucket").click()
    tree.wait_said("Deleted bucket")


def test_empty_places_say_that_they_are_empty(tree, client, photos, tmp_path):
    tree.expand("moto")
    tree.expand("moto", photos)
    assert tree.names("moto", photos) == ["This folder is empty"]
    client.put_object(Bucket=photos, Key="a.jpg", Body=b"x")
    tree.browser.refresh(tree.node("moto", photos))
    tree.wait(lambda: tree.names("moto", photos) == ["No folders, 1 file"])


def test_a_bucket_that_may_not_be_listed_is_opened_by_its_name(tree, monkeypatch):
    def refuse(*_arguments):
        raise AccessDenied("https://s3.example", "list the buckets", "AccessDenied")

    monkeypatch.setattr("cloudanno_desktop.bucket.level.list_buckets", refuse)
    tree.expand("moto")
    notes = tree.names("moto")
    assert "not allowed to list" in notes[0]
    needed = []
    tree.project_opener.place_actions.place_typed.disconnect(tree.project_opener.open_text)
    tree.project_opener.place_actions.place_typed.connect(lambda *words: needed.append(words))
    tree.browser.tree.activated.emit(tree.rows("moto")[1])
    dialog = tree.dialog(BucketNameDialog)
    field(dialog).setText("hidden-photos/birds")
    button(dialog, "Open").click()
    assert needed == [("s3://hidden-photos/birds", "moto")]


def test_listing_stops_when_the_place_is_closed(tree, photos):
    tree.expand("moto")
    tree.browser.tree.expand(tree.index("moto", photos))
    assert tree.names("moto", photos) == ["Loading…"]
    tree.browser.tree.collapse(tree.index("moto", photos))
    assert tree.names("moto", photos) == []
    tree.wait(lambda: not tree.project_opener._runner.is_busy)
    assert tree.names("moto", photos) == []
    tree.expand("moto", photos)
    assert tree.names("moto", photos) == ["This folder is empty"]


def test_a_folder_is_renamed_after_it_was_counted(tree, client, photos):
    for key in ("spring/a b.jpg", "spring/deep/c+d.jpg", "springs/other.jpg"):
        client.put_object(Bucket=photos, Key=key, Body=b"x" * 500)
    tree.expand("moto")
    tree.expand("moto", photos)
    tree.do(PlaceAction.RENAME, "moto", photos, "spring")
    dialog = tree.dialog(NameDialog)
    tree.wait(lambda: "2 objects · 1.0 kB" in dialog._amount.text())
    rename = button(dialog, "Rename")
    field(dialog).setText("spring/inside")
    assert not rename.isEnabled()
    field(dialog).setText("2026/spring")
    rename.click()

    tree.wait_said("Moved 2 objects to “2026/spring/”")
    found = {o["Key"] for o in client.list_objects_v2(Bucket=photos)["Contents"]}
    assert found == {"2026/spring/a b.jpg", "2026/spring/deep/c+d.jpg", "springs/other.jpg"}
    tree.wait(lambda: tree.names("moto", photos) == ["2026", "springs"])


def test_the_keyboard_renames_and_opens_the_menu(tree, client, photos):
    client.put_object(Bucket=photos, Key="spring/a.jpg", Body=b"x")
    tree.expand("moto")
    tree.expand("moto", photos)
    view = tree.browser.tree
    view.setCurrentIndex(tree.index("moto", photos, "spring"))
    center = view.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, center, view.mapToGlobal(center))
    QApplication.sendEvent(view.viewport(), event)
    nearest = Qt.FindChildOption.FindDirectChildrenOnly
    menu = tree.browser.findChildren(QMenu, options=nearest)[-1]
    assert "Open as project" in [action.text() for action in menu.actions()]
    menu.close()
    tree.qtbot.keyClick(view, Qt.Key.Key_F2)
    dialog = tree.dialog(NameDialog)
    assert field(dialog).text() == "spring"
    dialog.close()


def test_what_the_open_project_stands_on_is_not_touched(tree, client, photos):
    client.put_object(Bucket=photos, Key="spring/a.jpg", Body=b"x")
    tree.expand("moto")
    tree.expand("moto", photos)
    folders = tree.project_opener.place_actions.folders
    folders.find_current = lambda _top: CurrentProject("spring/deep/", None)
    tree.do(PlaceAction.DELETE, "moto", photos, "spring")
    tree.wait_said("Close the project first")
    folders.find_current = lambda _top: CurrentProject("", None, is_online=False)
    tree.do(PlaceAction.RENAME, "moto", photos, "spring")
    tree.wait_said("cannot be reached")


def test_a_folder_that_exists_is_never_moved_over(tree, client, photos):
    for key in ("spring/a.jpg", "summer/a.jpg"):
        client.put_object(Bucket=photos, Key=key, Body=key.encode())
    tree.expand("moto")
    tree.expand("moto", photos)
    tree.do(PlaceAction.RENAME, "moto", photos, "spring")
    dialog = tree.dialog(NameDialog)
    tree.wait(lambda: "1 object" in dialog._amount.text())
    field(dialog).setText("summer")
    button(dialog, "Rename").click()
    tree.wait_said("There is already a folder")
    assert client.get_object(Bucket=photos, Key="summer/a.jpg")["Body"].read() == b"summer/a.jpg"


def test_a_folder_is_deleted_after_it_was_counted(tree, client, photos):
    for key in ("spring/a.jpg", "spring/b.jpg", "keep.jpg"):
        client.put_object(Bucket=photos, Key=key, Body=b"x")
    tree.expand("moto")
    tree.expand("moto", photos)
    tree.browser.tree.setCurrentIndex(tree.index("moto", photos, "spring"))
    tree.qtbot.keyClick(tree.browser.tree, Qt.Key.Key_Delete)
    dialog = tree.dialog(DeleteFolderDialog)
    delete = button(dialog, "Delete folder")
    tree.wait(delete.isEnabled)
    assert "2 objects" in dialog._content.text()
    delete.click()
    tree.wait_said("Deleted 2 objects")
    found = {o["Key"] for o in client.list_objects_v2(Bucket=photos)["Contents"]}
    assert found == {"keep.jpg"}


def test_sub_folders_of_a_folder_open_as_projects(tree, tmp_path):
    (tmp_path / "birds" / "spring" / "deep").mkdir(parents=True)
    (tmp_path / "birds" / "spring" / "deep" / "a.jpg").write_bytes(b"x")
    project = RecentProject("birds", str(tmp_path / "birds"))
    tree.settings.use(Settings(recent=(project,)))
    tree.expand("Projects", "birds")
    tree.expand("Projects", "birds", "spring")
    tree.browser.project_requested.disconnect(tree.project_opener.open)
    with tree.qtbot.waitSignal(tree.browser.project_requested) as heard:
        tree.browser.tree.activated.emit(tree.index("Projects", "birds", "spring"))
    assert heard.args[0].location == str(tmp_path / "birds" / "spring")


def test_favorites_come_first_and_stay(tree, photos):
    recent = tuple(RecentProject(f"p{n}", f"/p{n}") for n in range(3))
    tree.settings.use(Settings(recent=recent))
    tree.do(PlaceAction.STAR, "Projects", "p2")
    assert tree.names("Projects") == ["p2", "p0", "p1"]
    settings = tree.settings.current
    for number in range(30):
        settings = settings.with_recent(RecentProject(f"q{number}", f"/q{number}"))
    assert settings.projects()[0].title == "p2"
    assert len(settings.recent) <= 13
    tree.do(PlaceAction.FORGET, "Projects", "p0")
    assert tree.names("Projects") == ["p2", "p1"]
    tree.expand("moto")
    tree.do(PlaceAction.STAR, "moto", photos)
    assert photos in tree.names("Projects")
    assert tree.node("Projects", photos).connection.name == "moto"


def test_the_address_of_a_place_is_copied(tree, client, photos):
    client.put_object(Bucket=photos, Key="a b+%20/x.jpg", Body=b"x")
    tree.expand("moto")
    tree.expand("moto", photos)
    tree.do(PlaceAction.COPY_ADDRESS, "moto", photos, "a b+%20")
    assert QGuiApplication.clipboard().text() == f"s3://{photos}/a b+%20/"


def test_places_stay_open_when_a_project_joins_the_list(tree, photos):
    tree.expand("moto")
    tree.settings.use(Settings(recent=(RecentProject("p", "/p"),)))
    assert tree.browser.tree.isExpanded(tree.index("moto"))
    assert photos in tree.names("moto")
    assert tree.node("Projects").kind is PlaceKind.PROJECTS


def test_the_first_page_gives_stars_and_forgets_projects(qtbot, qapp):
    shown = RecentList(Theme(qapp, "light"))
    qtbot.addWidget(shown)
    projects = [RecentProject("birds", "/birds"), RecentProject("owls", "s3://owls", "", True)]
    shown.show_projects(projects)
    shown.show()
    stars = [b for b in shown.findChildren(IconButton) if "favorites" in b.accessibleName()]
    assert [b.accessibleName().split(" ")[0] for b in stars] == ["Add", "Remove"]
    with qtbot.waitSignal(shown.star_requested) as heard:
        qtbot.mouseClick(stars[0], Qt.MouseButton.LeftButton)
    assert heard.args == [projects[0], True]
    shown.setCurrentRow(1)
    with qtbot.waitSignal(shown.removal_requested) as heard:
        qtbot.keyClick(shown, Qt.Key.Key_Delete)
    assert heard.args == [projects[1]]
    with qtbot.waitSignal(shown.chosen) as heard:
        title = next(x for x in shown.findChildren(QLabel) if x.text() == "birds")
        qtbot.mouseClick(title, Qt.MouseButton.LeftButton)
    assert heard.args == [projects[0]]
