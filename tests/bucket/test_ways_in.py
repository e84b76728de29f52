"""Providers, pasted credentials, shared connections, policies: what fills in a connection."""

import json

import msgspec
import pytest

from cloudanno_desktop.bucket.connection_check import Check, CheckName, CheckResult
from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    ConnectionRefused,
    SignInMethod,
    load_connections,
    save_connection,
)
from cloudanno_desktop.bucket.connections.connection_export import (
    NotConnections,
    add_shared,
    read_shared,
    share,
)
from cloudanno_desktop.bucket.connections.credential_import import NotCredentials, read_credentials
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.connections.policy import needed_policy
from cloudanno_desktop.bucket.connections.providers import (
    PROVIDERS,
    ProviderUnknown,
    provider_named,
    provider_of,
    with_provider,
)
from cloudanno_desktop.bucket.s3.client import make_client

CRN = "crn:v1:bluemix:public:cloud-object-storage:global:a/3ag0:d6f7::"
IBM = {
    "apikey": "0viPHOY7LbLN",
    "endpoints": "https://control.cloud-object-storage.cloud.ibm.com/v2/endpoints",
    "iam_role_crn": "crn:v1:bluemix:public:iam::::serviceRole:Writer",
    "resource_instance_id": CRN,
}
HMAC = {"access_key_id": "347aa3a4", "secret_access_key": "56caa1b5"}


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.kind)
def test_each_provider_makes_a_connection_that_works(provider, aws_keys):
    address = provider.address("", "account")
    if address == "https://":
        address += "s3.example.com"
    connection = with_provider(provider, Connection("x", endpoint_url=address), "account")
    save_connection(connection)

    client = make_client(connection, None)
    try:
        config = client.meta.config
        assert client.meta.endpoint_url.startswith(("https://", "http://127.0.0.1"))
        assert config.signature_version == "s3v4"
        is_amazon = provider.kind == "aws"
        needed = "when_supported" if is_amazon else "when_required"
        assert config.request_checksum_calculation == needed
        styles = {"virtual": "virtual", "path": "path", "auto": "auto" if is_amazon else "path"}
        assert config.s3["addressing_style"] == styles[provider.addressing]
        assert client.meta.region_name == provider.region
    finally:
        client.close()


def test_a_provider_is_known_by_its_addresses():
    for provider in PROVIDERS:
        address = provider.address("some-region", "account")
        if provider.kind not in {"minio", "ceph", "other"}:
            assert provider_of(Connection(endpoint_url=address)) is provider
    elsewhere = ("https://s3.example.com", "https://evilbackblazeb2.com", "http://127.0.0.1:9000")
    for address in elsewhere:
        assert provider_of(Connection(endpoint_url=address)).kind == "other"


def test_what_the_person_chose_stays():
    own = Connection("x", region="eu-de", addressing="virtual", endpoint_url="https://mine.example")

    made = with_provider(provider_named("ibm"), own)

    assert (made.region, made.addressing) == ("eu-de", "virtual")
    assert made.endpoint_url == "https://mine.example"
    with pytest.raises(ProviderUnknown, match="minio"):
        provider_named("nobody")


def test_an_account_that_is_missing_stays_a_gap():
    r2 = provider_named("r2")
    assert r2.needs_account
    assert with_provider(r2, Connection("x")).endpoint_url == (
        "https://{account}.r2.cloudflarestorage.com"
    )
    assert with_provider(r2, Connection("x"), "abc").region == "auto"


def test_a_service_credential_of_ibm_fills_in_a_connection():
    pasted = read_credentials(json.dumps(IBM, indent=2))

    assert pasted.connection == Connection(uses_api_key=True, resource_instance_id=CRN, kind="ibm")
    assert pasted.secret == Secret(api_key="0viPHOY7LbLN")
    assert pasted.connection.sign_in is SignInMethod.API_KEY


def test_hmac_keys_in_a_service_credential_are_preferred():
    pasted = read_credentials(json.dumps({**IBM, "cos_hmac_keys": HMAC}))

    assert pasted.connection == Connection(access_key_id="347aa3a4", kind="ibm")
    assert pasted.secret == Secret("56caa1b5")


