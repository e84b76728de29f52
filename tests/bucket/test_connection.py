"""Saved connections and their secrets."""

import keyring
import keyring.backend
import keyring.errors
import pytest

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    ConnectionRefused,
    ConnectionUnknown,
    connection_named,
    load_connections,
    remove_connection,
    save_connection,
)
from cloudanno_desktop.bucket.connections.credentials import (
    KeyringMissing,
    Secret,
    SessionSecrets,
    forget_secret,
    read_secret,
    store_secret,
)
from cloudanno_desktop.errors import FileProblem

SECRET = Secret("wJalrXUtnFEMI", "session-token")


class MemoryKeyring(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def delete_password(self, service, username):
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("not found")
        del self.kept[service, username]


class LockedKeyring(MemoryKeyring):
    def get_password(self, service, username):
        raise keyring.errors.KeyringLocked("cannot open wJalrXUtnFEMI")

    set_password = get_password


@pytest.fixture
def use_keyring():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring(use_keyring):
    import keyring.backends.fail

    use_keyring(keyring.backends.fail.Keyring())


def test_connections_are_kept_by_name():
    save_connection(Connection("b", endpoint_url="https://s3.example.com", region="x"))
    save_connection(Connection("a", profile="work"))
    save_connection(Connection("b", endpoint_url="https://s3.example.org"))

    assert load_connections() == [
        Connection("a", profile="work"),
        Connection("b", endpoint_url="https://s3.example.org"),
    ]
    assert connection_named("a").profile == "work"
    remove_connection("a")
    assert [connection.name for connection in load_connections()] == ["b"]
    for attempt in (connection_named, remove_connection):
        with pytest.raises(ConnectionUnknown, match="“a”"):
            attempt("a")


@pytest.mark.parametrize(
    "address",
    [
        "s3.example.com",
        "ftp://x",
        "https://",
        "https://key:secret@x",
        "http://x:port",
        "http://x?a",
    ],
)
def test_an_address_that_cannot_work_or_holds_a_secret_is_refused(address):
    with pytest.raises(ConnectionRefused) as caught:
        save_connection(Connection("a", endpoint_url=address))
    assert "secret@" not in str(caught.value)
    assert load_connections() == []


def test_a_connection_needs_a_name():
    with pytest.raises(ConnectionRefused):
        save_connection(Connection(" "))


@pytest.mark.parametrize("text", ["{", '{"connections": 1}', '{"version": 99}'])
def test_a_file_that_is_not_understood_is_not_written_over(text):
    path = paths.config_dir() / "connections.json"
    path.write_text(text)

    with pytest.raises(FileProblem):
        save_connection(Connection("a"))
    assert path.read_text() == text


def test_a_secret_lives_in_the_keyring_and_in_no_file(use_keyring, home):
    use_keyring(MemoryKeyring())
    save_connection(Connection("a", access_key_id="AKID"))

    store_secret("a", SECRET)

    assert read_secret("a") == SECRET
    assert not [p for p in home.rglob("*") if p.is_file() and b"wJalr" in p.read_bytes()]
    forget_secret("a")
    forget_secret("a")
    assert read_secret("a") is None


def test_a_secret_shows_nothing_of_itself():
    assert "wJalr" not in f"{SECRET!r} {SECRET} {[SECRET]}"
    session = SessionSecrets()
    session.keep("a", SECRET)
    assert "wJalr" not in repr(session)


def test_without_a_keyring_the_person_is_told_once_and_the_secret_kept(no_keyring):
    session = SessionSecrets()

    with pytest.raises(KeyringMissing):
        store_secret("a", SECRET, session)
    store_secret("b", SECRET, session)

    assert read_secret("a", session) == read_secret("b", session) == SECRET
    assert read_secret("a") is None
    forget_secret("a", session)
    assert read_secret("a", session) is None


def test_a_keyring_that_is_a_plain_file_is_no_keyring(use_keyring, tmp_path, monkeypatch):
    from keyrings.alt.file import PlaintextKeyring

    backend = PlaintextKeyring()
    monkeypatch.setattr(PlaintextKeyring, "file_path", str(tmp_path / "plain"))
    use_keyring(backend)

    with pytest.raises(KeyringMissing):
        store_secret("a", SECRET)
    assert not (tmp_path / "plain").exists()


def test_a_locked_keyring_is_told_without_its_own_words(use_keyring):
    use_keyring(LockedKeyring())

    with pytest.raises(KeyringMissing) as caught:
        read_secret("a")
    assert "wJalr" not in str(caught.value)
