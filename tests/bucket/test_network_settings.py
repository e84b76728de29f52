"""Own certificates, a proxy, and time-outs of a connection."""

import socket
import threading

import pytest

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection, ConnectionRefused
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.bucket.open_bucket import list_buckets, open_bucket
from cloudanno_desktop.bucket.s3.ibm_iam import tokens_of
from tests.support.authority import Authority
from tests.support.iam_service import API_KEY, iam_service
from tests.support.small_s3 import small_s3

SECRET = Secret("test-secret")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def secure(authority):
    with small_s3(tls=authority.server_context("127.0.0.1")) as state:
        state.objects["photos/a"] = b"1"
        yield state


def at(url, **fields):
    return Connection(name="x", endpoint_url=url, access_key_id="key", **fields)


def test_an_own_certificate_is_trusted_only_if_it_is_named(secure, authority):
    with pytest.raises(Unreachable, match="certificate"):
        list_buckets(at(secure.url), SECRET)
    named = at(secure.url, ca_file=str(authority.certificate))
    assert list_buckets(named, SECRET) == ["photos"]


def test_any_certificate_is_trusted_only_on_demand(secure):
    assert list_buckets(at(secure.url, insecure=True), SECRET) == ["photos"]


def test_a_certificate_file_that_is_not_there_is_told(secure):
    with pytest.raises(ConnectionRefused, match="certificate file"):
        list_buckets(at(secure.url, ca_file="/no/such/file.pem"), SECRET)


def test_a_certificate_file_that_holds_none_is_told(secure, tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(Unreachable):
        list_buckets(at(secure.url, ca_file=str(tmp_path / "empty.pem")), SECRET)


def test_a_proxy_carries_requests():
    with small_s3() as proxy:
        proxy.objects["photos/a"] = b"1"
        away = at("http://storage.invalid", proxy=proxy.url)

        assert list_buckets(away, SECRET) == ["photos"]
        assert proxy.seen[0][1].startswith("http://storage.invalid/")


def test_a_proxy_carries_requests_for_tokens():
    with iam_service() as proxy:
        connection = Connection(
            name="x",
            endpoint_url="http://127.0.0.1:9",
            uses_api_key=True,
            iam_url="http://127.0.0.1:9/identity/token",
            proxy=proxy.url.removesuffix("/identity/token"),
        )

        assert tokens_of(connection, API_KEY).current() == proxy.given[0]


def test_a_service_that_is_silent_is_given_up_after_the_time_of_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        bucket = open_bucket(parse_address("s3://photos", at(url, read_timeout_s=1)), SECRET)
        caught = []

        def read():
            with pytest.raises(Unreachable, match="no response in time") as error:
                bucket.get("a")
            caught.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        thread.join(50)
        assert caught
        bucket.close()
