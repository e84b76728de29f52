"""After a whole use, with everything that can go wrong, no secret stands anywhere."""

import logging
import traceback

import keyring
import keyring.backend
import keyring.errors
import pytest

from cloudanno_desktop import log, paths
from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.connection_check import check_connection
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    load_connections,
    save_connection,
)
from cloudanno_desktop.bucket.connections.connection_export import share
from cloudanno_desktop.bucket.connections.credential_import import read_credentials
from cloudanno_desktop.bucket.connections.credentials import (
    Secret,
    SessionSecrets,
    read_secret,
    store_secret,
)
from cloudanno_desktop.bucket.open_bucket import list_buckets, open_bucket
from cloudanno_desktop.bucket.s3.client import make_client
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from tests.support.iam_service import API_KEY, iam_service
from tests.support.small_s3 import small_s3

SECRET_KEY, SESSION_TOKEN = "wJalrXUtnFEMI-the-secret-key", "FwoGZX-the-session-token"
HIDDEN = [API_KEY, SECRET_KEY, SESSION_TOKEN, "eyJ-token"]


class Locked(keyring.backend.KeyringBackend):
    """A keyring that repeats what it was given."""

    priority = 1

    def set_password(self, service, username, password):
        raise keyring.errors.PasswordSetError(f"cannot keep {password}")

    def get_password(self, service, username):
        raise keyring.errors.KeyringLocked(f"cannot open {SECRET_KEY}")


@pytest.fixture
def locked_keyring():
    before = keyring.get_keyring()
    keyring.set_keyring(Locked())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def reported(caplog, monkeypatch, home):
    """Gather whatever is told, down to the last detail of every log."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(log.LEVEL_VARIABLE, "debug")
    with log.writing("window"):
        yield []


def report(reported, call):
    """Keep what a call returns or how it fails, with the values that a debugger would show."""
    try:
        reported.append(repr(call()))
    except CloudAnnoError as error:
        reported.append(f"{error}{error!r}{vars(error)!r}")
        reported.extend(traceback.format_exception(error))


def use(connection, secret, reported):
    """Do what a person does with a connection."""
    reported.append(f"{secret!r}{secret}{connection!r}")
    client = make_client(connection, secret)
    reported.append(repr(client))
    client.close()
    report(reported, lambda: list_buckets(connection, secret))
    report(reported, lambda: check_connection(connection, secret, "s3://photos/team"))
    bucket = open_bucket(parse_address("s3://photos", connection), secret)
    report(reported, lambda: bucket.put("a", b"1", PutOptions(if_absent=True)))
    report(reported, lambda: bucket.get("a"))
    report(reported, lambda: bucket.get("missing"))
    report(reported, lambda: bucket.delete(["a"]))
    reported.append(repr(bucket))
    bucket.close()
    address = parse_address("s3://photos", connection)
    reported.append(repr(commands.OpenProject(1, address, b"", secret)))
    report(reported, lambda: _label(address, secret))


def _label(address, secret):
    with Workspace.open(address, Settings(), secret) as workspace:
        workspace.refresh()
        workspace.label_named("cat")
        return workspace.synchronise()


def keep(name, secret, reported):
    session = SessionSecrets()
    report(reported, lambda: store_secret(name, secret, session))
    reported.append(f"{session!r}{session.find(name)!r}")
    report(reported, lambda: read_secret(name))


def test_secrets_stand_in_no_file_no_log_and_no_error(
    home, reported, caplog, capfd, locked_keyring
):
    with iam_service() as iam, small_s3() as service:
        keys = Connection("keys", endpoint_url=service.url, access_key_id="AKIA1")
        ibm = Connection("ibm", endpoint_url=service.url, uses_api_key=True, iam_url=iam.url)
        pairs = [(keys, Secret(SECRET_KEY, SESSION_TOKEN)), (ibm, Secret(api_key=API_KEY))]
        for connection, secret in pairs:
            save_connection(connection)
            keep(connection.name, secret, reported)
            use(connection, secret, reported)
        service.allows = lambda _: False
        for connection, secret in pairs:
            use(connection, secret, reported)
        iam.is_down = True
        use(ibm, Secret(api_key=API_KEY), reported)
    for connection, secret in pairs:
        use(connection, secret, reported)
    reported.append(share(load_connections()).decode())
    report(reported, lambda: read_credentials(f'{{"apikey": "{API_KEY}", "endpoints": 1}}'))
    report(reported, lambda: read_credentials(f"aws_access_key_id={SECRET_KEY}"))

    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert len(files) > 3
    assert b"attempt 1 failed" in files[paths.log_file()]
    out, err = capfd.readouterr()
    texts = [*reported, caplog.text, out, err]
    for hidden in HIDDEN:
        assert [path for path, body in files.items() if hidden.encode() in body] == []
        assert [text for text in texts if hidden in text] == []
    assert any("cannot be reached" in text for text in reported)
    assert any("InvalidToken" in text for text in reported)
