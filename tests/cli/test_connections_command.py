"""``cloudanno connections``: added, tested, handed on."""

import io
import json

import keyring
import pytest
from keyring.backend import KeyringBackend

from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    connection_named,
    load_connections,
)
from cloudanno_desktop.bucket.connections.credentials import Secret, read_secret
from tests.support.iam_service import API_KEY, iam_service
from tests.support.small_s3 import small_s3


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


@pytest.fixture(autouse=True)
def memory_keyring():
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def type_in(monkeypatch):
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_provider_fills_in_the_connection(run, type_in):
    type_in("the-secret\nthe-token\n")
    options = ("--provider", "b2", "--region", "eu-central-003", "--access-key-id", "K1")

    assert run("connections", "add", "b2", *options, "--session-token").code == 0

    assert connection_named("b2") == Connection(
        "b2",
        endpoint_url="https://s3.eu-central-003.backblazeb2.com",
        region="eu-central-003",
        access_key_id="K1",
        kind="b2",
        checksums="when_required",
    )
    assert read_secret("b2") == Secret("the-secret", "the-token")


def test_an_account_in_the_address_is_asked_for(run):
    without = run("connections", "add", "r2", "--provider", "r2")
    assert (without.code, load_connections()) == (2, [])
    assert "--account" in without.err
    assert run("connections", "add", "r2", "--provider", "r2", "--account", "abc").code == 0
    assert connection_named("r2").endpoint_url == "https://abc.r2.cloudflarestorage.com"


def test_a_service_credential_is_taken_from_standard_input_and_from_a_file(run, type_in, tmp_path):
    credential = json.dumps({"apikey": "ibm-key", "resource_instance_id": "crn:1"})
    type_in(credential)
    (tmp_path / "Credentials").write_text("API_KEY=old-key\nRESOURCE_INSTANCE_ID=crn:2\n")

    first = run("connections", "add", "one", "--from-file", "-", "--region", "eu-de")
    second = run("connections", "add", "two", "--from-file", tmp_path / "Credentials")

    assert (first.code, second.code) == (0, 0)
    one, two = load_connections()
    assert one.endpoint_url == "https://s3.eu-de.cloud-object-storage.appdomain.cloud"
    assert (one.uses_api_key, one.resource_instance_id) == (True, "crn:1")
    assert (two.region, two.resource_instance_id) == ("us-south", "crn:2")
    assert read_secret("one") == Secret(api_key="ibm-key")
    assert read_secret("two") == Secret(api_key="old-key")
    assert "key" not in first.out + first.err + second.out + second.err


def test_without_a_keyring_the_connection_is_saved_and_the_way_on_is_told(run, type_in):
    from keyring.backends import fail

    keyring.set_keyring(fail.Keyring())
    type_in("the-secret\n")
    added = run("connections", "add", "lab", "--access-key-id", "K1")
    assert added.code == 1
    assert "AWS_ACCESS_KEY_ID" in added.err
    assert "the-secret" not in added.err
    assert connection_named("lab").access_key_id == "K1"


def test_an_insecure_connection_is_marked(run):
    added = run("connections", "add", "lab", "--endpoint-url", "https://x.example", "--insecure")
    assert "Warning" in added.err
    assert connection_named("lab").insecure


def test_a_test_tells_each_check_and_the_least_policy(run, type_in):
    with small_s3("ignored") as service:
        type_in("the-secret\n")
        run("connections", "add", "lab", "--endpoint-url", service.url, "--access-key-id", "K1")
        good = run("connections", "test", "lab", "photos/team", "--json")
        service.denied = {"put", "list"}
        bad = run("connections", "test", "lab", "s3://photos/team", "--json")
        shown = run("connections", "test", "lab", "photos/team")
        left = list(service.objects)

    results = {check["name"]: check["result"] for check in good.document["checks"]}
    assert (good.code, good.document["policy"]) == (0, "")
    assert len(results) == 12
    assert {name for name, result in results.items() if result == "failed"} == {
        "conditional create",
        "conditional replace",
        "CORS",
    }
    assert bad.code == shown.code == 1
    statements = json.loads(bad.document["policy"])["Statement"]
    assert [statement["Action"][0] for statement in statements] == [
        "s3:ListBucket",
        "s3:AbortMultipartUpload",
    ]
    assert "s3:PutObject" in shown.out
    assert left == []


def test_a_project_is_read_with_an_api_key(run, type_in):
    with iam_service() as iam, small_s3() as service:
        service.allows = lambda header: iam.given and header == f"Bearer {iam.given[-1]}"
        service.objects["photos/a.jpg"] = b"a photo"
        type_in(f"{API_KEY}\n")
        options = ("--endpoint-url", service.url, "--iam-url", iam.url, "--api-key")
        added = run("connections", "add", "ibm", *options)
        scanned = run("scan", "s3://photos", "--connection", "ibm", "--json")
        synchronised = run("sync", "s3://photos", "--connection", "ibm")

    assert (added.code, scanned.code, synchronised.code) == (0, 0, 0), scanned.err
    assert scanned.document["new"] == 1
    assert len(iam.given) == 1
    assert "photos/_cloudanno/project.json" in service.objects


def test_connections_go_from_one_computer_to_another(run, type_in, tmp_path, monkeypatch):
    type_in("the-secret\n")
    run("connections", "add", "lab", "--provider", "ovh", "--access-key-id", "K1")
    run("connections", "add", "other", "--endpoint-url", "https://x.example")
    assert run("connections", "export", "lab", "--out", tmp_path / "lab.json").code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("CLOUDANNO_HOME", str(tmp_path / "elsewhere"))

    added = run("connections", "import", tmp_path / "lab.json")

    assert added.code == 0
    assert "https://s3.gra.io.cloud.ovh.net" in added.out
    assert [c.name for c in load_connections()] == ["lab"]
    assert "the-secret" not in (tmp_path / "lab.json").read_text()
    assert run("connections", "import", tmp_path / "elsewhere").code != 0
