"""Addresses, and opening and checking what they name."""

import subprocess
import sys
import uuid

import msgspec
import pytest
from botocore.loaders import create_loader

from cloudanno_desktop.bucket.bucket_admin import BucketNameRefused, create_bucket
from cloudanno_desktop.bucket.connection_check import CheckName, CheckResult, check_connection
from cloudanno_desktop.bucket.connections.address import (
    AddressRefused,
    ProjectAddress,
    parse_address,
)
from cloudanno_desktop.bucket.connections.connection import Connection, ConnectionRefused
from cloudanno_desktop.bucket.connections.credentials import SecretMissing, SessionSecrets
from cloudanno_desktop.bucket.errors import AccessDenied, BucketMissing, Unreachable
from cloudanno_desktop.bucket.open_bucket import (
    list_buckets,
    open_bucket,
)
from cloudanno_desktop.bucket.s3.client import ProfileMissing, make_client
from cloudanno_desktop.bucket.s3_description import Description
from tests.support.canned_service import canned_bucket, xml_error


def keys_of(bucket):
    return sorted(e.key for page in bucket.list_pages() for e in page.objects)


@pytest.mark.parametrize(
    ("text", "location", "title", "prefix"),
    [
        ("s3://photos", "s3://photos", "photos", ""),
        ("S3://photos/", "s3://photos", "photos", ""),
        ("s3://photos/team/birds/", "s3://photos/team/birds", "birds", "team/birds/"),
        ("s3://photos//odd", "s3://photos//odd", "odd", "/odd/"),
        ("s3://photos/a b+%20", "s3://photos/a b+%20", "a b+%20", "a b+%20/"),
    ],
)
def test_an_address_of_a_bucket(text, location, title, prefix):
    address = parse_address(text)

    assert (address.location, address.title, address.prefix) == (location, title, prefix)
    assert address.bucket_name == "photos"
    assert not address.is_folder


def test_an_address_of_a_folder_is_the_same_however_it_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my photos").mkdir()

    texts = ["my photos", "./my photos/", str(tmp_path / "my photos"), "my photos/../my photos"]
    addresses = {
        parse_address(text).identity for text in [*texts, (tmp_path / "my photos").as_uri()]
    }

    assert len(addresses) == 1
    assert parse_address("my photos").title == "my photos"
    assert parse_address("my photos").is_folder


