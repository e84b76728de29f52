"""Connections, the keyring, the tree of places."""

import boto3
import keyring
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout

from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    load_connections,
    remove_connection,
    save_connection,
)
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.gui.app.project_opener import ProjectOpener, Secrets
from cloudanno_desktop.gui.app.settings_flow import SettingsFlow
from cloudanno_desktop.gui.browser.browser import Browser
from cloudanno_desktop.gui.common.format import shown_bytes, shown_duration
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.settings.connection_form import ConnectionForm
from cloudanno_desktop.gui.settings.settings_dialog import SettingsDialog
from cloudanno_desktop.settings import RecentProject, Settings
from tests.support.small_s3 import small_s3

LONG_MS = 20_000


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets everything with the test."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def memory_keyring():
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield keyring.get_keyring()
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring():
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def runner(qapp):
    runner = TaskRunner()
    yield runner
    runner.close()


@pytest.fixture
def secrets():
    return Secrets()


@pytest.fixture
def dialog(qtbot, qapp, runner, secrets):
    dialog = SettingsDialog(Theme(qapp, "light"), Settings())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.flow = SettingsFlow(runner, secrets, dialog)
    return dialog


def shown(dialog):
    rows = dialog.connections.findings.list
    return [rows.item(row).text() for row in range(rows.count())]


def test_a_saved_connection_has_its_secret_in_the_keyring_and_in_no_file(
    dialog, qtbot, memory_keyring, home
):
    connection = Connection(name="lab", endpoint_url="https://s3.example", access_key_id="AKIA1")
    with qtbot.waitSignal(dialog.flow.connections_changed, timeout=LONG_MS):
        dialog.connections.save_requested.emit(connection, Secret("very-hidden"))
    assert load_connections() == [connection]
    assert "very-hidden" in str(memory_keyring.kept)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert all(b"very-hidden" not in path.read_bytes() for path in files)


def test_without_a_keyring_the_person_is_told_and_the_session_goes_on(
    dialog, qtbot, no_keyring, secrets
):
    connection = Connection(name="lab", endpoint_url="https://s3.example", access_key_id="AKIA1")
    with qtbot.waitSignal(dialog.flow.connections_changed, timeout=LONG_MS):
        dialog.connections.save_requested.emit(connection, Secret("very-hidden"))
    assert "keyring" in shown(dialog)[0]
    assert secrets.of(connection) == Secret("very-hidden")


def test_a_connection_is_tested_step_by_step(dialog, qtbot, s3_endpoint, memory_keyring):
    connection = Connection(name="moto", endpoint_url=s3_endpoint, access_key_id="test")
    dialog.connections.test_requested.emit(connection, Secret("test"), "")
    qtbot.waitUntil(lambda: "List buckets" in shown(dialog), timeout=LONG_MS)
    assert "Reach the service" in shown(dialog)


def test_an_endpoint_that_is_down_is_told(dialog, qtbot, memory_keyring):
    connection = Connection(name="down", endpoint_url="http://127.0.0.1:9", access_key_id="test")
    dialog.connections.test_requested.emit(connection, Secret("test"), "")
    qtbot.waitUntil(lambda: any("127.0.0.1" in text for text in shown(dialog)), timeout=LONG_MS)
    assert any("Reach" in text for text in shown(dialog))


@pytest.fixture
def form(qtbot, qapp):
    form = ConnectionForm(Theme(qapp, "light"))
    qtbot.addWidget(form)
    form.show()
    return form


def field(form, label):
    """Return the visible field beside a label."""
    rows = form.findChild(QFormLayout)
    for row in range(rows.rowCount()):
        item = rows.itemAt(row, QFormLayout.ItemRole.LabelRole)
        if item and item.widget().text().replace("&", "") == label:
            widget = rows.itemAt(row, QFormLayout.ItemRole.FieldRole).widget()
            return widget if widget.isVisible() else None
    raise AssertionError(label)


