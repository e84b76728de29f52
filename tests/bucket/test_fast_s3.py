"""Requests that go past boto3 bring the same, and boto3 makes those that they cannot."""

import socket
import socketserver
import threading
from contextlib import contextmanager

import botocore.auth
import msgspec
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserFactory

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    NotModified,
    ObjectMissing,
    PreconditionFailed,
    StorageFailed,
)
from cloudanno_desktop.bucket.s3.botocore_setup import parse_time
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_client, make_service
from cloudanno_desktop.bucket.s3.fast.client import FastS3
from cloudanno_desktop.bucket.s3.fast.list_xml import read_listing
from cloudanno_desktop.bucket.s3.fast.sigv4 import FastRequest, sign
from cloudanno_desktop.bucket.s3.service import S3Service
from tests.support.canned_service import (
    ACCESS_KEY,
    SECRET_KEY,
    bucket_at,
    canned_bucket,
    xml,
    xml_error,
)
from tests.support.faulty_service import refuse, reset
from tests.support.small_s3 import small_s3

PAGE = """<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Name>b</Name><Prefix/><KeyCount>3</KeyCount><IsTruncated>true</IsTruncated>{encoding}
<NextContinuationToken>a&amp;b%2B</NextContinuationToken>
<Contents><Key>x+y%2B%C3%BC&amp;.jpg</Key><Size>12</Size><ETag>&quot;e&quot;</ETag>
<LastModified>2026-03-04T12:00:00.000Z</LastModified><Owner><ID>me</ID></Owner></Contents>
<Contents><Key>plain.jpg</Key><Size>0</Size></Contents>
<CommonPrefixes><Prefix>f+g%2F/</Prefix></CommonPrefixes></ListBucketResult>"""


ODD_KEYS = ["a b+ü~.jpg", "/a//../b", "a%2Fb", "a?b=c&d#e", "日本/🍎.jpg", "x" * 900]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_object_is_the_same_by_either_way(s3_bucket, s3_client, s3_name, key):
    s3_client.put_object(Bucket=s3_name, Key=key, Body=b"theirs", ContentType="image/x")

    fetched = s3_bucket.get(key)
    written = s3_bucket.put("ours/" + key, b"ours")

    theirs = s3_client.head_object(Bucket=s3_name, Key=key)
    assert fetched.body == b"theirs"
    assert (f'"{fetched.entry.etag}"', fetched.entry.modified) == (
        theirs["ETag"],
        theirs["LastModified"],
    )
    assert s3_bucket.head(key) == fetched.entry
    assert s3_bucket.content_type(key) == "image/x"
    ours = s3_client.get_object(Bucket=s3_name, Key="ours/" + key)
    assert (ours["Body"].read(), ours["ETag"]) == (b"ours", f'"{written.etag}"')


@pytest.fixture
def counted():
    """Return a service that counts what it is asked."""
    with small_s3() as state:
        yield state


def test_what_is_sent_is_what_was_signed(counted):
    bucket = bucket_at(counted.url)
    bucket.put("a b+ü//~.jpg", b"bytes", PutOptions(cache_control="no-cache", if_absent=True))
    list(bucket.list_pages("a b/+", "/"))
    bucket.close()

    for method, path, headers in counted.seen:
        assert signature_of(method, counted.url + path, headers) in headers["Authorization"]


def signature_of(method, url, headers):
    """Sign again what a service got, as the service does to check it."""
    known = {name.lower(): text for name, text in headers.items()}
    _, _, names = known["authorization"].partition("SignedHeaders=")
    names = names.partition(",")[0].split(";")
    request = AWSRequest(method, url, {name: known[name] for name in names})
    request.context["timestamp"] = known["x-amz-date"]
    auth = S3SigV4Auth(ReadOnlyCredentials(ACCESS_KEY, SECRET_KEY, None), "s3", "us-east-1")
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


ACTS = {
    "get": lambda bucket: bucket.get("a"),
    "get if changed": lambda bucket: bucket.get("a", if_none_match=ETAG),
    "head": lambda bucket: bucket.head("a"),
    "stream": lambda bucket: bucket.stream("a", if_match="other").__enter__(),
    "create": lambda bucket: bucket.put("a", b"new", PutOptions(if_absent=True)),
    "replace": lambda bucket: bucket.put("a", b"new", PutOptions(if_match="other")),
}
ETAG = "0cc175b9c0f1b6a831c399e269772661"  # of b"a"


