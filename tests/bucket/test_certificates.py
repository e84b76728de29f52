"""Only a server whose certificate bears its own name gets a request, by whatever way it goes."""

from contextlib import ExitStack, closing

import pytest
from authority import Authority
from small_s3 import small_s3

from cloudanno_desktop.bucket.bucket import Unreachable
from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.bucket.credentials import Secret
from cloudanno_desktop.bucket.s3_bucket import S3Bucket
from cloudanno_desktop.bucket.s3_client import make_client

ACTS = {
    "list": lambda bucket: list(bucket.list_pages()),
    "get": lambda bucket: bucket.get("a.jpg"),
    "put": lambda bucket: bucket.put("b.jpg", b"bytes"),
    "head": lambda bucket: bucket.head("a.jpg"),
}
# checksums are boto3's business alone, so that all requests go by it
WAYS = {"short": {}, "boto3": {"checksums": "when_supported"}}
OWN, OTHERS = "127.0.0.1", ["storage.example", "127.0.0.2"]


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def service(authority):
    """Return a function that serves with a certificate of ``host``."""
    with ExitStack() as opened:

        def serve(host):
            state = opened.enter_context(small_s3(tls=authority.server_context(host)))
            state.objects["photos/a.jpg"] = b"bytes"
            return state

        yield serve


@pytest.fixture
def bucket_of():
    """Return a function that opens the bucket of a service."""
    with ExitStack() as opened:

        def open_it(state, **fields):
            connection = Connection(
                name="lab", endpoint_url=state.url, access_key_id="key", **fields
            )
            client = make_client(connection, Secret("test-secret"), attempts=1)
            return opened.enter_context(closing(S3Bucket(client, "photos", state.url)))

        yield open_it


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("act", ACTS)
def test_a_certificate_of_another_name_is_refused(service, bucket_of, authority, act, other, way):
    state = service(other)
    bucket = bucket_of(state, ca_file=str(authority.certificate), **WAYS[way])

    with pytest.raises(Unreachable, match="certificate"):
        ACTS[act](bucket)

    assert not state.seen


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("act", ACTS)
def test_a_certificate_of_the_own_name_is_taken(service, bucket_of, authority, act, way):
    state = service(OWN)

    ACTS[act](bucket_of(state, ca_file=str(authority.certificate), **WAYS[way]))

    assert state.seen


@pytest.mark.parametrize("act", ACTS)
def test_an_authority_that_the_environment_names_is_held_to_names_too(
    service, bucket_of, authority, monkeypatch, act
):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.certificate))

    ACTS[act](bucket_of(service(OWN)))

    with pytest.raises(Unreachable, match="certificate"):
        ACTS[act](bucket_of(service(OTHERS[0])))


@pytest.mark.parametrize("act", ACTS)
def test_any_name_is_taken_only_on_demand(service, bucket_of, act):
    state = service(OTHERS[0])

    ACTS[act](bucket_of(state, insecure=True))

    assert state.seen