@pytest.mark.parametrize(
    "connection",
    [
        Connection(
            name="lab",
            endpoint_url="https://minio.example",
            region="us-east-1",
            access_key_id="AKIA1",
            addressing="path",
            kind="minio",
        ),
        Connection(
            name="ibm",
            endpoint_url="https://s3.eu-de.cloud-object-storage.appdomain.cloud",
            region="eu-de",
            uses_api_key=True,
            resource_instance_id="crn:1",
            iam_url="https://iam.example/token",
            kind="ibm",
            checksums="when_required",
        ),
        Connection(name="work", profile="work", region="eu-west-3", kind="aws"),
        Connection(name="env", region="eu-west-3", kind="aws"),
        Connection(
            name="open",
            region="fra1",
            endpoint_url="https://fra1.digitaloceanspaces.com",
            anonymous=True,
            kind="spaces",
            ca_file="/etc/lab.pem",
            insecure=True,
            proxy="http://proxy.example:8080",
            connect_timeout_s=3,
            read_timeout_s=300,
            checksums="when_supported",
        ),
    ],
    ids=lambda connection: connection.name,
)
def test_the_form_gives_back_what_it_was_given(form, connection):
    form.show_connection(connection, has_secret=True)
    assert form.connection() == connection
    assert form.secret() is None
    assert not form.missing


def choose(box, text):
    box.setCurrentIndex(box.findText(text))


def test_a_provider_fills_in_address_and_region_and_the_address_follows(form, qtbot):
    choose(field(form, "Provider"), "Scaleway")
    region = field(form, "Region")
    assert form.connection().endpoint_url == "https://s3.fr-par.scw.cloud"
    region.clear()
    qtbot.keyClicks(region, "nl-ams")
    assert form.connection().endpoint_url == "https://s3.nl-ams.scw.cloud"
    field(form, "Endpoint").setText("https://mine.example")
    qtbot.keyClicks(region, "-2")
    assert form.connection().endpoint_url == "https://mine.example"


def test_an_account_is_asked_for_where_the_address_names_one(form, qtbot):
    assert field(form, "Account") is None
    choose(field(form, "Provider"), "Cloudflare R2")
    field(form, "Access key id").setText("K1")
    assert form.missing == "Account"
    qtbot.keyClicks(field(form, "Account"), "abc")
    assert form.connection().endpoint_url == "https://abc.r2.cloudflarestorage.com"
    assert form.connection().region == "auto"
    assert not form.missing


def test_only_the_fields_of_the_way_in_are_shown_and_used(form):
    choose(field(form, "Provider"), "IBM Cloud Object Storage")
    field(form, "Access key id").setText("K1")
    field(form, "Secret key").setText("hidden")
    choose(field(form, "Sign in with"), "IBM API key")
    assert field(form, "Access key id") is field(form, "Secret key") is None
    field(form, "API key").setText("ibm-key")
    assert form.connection().access_key_id == ""
    assert form.secret() == Secret(api_key="ibm-key")
    choose(field(form, "Provider"), "Amazon S3")
    assert field(form, "API key") is None
    assert not form.connection().uses_api_key


def test_a_service_credential_in_the_clipboard_fills_in_the_form(dialog, qapp):
    page = dialog.connections
    qapp.clipboard().setText('{"apikey": "ibm-key", "resource_instance_id": "crn:1"}')
    page._on_paste()
    filled = page.form.connection()
    assert (filled.name, filled.kind, filled.resource_instance_id) == ("ibm", "ibm", "crn:1")
    assert filled.endpoint_url == "https://s3.us-south.cloud-object-storage.appdomain.cloud"
    assert page.form.secret() == Secret(api_key="ibm-key")
    assert not page.form.missing
    qapp.clipboard().setText("nothing of the kind: hidden")
    page._on_paste()
    assert "No credentials" in shown(dialog)[0]
    assert "hidden" not in shown(dialog)[0]
    assert page.form.connection() == filled


def test_a_test_in_a_bucket_tells_what_the_key_must_be_allowed(dialog, qtbot, memory_keyring):
    with small_s3("ignored") as service:
        service.denied = {"put"}
        connection = Connection("lab", endpoint_url=service.url, access_key_id="K1", kind="other")
        dialog.connections.test_requested.emit(connection, Secret("test"), "photos/team")
        policy = dialog.connections.findings.policy
        qtbot.waitUntil(lambda: bool(policy.toPlainText()), timeout=LONG_MS)
    assert "s3:PutObject" in policy.toPlainText()
    assert any(text.startswith("Write — ") for text in shown(dialog))


def test_a_test_that_is_stopped_leaves_nothing(dialog, qtbot, memory_keyring):
    page = dialog.connections
    with small_s3() as service:
        page.form.show_connection(
            Connection("lab", endpoint_url=service.url, access_key_id="K1", kind="other")
        )
        page.form._secret.setText("test")
        page._bucket.setText("photos")
        with service.lock:
            page._test.click()
            qtbot.waitUntil(lambda: page._test.text() == "Stop", timeout=LONG_MS)
            page._test.click()
        assert shown(dialog) == ["Stopped."]
        assert page._test.text() == "Test connection"
        qtbot.waitUntil(lambda: not dialog.flow._runner.is_busy, timeout=LONG_MS)
        assert service.objects == {}
    assert shown(dialog) == ["Stopped."]


