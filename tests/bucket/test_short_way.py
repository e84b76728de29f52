"""The requests that go past boto3 are its own in all that a service or a caller can see."""

import socketserver
import threading
from contextlib import contextmanager

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserFactory

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.errors import AccessDenied, StorageFailed
from cloudanno_desktop.bucket.s3.botocore_setup import parse_time
from cloudanno_desktop.bucket.s3.client import make_client
from cloudanno_desktop.bucket.s3.fast.connections import WireRequest
from cloudanno_desktop.bucket.s3.fast.list_xml import read_listing
from cloudanno_desktop.bucket.s3.fast.sigv4 import sign
from tests.support.canned_service import bucket_at, canned_bucket, xml, xml_error

ORIGIN = "https://storage.example:8333"
REGION = "eu-de"
PAGE = """<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Name>b</Name><Prefix/><KeyCount>3</KeyCount><IsTruncated>true</IsTruncated>{encoding}
<NextContinuationToken>a&amp;b%2B</NextContinuationToken>
<Contents><Key>x+y%2B%C3%BC&amp;.jpg</Key><Size>12</Size><ETag>&quot;e&quot;</ETag>
<LastModified>2026-03-04T12:00:00.000Z</LastModified><Owner><ID>me</ID></Owner></Contents>
<Contents><Key>plain.jpg</Key><Size>0</Size></Contents>
<CommonPrefixes><Prefix>f+g%2F/</Prefix></CommonPrefixes></ListBucketResult>"""


@pytest.mark.parametrize("token", [None, "session"])
@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/photos/a%20b/%C3%BC~%2B.jpg", {"Range": "bytes=1-2"}, b""),
        ("GET", "/photos?delimiter=%2F&encoding-type=url&list-type=2&prefix=a%2Fb~", {}, b""),
        ("PUT", "/photos//a/../b", {"If-None-Match": "*", "Content-Type": "image/jpeg"}, b"body"),
    ],
)
def test_the_signature_is_boto3s(monkeypatch, method, target, headers, body, token):
    now = botocore.auth.get_current_datetime()
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: now)
    monkeypatch.setattr("cloudanno_desktop.bucket.s3.fast.sigv4.gmtime", now.utctimetuple)
    credentials = ReadOnlyCredentials("key", "secret", token)
    theirs = AWSRequest(method, ORIGIN + target, headers, body)
    botocore.auth.S3SigV4Auth(credentials, "s3", REGION).add_auth(theirs)

    ours = WireRequest(method, ORIGIN, target, {**headers, "Host": "storage.example:8333"}, body)
    sign(ours, credentials, REGION)

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


def test_an_error_in_place_of_a_listing_is_asked_once_and_told():
    answer = xml(200, "<Error><Code>Busy</Code><Message>later</Message></Error>")
    with canned_bucket(answer) as (bucket, requests):
        with pytest.raises(StorageFailed):
            list(bucket.list_pages())
        assert len(requests) == 1


def test_a_refusal_costs_one_request():
    with canned_bucket(xml_error(403, "AccessDenied")) as (bucket, requests):
        with pytest.raises(AccessDenied):
            bucket.get("a.jpg")
        assert len(requests) == 1


def test_a_kept_connection_that_the_service_ended_is_not_noticed():
    with hasty_service() as (endpoint, is_ended):
        bucket = bucket_at(endpoint)
        for _ in range(3):
            assert bucket.get("a.jpg").body == b"bytes"
            assert is_ended.acquire(timeout=10)
        bucket.close()


@pytest.mark.parametrize("addressing", ["path", "virtual"])
@pytest.mark.parametrize("bucket", ["photos", "my.photos-2", "my--photos", "Photos_1"])
@pytest.mark.parametrize("endpoint", ["http://localhost:9000", "https://s3.example.com/base/"])
def test_a_bucket_is_looked_for_where_boto3_looks(aws_keys, endpoint, bucket, addressing):
    client = make_client(Connection(endpoint_url=endpoint, addressing=addressing), None)
    link = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})

    origin, path = client._place_of(bucket)

    assert link.startswith(f"{origin}{path}key?")
    client.close()


def test_an_answer_that_only_boto3_can_read_is_read():
    with hasty_service(b"X-Odd: over\r\n two lines\r\n") as (endpoint, _):
        bucket = bucket_at(endpoint, attempts=2)
        assert bucket.get("a.jpg").body == b"bytes"
        bucket.close()


def test_a_validator_that_no_header_can_carry_plainly_is_sent_all_the_same(s3_bucket):
    s3_bucket.put("a.jpg", b"bytes")

    assert s3_bucket.get("a.jpg", if_none_match="\u2713").body == b"bytes"


@contextmanager
def hasty_service(header=b""):
    """Answer once a connection and end it without a word; the semaphore counts what is ended."""
    is_ended = threading.Semaphore(0)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline() not in {b"\r\n", b""}:
                pass
            told = b'ETag: "e"\r\nContent-Length: 5\r\n' + header
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + told + b"\r\nbytes")

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


def keys(answer):
    folders = [found["Prefix"] for found in answer["CommonPrefixes"]]
    return [found["Key"] for found in answer["Contents"]] + folders