@pytest.mark.parametrize(
    ("act", "is_there", "error"),
    [
        ("get", False, ObjectMissing),
        ("head", False, ObjectMissing),
        ("get if changed", True, NotModified),
        ("stream", True, PreconditionFailed),
        ("stream", False, PreconditionFailed),
        ("create", True, PreconditionFailed),
        ("replace", True, PreconditionFailed),
        ("replace", False, PreconditionFailed),
    ],
)
def test_a_refusal_that_is_clear_costs_one_request(counted, act, is_there, error):
    if is_there:
        counted.objects["photos/a"] = b"a"
    bucket = bucket_at(counted.url)

    with pytest.raises(error):
        ACTS[act](bucket)

    assert len(counted.seen) == 1
    bucket.close()


@pytest.mark.parametrize("token", [None, "session"])
@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/photos/a%20b/%C3%BC~%2B.jpg", {"Range": "bytes=1-2"}, b""),
        ("GET", "/photos?delimiter=%2F&encoding-type=url&list-type=2&prefix=a%2Fb~", {}, b""),
        ("HEAD", "/photos/a.jpg", {}, b""),
        ("PUT", "/photos//a/../b", {"If-None-Match": "*", "Content-Type": "image/jpeg"}, b"body"),
    ],
)
def test_the_signature_is_botocores(monkeypatch, method, target, headers, body, token):
    now = botocore.auth.get_current_datetime()
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: now)
    monkeypatch.setattr("cloudanno_desktop.bucket.s3.fast.sigv4.gmtime", now.utctimetuple)
    credentials = ReadOnlyCredentials("key", "secret", token)
    theirs = AWSRequest(method, f"https://storage.example:8333{target}", headers, body)
    S3SigV4Auth(credentials, "s3", "eu-de").add_auth(theirs)

    ours = FastRequest(method, target, {**headers, "Host": "storage.example:8333"}, body)
    sign(ours, credentials, "eu-de")

    assert ours.headers["Authorization"] == theirs.headers["Authorization"]


def test_a_listing_reads_as_boto3_reads_it():
    body = PAGE.format(encoding="").encode()
    used = ("Key", "Size", "ETag", "LastModified")

    ours, theirs = read_listing(body), by_boto3(body)

    for name in ("IsTruncated", "NextContinuationToken", "CommonPrefixes"):
        assert ours[name] == theirs[name]
    assert [[entry.get(name) for name in used] for entry in ours["Contents"]] == [
        [entry.get(name) for name in used] for entry in theirs["Contents"]
    ]


def test_names_that_a_listing_encodes_are_decoded():
    ours = read_listing(PAGE.format(encoding="<EncodingType>url</EncodingType>").encode())

    assert keys(ours) == ["x y+ü&.jpg", "plain.jpg", "f g//"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"<Error><Code>Busy</Code></Error>"])
def test_what_is_no_listing_is_left_to_boto3(body):
    assert read_listing(body) is None


def test_an_error_in_place_of_a_listing_is_told():
    response = xml(200, "<Error><Code>Busy</Code><Message>later</Message></Error>")
    with canned_bucket(response) as (bucket, _), pytest.raises(StorageFailed):
        list(bucket.list_pages())


def test_what_is_not_clear_is_asked_once_more():
    with canned_bucket(xml_error(403, "AccessDenied")) as (bucket, requests):
        with pytest.raises(AccessDenied):
            bucket.get("a.jpg")
        assert len(requests) == 2


@pytest.mark.parametrize(
    ("fault", "pauses"),
    [(reset, 1), (refuse(503, "SlowDown"), 1), (refuse(500, "InternalError"), 0)],
)
def test_a_service_in_need_of_a_pause_gets_one(patient, s3_bucket, faulty, fault, pauses):
    bucket, slept = patient
    s3_bucket.put("a", b"bytes")
    faulty.fails(fault, turns=range(1))

    assert bucket.get("a").body == b"bytes"

    assert len(slept) == pauses