def test_connections_are_saved_to_a_file_and_added_from_it(dialog, qtbot, tmp_path):
    save_connection(Connection("lab", endpoint_url="https://s3.example", access_key_id="K1"))
    page, file = dialog.connections, tmp_path / "connections.json"
    page.export_requested.emit(file)
    qtbot.waitUntil(lambda: any("without secrets" in text for text in shown(dialog)))
    remove_connection("lab")
    with qtbot.waitSignal(dialog.flow.connections_changed, timeout=LONG_MS) as heard:
        page.import_requested.emit(file)
    assert heard.args == ["lab"]
    assert [connection.name for connection in load_connections()] == ["lab"]
    file.write_text("{}")
    page.import_requested.emit(file)
    qtbot.waitUntil(lambda: any("cannot be imported" in text for text in shown(dialog)))


@pytest.fixture
def project_opener(qtbot, qapp, runner, secrets):
    browser = Browser(Theme(qapp, "light"))
    qtbot.addWidget(browser)
    recent = (RecentProject("birds", "/home/me/birds"),)
    settings = SettingsStore(Settings(recent=recent), runner)
    return ProjectOpener(runner, settings, secrets, browser, [].append)


def test_the_tree_lists_buckets_and_prefixes_when_they_are_opened(
    qtbot, project_opener, s3_endpoint, aws_keys
):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="tree-photos")
    for key in ("spring/a.jpg", "autumn/b.jpg", "_cloudanno/project.json", "top.jpg"):
        client.put_object(Bucket="tree-photos", Key=key, Body=b"x")
    client.close()
    save_connection(Connection(name="moto", endpoint_url=s3_endpoint, addressing="path"))
    browser = project_opener.browser
    project_opener.show_places()
    model = browser.tree.model()

    def row_named(parent, name):
        rows = [model.index(row, 0, parent) for row in range(model.rowCount(parent))]
        return next((index for index in rows if index.data() == name), None)

    browser.open_connection("moto")
    connection = model.connection_index("moto")
    qtbot.waitUntil(lambda: row_named(connection, "tree-photos") is not None, timeout=LONG_MS)
    bucket = row_named(connection, "tree-photos")
    browser.tree.expand(bucket)
    qtbot.waitUntil(lambda: row_named(bucket, "autumn") is not None, timeout=LONG_MS)
    assert [model.index(row, 0, bucket).data() for row in range(model.rowCount(bucket))] == [
        "autumn",
        "spring",
    ]
    with qtbot.waitSignal(browser.project_requested) as heard:
        browser.project_requested.disconnect(project_opener.open)
        browser.tree.activated.emit(row_named(bucket, "spring"))
    assert heard.args[0].location == "s3://tree-photos/spring"


def test_a_place_that_cannot_be_listed_says_why_and_can_be_opened_again(
    qtbot, project_opener, aws_keys
):
    save_connection(Connection(name="down", endpoint_url="http://127.0.0.1:9"))
    browser = project_opener.browser
    project_opener.show_places()
    browser.open_connection("down")
    model = browser.tree.model()
    index = model.connection_index("down")

    def note():
        return str(model.index(0, 0, index).data())

    asked = []
    browser.level_requested.connect(lambda node: asked.append(node.text))
    qtbot.waitUntil(lambda: "127.0.0.1" in note(), timeout=60_000)
    assert asked == []
    browser.tree.collapse(index)
    browser.tree.expand(index)
    assert asked == ["down"]


def test_sizes_and_times_are_written_as_people_read_them():
    assert [shown_bytes(n) for n in (0, 999, 6_100_000_000, 150_000)] == [
        "0 bytes",
        "999 bytes",
        "6.1 GB",
        "150.0 kB",
    ]
    assert [shown_duration(s) for s in (4.4, 200, 7300)] == ["4 s", "3 min 20 s", "2 h 1 min"]


def test_a_change_of_the_look_takes_effect_at_once(dialog, qtbot):
    look = dialog.general.findChild(QComboBox)
    with qtbot.waitSignal(dialog.general.changed) as heard:
        look.setCurrentText("Dark")
    assert heard.args[0] == Settings(theme="dark")
