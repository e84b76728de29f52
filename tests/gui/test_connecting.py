"""From the keys of a service to an open bucket, in one path."""

import uuid
from contextlib import closing

import boto3
import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QLineEdit, QListWidget

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    load_connections,
    save_connection,
)
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.browser.bucket_dialogs import BucketNameDialog, NewBucketDialog
from cloudanno_desktop.gui.common.form_dialog import FormDialog
from cloudanno_desktop.gui.settings.connection_form import ConnectionForm
from cloudanno_desktop.gui.settings.settings_dialog import SettingsDialog
from tests.support.program import LONG_MS, button
from tests.support.small_s3 import small_s3


@pytest.fixture(autouse=True)
def no_keyring():
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def photos(s3_endpoint, aws_keys):
    name = f"chosen-{uuid.uuid4().hex[:10]}"
    with closing(boto3.client("s3", endpoint_url=s3_endpoint)) as client:
        client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def settings(window):
    window.do(Action.OPEN_STORAGE)
    return window.dialog(SettingsDialog)


@pytest.fixture
def lab(s3_endpoint):
    return Connection("lab", endpoint_url=s3_endpoint, access_key_id="K1", addressing="path")


def fill(settings, connection, secret="hidden"):
    """Type a connection; ``show_connection`` alone would count as saved."""
    settings.connections.form.show_connection(connection)
    settings.connections.form._secret.setText(secret)


def headline(settings):
    row = settings.connections.findings.list.item(0)
    return row.text() if row else ""


def test_keys_lead_to_a_chosen_bucket_that_opens(window, settings, lab, photos):
    fill(settings, lab)
    button(settings, "Test and choose bucket").click()
    chooser = window.dialog(BucketNameDialog)
    names = chooser.findChild(QListWidget)
    assert photos in [names.item(row).text() for row in range(names.count())]
    names.setCurrentItem(names.findItems(photos, Qt.MatchFlag.MatchExactly)[0])
    with window.qtbot.waitSignal(window.app.project_opened, timeout=LONG_MS):
        button(chooser, "Open").click()
    assert window.app.project.workspace.address.bucket_name == photos
    (saved,) = load_connections()
    assert (saved.name, saved.endpoint_url) == ("lab", lab.endpoint_url)
    window.wait(lambda: not window.app.window.findChildren(SettingsDialog))


def test_keys_lead_to_a_new_bucket_that_opens(window, settings, lab, photos):
    fill(settings, lab)
    button(settings, "Test and choose bucket").click()
    button(window.dialog(BucketNameDialog), "New bucket").click()
    dialog = window.dialog(NewBucketDialog)
    dialog.findChild(QLineEdit).setText(f"{photos}-new")
    with window.qtbot.waitSignal(window.app.project_opened, timeout=LONG_MS):
        button(dialog, "Create").click()
    assert window.app.project.workspace.title == f"{photos}-new"


def test_keys_that_list_no_buckets_may_name_one(window, settings):
    with small_s3() as service:
        service.denied = {"list_buckets", "list"}
        fill(settings, Connection("lab", endpoint_url=service.url, access_key_id="K1"))
        button(settings, "Test and choose bucket").click()
        chooser = window.dialog(BucketNameDialog)
        assert not chooser.findChild(QListWidget).isVisible()
        chooser.reject()


def test_a_connection_that_does_not_work_is_neither_saved_nor_left(window, settings):
    fill(settings, Connection("lab", endpoint_url="http://127.0.0.1:9", access_key_id="K1"))
    button(settings, "Test and choose bucket").click()
    window.wait(lambda: "127.0.0.1" in headline(settings))
    assert load_connections() == []
    assert settings.connections.form.connection().name == "lab"


def test_one_headline_says_whether_the_connection_works(window, settings, lab):
    fill(settings, lab)
    button(settings, "Test connection").click()
    window.wait(lambda: headline(settings) == "Connection works")
    rows = settings.connections.findings.list
    assert not any("no bucket was named" in rows.item(r).text() for r in range(rows.count()))
    fill(settings, Connection("lab", endpoint_url="http://127.0.0.1:9", access_key_id="K1"))
    button(settings, "Test connection").click()
    window.wait(lambda: headline(settings) == "Connection does not work")


def test_what_must_still_be_typed_is_named(settings):
    texts = [label.text() for label in settings.findChildren(QLabel)]
    assert "Still needed: Name" in texts
    assert not button(settings, "Save").isEnabled()


def test_closing_the_settings_over_an_unsaved_connection_asks(window, settings):
    settings.findChild(ConnectionForm)._name.setText("lab")
    settings.reject()
    button(window.dialog(FormDialog), "Cancel").click()
    assert settings.isVisible()
    assert settings.connections.form.connection().name == "lab"
    settings.close()
    button(window.dialog(FormDialog), "Discard").click()
    window.wait(lambda: not window.app.window.findChildren(SettingsDialog))


def test_going_to_another_connection_over_an_unsaved_one_asks(window):
    for name in ("lab", "office"):
        save_connection(Connection(name, endpoint_url="https://s3.example", access_key_id="K1"))
    window.do(Action.OPEN_STORAGE)
    page = window.dialog(SettingsDialog).connections
    assert page.form.connection().name == "lab"  # a saved one, not an empty form
    page.form._key_id.setText("K2")
    page._list.setCurrentRow(1)
    button(window.dialog(FormDialog), "Cancel").click()
    assert (page._list.currentRow(), page.form.connection().access_key_id) == (0, "K2")
    page._list.setCurrentRow(1)
    button(window.dialog(FormDialog), "Discard").click()
    assert page.form.connection().name == "office"
    page._list.setCurrentRow(0)
    assert page.form.connection().access_key_id == "K1"


def test_a_missing_secret_is_asked_for_and_the_bucket_opens(window, lab, photos):
    save_connection(lab)
    window.app.project_opener.open(ProjectAddress(f"s3://{photos}", lab))
    dialog = window.dialog(QInputDialog)
    dialog.setTextValue("hidden")
    with window.qtbot.waitSignal(window.app.project_opened, timeout=LONG_MS):
        dialog.accept()
    assert not window.app.window.findChildren(SettingsDialog)


def test_a_place_that_lacks_its_secret_asks_for_it_and_lists(window, lab, photos):
    save_connection(lab)
    window.app.project_opener.show_places()
    window.app.browser.open_connection("lab")
    dialog = window.dialog(QInputDialog)
    dialog.setTextValue("hidden")
    dialog.accept()
    model = window.app.browser.tree.model()
    top = model.connection_index("lab")
    window.wait(
        lambda: photos in [model.index(r, 0, top).data() for r in range(model.rowCount(top))]
    )