@pytest.mark.parametrize(
    ("text", "connection", "secret"),
    [
        (
            f"API_KEY=abc\nRESOURCE_INSTANCE_ID={CRN}\n",
            Connection(uses_api_key=True, resource_instance_id=CRN, kind="ibm"),
            Secret(api_key="abc"),
        ),
        (
            f"# old\r\n API_KEY = \"abc\"\r\nRESOURCE_INSTANCE_ID='{CRN}'\r\nOTHER=1",
            Connection(uses_api_key=True, resource_instance_id=CRN, kind="ibm"),
            Secret(api_key="abc"),
        ),
        (
            "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = a=b/+c\n"
            "aws_session_token=t==\n",
            Connection(access_key_id="AKIA1", kind="aws"),
            Secret("a=b/+c", "t=="),
        ),
        (
            'export AWS_ACCESS_KEY_ID="AKIA1"\nexport AWS_SECRET_ACCESS_KEY="s"\n'
            "export AWS_ENDPOINT_URL=https://s3.eu-central-003.backblazeb2.com/\nAWS_REGION=x",
            Connection(
                access_key_id="AKIA1",
                endpoint_url="https://s3.eu-central-003.backblazeb2.com",
                region="x",
                kind="b2",
            ),
            Secret("s"),
        ),
    ],
)
def test_lines_of_names_and_values_fill_in_a_connection(text, connection, secret):
    pasted = read_credentials(text)
    assert (pasted.connection, pasted.secret) == (connection, secret)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{",
        "{}",
        '{"apikey": 1}',
        '{"apikey": "only-here-abc" ',
        "API_KEY=",
        "aws_access_key_id=only-here-abc",
        "[" * 100_000,
        "x" * 200_000,
    ],
)
def test_what_holds_no_credentials_is_refused_and_not_repeated(text):
    with pytest.raises(NotCredentials) as caught:
        read_credentials(text)
    assert "only-here-abc" not in str(caught.value)


def test_connections_are_handed_on_without_secrets_and_never_take_a_name_over():
    mine = Connection("lab", endpoint_url="https://s3.example.com", access_key_id="AKIA1")
    theirs = Connection("lab", endpoint_url="https://s3.example.org", insecure=True)
    save_connection(mine)

    added = add_shared(read_shared(share([mine, theirs])))

    assert [(c.name, c.endpoint_url, c.insecure) for c in added] == [
        ("lab (2)", "https://s3.example.org", False)
    ]
    assert load_connections() == [mine, *added]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"version": 1, "connections": []}',
        b'{"format": "other", "version": 1, "connections": []}',
        b'{"format": "cloudanno-connections", "version": 9, "connections": []}',
        b'{"format": "cloudanno-connections", "version": 1, "connections": [{"name": " "}]}',
        b'{"format": "cloudanno-connections", "version": 1, "connections": [{"name": "a\\nb"}]}',
        b'{"format": "cloudanno-connections", "version": 1, "connections": '
        b'[{"name": "a", "endpoint_url": "https://key:secret@x"}]}',
        b"[" * 100_000,
    ],
)
def test_a_file_with_anything_else_adds_nothing(body):
    with pytest.raises(NotConnections):
        add_shared(read_shared(body))
    assert load_connections() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"proxy": "proxy.example:8080"},
        {"proxy": "http://user:secret@proxy.example"},
        {"iam_url": "ftp://x"},
        {"connect_timeout_s": 0},
        {"read_timeout_s": 100_000},
        {"uses_api_key": True},
    ],
)
def test_values_that_cannot_work_or_hold_a_secret_are_refused(fields):
    with pytest.raises(ConnectionRefused) as caught:
        save_connection(Connection("a", **fields))
    assert "secret" not in str(caught.value)


def denied(*names):
    return [Check(name, CheckResult.FAILED, "no", denied=True) for name in names]


def test_the_least_policy_for_what_is_missing_is_told():
    address = ProjectAddress("s3://photos/team", Connection("x", kind="aws"))

    reported = json.loads(needed_policy(denied(CheckName.LIST, CheckName.WRITE), address))

    assert reported["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": "arn:aws:s3:::photos",
            "Condition": {"StringLike": {"s3:prefix": ["team/*"]}},
        },
        {
            "Effect": "Allow",
            "Action": [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:PutObject",
            ],
            "Resource": "arn:aws:s3:::photos/team/*",
        },
    ]


def test_where_policies_are_no_json_words_tell_what_to_allow():
    for provider in PROVIDERS:
        connection = Connection("x", kind=provider.kind)
        address = ProjectAddress("s3://photos", connection)
        reported = needed_policy(denied(CheckName.WRITE), address)
        assert "photos" in reported
        assert reported.startswith("{") is not bool(provider.grant)


def test_nothing_is_to_be_allowed_where_nothing_was_denied():
    checks = [
        Check(CheckName.WRITE, CheckResult.PASSED),
        Check(CheckName.CORS, CheckResult.FAILED, "no rules"),
    ]
    assert needed_policy(checks, ProjectAddress("s3://photos", Connection("x"))) == ""


def test_old_files_of_connections_are_read(home):
    old = {"name": "a", "endpoint_url": "https://s3.example.com", "anonymous": True}
    folder = home / "config"
    folder.mkdir(exist_ok=True)
    (folder / "connections.json").write_bytes(
        msgspec.json.encode({"version": 1, "connections": [old]})
    )
    (connection,) = load_connections()
    assert connection.sign_in is SignInMethod.ANONYMOUS
    assert connection.connect_timeout_s == 10