@pytest.fixture
def patient(faulty, s3_name, connection, secret):
    """Return the bucket of ``s3_bucket`` on a service that may fail, and how long was slept."""
    slept = []
    connection = msgspec.structs.replace(connection, endpoint_url=faulty.endpoint)
    client = make_client(connection, secret)
    fast = FastS3(client, lambda request: None, True, sleep=slept.append)
    bucket = S3Bucket(S3Service(client, fast), s3_name)
    yield bucket, slept
    bucket.close()


def test_a_kept_connection_that_the_service_ended_is_not_noticed():
    with hasty_service() as (endpoint, is_ended):
        bucket = bucket_at(endpoint)
        for _ in range(3):
            assert bucket.get("a.jpg").body == b"bytes"
            assert is_ended.acquire(timeout=10)
        bucket.close()


@pytest.mark.parametrize("name", ["photos", "my.photos-2", "my--photos", "Photos_1"])
@pytest.mark.parametrize("base", ["", "/base/"])
def test_a_bucket_is_looked_for_where_boto3_looks(aws_keys, name, base):
    with small_s3() as state:
        service = make_service(Connection(endpoint_url=state.url + base), None)
        for ask in (service.get, lambda params: service.client.get_object(**params)):
            with pytest.raises((ObjectMissing, service.client.exceptions.NoSuchKey)):
                ask({"Bucket": name, "Key": "a b"})
        service.close()

        ours, theirs = [path for _, path, _ in state.seen]
        assert ours == theirs


def test_a_bucket_in_the_host_name_is_found_there(aws_keys, monkeypatch):
    resolve = socket.getaddrinfo
    to_loopback = lambda host, *more: resolve("127.0.0.1", *more)  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", to_loopback)  # not every system knows *.localhost
    with small_s3() as state:
        port = state.url.rpartition(":")[2]
        place = Connection(endpoint_url=f"http://localhost:{port}", addressing="virtual")
        service = make_service(place, None)
        for ask in (service.get, lambda params: service.client.get_object(**params)):
            with pytest.raises((ObjectMissing, service.client.exceptions.NoSuchKey)):
                ask({"Bucket": "photos", "Key": "folder/key"})
        service.close()

        hosts = [(path, headers["Host"]) for _, path, headers in state.seen]
        assert hosts == [("/folder/key", f"photos.localhost:{port}")] * 2


@pytest.mark.parametrize(
    "head",
    [
        b'HTTP/1.1 200 OK\r\nETag: "e"\r\nX-Odd: over\r\n two lines\r\n',
        b"HTTP/1.0 200 OK\r\n",
    ],
)
def test_an_odd_response_is_read(head):
    with hasty_service(head) as (endpoint, _):
        bucket = bucket_at(endpoint, attempts=2)
        assert bucket.get("a.jpg").body == b"bytes"
        bucket.close()


def test_a_validator_that_no_header_can_carry_plainly_is_sent_all_the_same(s3_bucket):
    s3_bucket.put("a.jpg", b"bytes")

    assert s3_bucket.get("a.jpg", if_none_match="\u2713").body == b"bytes"


@contextmanager
def hasty_service(head=b"HTTP/1.1 200 OK\r\n"):
    """Answer once a connection and end it without a word; the semaphore counts what is ended."""
    is_ended = threading.Semaphore(0)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline() not in {b"\r\n", b""}:
                pass
            self.wfile.write(head + b"Content-Length: 5\r\n\r\nbytes")

    class Server(socketserver.ThreadingTCPServer):
        def shutdown_request(self, request):
            super().shutdown_request(request)
            is_ended.release()

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", is_ended
        finally:
            server.shutdown()
            thread.join()


def by_boto3(body):
    """Read a listing by boto3's own parser, with our reader of times."""
    description = create_loader().load_service_model("s3", "service-2")
    shape = ServiceModel(description, "s3").operation_model("ListObjectsV2").output_shape
    parsers = ResponseParserFactory()
    parsers.set_parser_defaults(timestamp_parser=parse_time)
    parser = parsers.create_parser("rest-xml")
    return parser.parse({"body": body, "headers": {}, "status_code": 200}, shape)


def keys(response):
    folders = [found["Prefix"] for found in response["CommonPrefixes"]]
    return [found["Key"] for found in response["Contents"]] + folders