@pytest.mark.parametrize("text", ["", "  ", "s3://", "s3:///x", "https://x/y", "caf\udce9"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(AddressRefused) as caught:
        parse_address(text)
    str(caught.value).encode()


def test_projects_of_one_name_at_two_services_are_two_projects(monkeypatch):
    text = "s3://photos"
    first = parse_address(text, Connection("a", endpoint_url="https://One.example/"))
    same = parse_address(text, Connection("b", endpoint_url="https://one.example"))
    second = parse_address(text, Connection("a", endpoint_url="https://two.example"))
    amazon = parse_address(text)
    identities = {first.identity, second.identity, amazon.identity}
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://one.example")

    assert first.identity == same.identity
    assert len(identities) == 3
    assert amazon.identity == first.identity
    assert msgspec.json.decode(msgspec.json.encode(first), type=ProjectAddress) == first


def test_profiles_may_name_different_services():
    work = parse_address("s3://photos", Connection("a", profile="work"))
    home = parse_address("s3://photos", Connection("b", profile="home"))

    assert work.identity != home.identity


def test_a_folder_opens_and_a_missing_one_is_told(tmp_path):
    bucket = open_bucket(parse_address(str(tmp_path)))
    bucket.put("x", b"1")

    assert (tmp_path / "x").read_bytes() == b"1"
    with pytest.raises(BucketMissing, match="gone"):
        open_bucket(parse_address(str(tmp_path / "gone")))


def test_a_prefix_opens_as_the_root(connection, secret, s3_name, s3_client):
    bucket = open_bucket(parse_address(f"s3://{s3_name}/team/birds", connection), secret)
    bucket.put("x.jpg", b"1")
    bucket.close()

    (found,) = s3_client.list_objects_v2(Bucket=s3_name)["Contents"]
    assert found["Key"] == "team/birds/x.jpg"


def test_the_environment_alone_opens_a_bucket(s3_endpoint, s3_name, aws_keys, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    bucket = open_bucket(parse_address(f"s3://{s3_name}"))
    bucket.put("x.jpg", b"1")

    assert bucket.address == f"{s3_endpoint}/{s3_name}"
    assert keys_of(bucket) == ["x.jpg"]
    bucket.close()


@pytest.fixture
def profile(tmp_path, aws_keys, monkeypatch, s3_endpoint):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    config = f"[profile work]\nregion = eu-west-3\nendpoint_url = {s3_endpoint}\n"
    (tmp_path / "config").write_text(config)
    keys = "[work]\naws_access_key_id = test\naws_secret_access_key = test\n"
    (tmp_path / "credentials").write_text(keys)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return Connection("work", profile="work")


def test_a_profile_brings_its_keys_region_and_service(profile, s3_name):
    bucket = open_bucket(parse_address(f"s3://{s3_name}", profile))

    assert keys_of(bucket) == []
    bucket.close()
    client = make_client(profile, None)
    assert client.meta.region_name == "eu-west-3"
    client.close()


def test_a_profile_may_take_a_role(profile, s3_name, s3_endpoint, tmp_path, monkeypatch):
    role = "[profile guest]\nrole_arn = arn:aws:iam::123456789012:role/guest\n"
    with (tmp_path / "config").open("a") as config:
        config.write(f"{role}source_profile = work\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)  # the roles are given there, too

    bucket = open_bucket(parse_address(f"s3://{s3_name}", Connection("guest", profile="guest")))

    assert keys_of(bucket) == []
    bucket.close()
    client = make_client(Connection("guest", profile="guest"), None)
    credentials = client._request_signer._credentials.get_frozen_credentials()
    assert credentials.token  # of the role, not of the profile that may take it
    client.close()


def test_a_profile_that_is_not_there_is_told_by_name(profile):
    with pytest.raises(ProfileMissing, match="“home”"):
        open_bucket(parse_address("s3://photos", Connection("home", profile="home")))


def test_amazon_keeps_its_own_checksums_and_addresses(aws_keys):
    client = make_client(Connection(region="eu-west-1"), None)
    config = client.meta.config

    assert client.meta.endpoint_url == "https://s3.eu-west-1.amazonaws.com"
    assert config.request_checksum_calculation == "when_supported"
    assert config.s3["addressing_style"] == "auto"
    client.close()


@pytest.mark.parametrize(("chosen", "used"), [("auto", "path"), ("virtual", "virtual")])
def test_other_services_get_paths_unless_host_names_are_chosen(aws_keys, chosen, used):
    connection = Connection(endpoint_url="https://s3.example.com", addressing=chosen)
    client = make_client(connection, None)

    link = client.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "x"})
    hosts = {
        "path": "https://s3.example.com/photos/x?",
        "virtual": "https://photos.s3.example.com/x?",
    }
    assert link.startswith(hosts[used])
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
    assert client.meta.config.request_checksum_calculation == "when_required"
    client.close()


def test_a_secret_of_the_session_is_used(connection, secret, s3_name, monkeypatch):
    session = SessionSecrets()
    session.keep(connection.name, secret)

    bucket = open_bucket(parse_address(f"s3://{s3_name}", connection), None, session)

    assert keys_of(bucket) == []
    bucket.close()


def test_a_connection_whose_secret_is_lost_asks_for_it():
    import keyring
    import keyring.backends.fail

    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        with pytest.raises(SecretMissing, match="“lost”"):
            open_bucket(parse_address("s3://x", Connection("lost", access_key_id="AKID")))
    finally:
        keyring.set_keyring(before)


def test_an_address_that_is_no_web_address_is_refused():
    with pytest.raises(ConnectionRefused):
        open_bucket(parse_address("s3://x", Connection("odd", endpoint_url="odd")))


def test_a_bucket_is_made_and_listed(connection, secret):
    name = f"new-{uuid.uuid4().hex[:8]}"

    create_bucket(connection, name, secret)
    other = msgspec.structs.replace(connection, region="eu-west-3")
    create_bucket(other, f"{name}-eu", secret)

    assert {name, f"{name}-eu"} <= set(list_buckets(connection, secret))
    with pytest.raises(BucketNameRefused):
        create_bucket(connection, "No Such Name", secret)


def results(checks):
    return {check.name: check.result for check in checks}


def test_a_good_connection_passes_every_check_and_leaves_nothing(
    connection, secret, s3_name, s3_client
):
    rules = [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]
    s3_client.put_bucket_cors(Bucket=s3_name, CORSConfiguration={"CORSRules": rules})

    checks = check_connection(connection, secret, f"s3://{s3_name}/team")

    assert [check.name for check in checks] == list(CheckName)
    assert set(results(checks).values()) == {CheckResult.PASSED}
    assert "Contents" not in s3_client.list_objects_v2(Bucket=s3_name)


def test_without_a_bucket_its_checks_are_left_out(connection, secret):
    found = results(check_connection(connection, secret))

    assert found[CheckName.LIST_BUCKETS] is CheckResult.PASSED
    assert found[CheckName.WRITE] is CheckResult.SKIPPED
    assert list(found) == list(CheckName)


def test_a_missing_bucket_fails_its_checks_only(connection, secret):
    checks = check_connection(connection, secret, "s3://no-such-bucket")
    found = results(checks)

    assert found[CheckName.AUTHENTICATE] is CheckResult.PASSED
    assert found[CheckName.LIST] is found[CheckName.WRITE] is CheckResult.FAILED
    assert found[CheckName.DELETE] is CheckResult.SKIPPED
    assert all(check.detail for check in checks if check.result is not CheckResult.PASSED)


def test_wrong_keys_are_told_from_a_service_that_is_not_there(secret):
    with canned_bucket(xml_error(403, "InvalidAccessKeyId")) as (bucket, _):
        endpoint = bucket.address.removesuffix("/photos")
        wrong = Connection("x", endpoint_url=endpoint, access_key_id="AKID")
        refused = results(check_connection(wrong, secret, "s3://photos"))
        with pytest.raises(AccessDenied):
            list_buckets(wrong, secret)
    away = results(check_connection(wrong, secret))
    with pytest.raises(Unreachable):
        list_buckets(wrong, secret)

    assert refused[CheckName.REACH] is CheckResult.PASSED
    assert refused[CheckName.AUTHENTICATE] is CheckResult.FAILED
    assert away[CheckName.REACH] is CheckResult.FAILED


def test_a_folder_loads_no_network_library():
    modules = [
        "connections.address",
        "open_bucket",
        "connections.connection",
        "connections.credentials",
        "folder.bucket",
        "connections.policy",
        "connection_check",
        "connections.credential_import",
        "connections.connection_export",
    ]
    imports = "; ".join(f"import cloudanno_desktop.bucket.{name}" for name in modules)
    imports += "; import cloudanno_desktop.transfers.queue"
    loaded = "[m for m in ('boto3', 'botocore', 'keyring', 'urllib3') if m in sys.modules]"
    code = f"import sys; {imports}; print({loaded})"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"


def test_the_description_that_is_read_fast_is_botocores_own():
    ours, own = Description(), create_loader()

    assert ours.list_available_services("service-2") == own.list_available_services("service-2")
    assert ours.load_data("endpoints") == own.load_data("endpoints")
    for service in ("s3", "sts", "sso"):
        for kind in ("service-2", "endpoint-rule-set-1"):
            model = ours.load_service_model(service, kind)
            assert model == own.load_service_model(service, kind)
            assert list(model) == list(own.load_service_model(service, kind))


def test_a_password_in_an_address_is_not_repeated():
    address = parse_address("s3://photos", Connection(endpoint_url="http://ada:hidden@host/?k=hid"))

    with pytest.raises(ConnectionRefused) as caught:
        open_bucket(address)
    assert "hid" not in str(caught.value)
