"""What only a service can do or suffer."""

import socket
import urllib.request

import pytest

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    BucketMissing,
    ConditionRefused,
    KeyRefused,
    PreconditionFailed,
    PresignImpossible,
    StorageFailed,
    Unreachable,
)
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.progress import Cancelled
from tests.support.canned_service import (
    ACCESS_KEY,
    SECRET_KEY,
    bucket_at,
    canned_bucket,
    listing,
    xml,
    xml_error,
)


def read(bucket):
    bucket.get("a b.jpg")


def write(bucket):
    bucket.put("a b.jpg", b"1")


def write_once(bucket):
    bucket.put("a b.jpg", b"1", PutOptions(if_absent=True))


def list_all(bucket):
    list(bucket.list_pages())


@pytest.mark.parametrize(
    ("status", "code", "attempt", "expected"),
    [
        (403, "InvalidAccessKeyId", read, AccessDenied),
        (403, "SignatureDoesNotMatch", list_all, AccessDenied),
        (400, "ExpiredToken", write_once, AccessDenied),
        (401, "Unauthorized", read, AccessDenied),
        (403, "AccessDenied", write, AccessDenied),
        (404, "NoSuchBucket", read, BucketMissing),
        (404, "NoSuchBucket", write, BucketMissing),
        (404, "NoSuchBucket", list_all, BucketMissing),
        (412, "PreconditionFailed", write_once, PreconditionFailed),
        (409, "ConditionalRequestConflict", write_once, PreconditionFailed),
        (501, "NotImplemented", write_once, ConditionRefused),
        (400, "InvalidArgument", write_once, ConditionRefused),
        (400, "InvalidArgument", write, StorageFailed),
        (400, "KeyTooLongError", write, KeyRefused),
        (404, "NoSuchKey", write, StorageFailed),
        (500, "InternalError", read, StorageFailed),
        (503, "SlowDown", list_all, StorageFailed),
    ],
)
def test_each_answer_becomes_its_error_in_one_clean_sentence(status, code, attempt, expected):
    with (
        canned_bucket(xml_error(status, code)) as (bucket, _),
        pytest.raises(expected) as caught,
    ):
        attempt(bucket)

    sentence = str(caught.value)
    assert type(caught.value) is expected
    assert "\n" not in sentence
    assert not any(
        text in sentence for text in (ACCESS_KEY, SECRET_KEY, "Signature=", "Credential")
    )


def test_a_response_without_a_length_is_read_whole_or_refused(tmp_path):
    endless = b'HTTP/1.1 200 OK\r\nETag: "x"\r\nConnection: close\r\n\r\nbytes'
    with canned_bucket(endless) as (bucket, _):
        fetched = bucket.get("x")
        assert (fetched.body, fetched.entry.size) == (b"bytes", 5)
        with pytest.raises(StorageFailed, match="could not list"):  # a listing may tell it
            bucket.head("x")
        with pytest.raises(StorageFailed, match="could not list"):
            bucket.download("x", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_cut_off_is_no_shorter_object(tmp_path):
    cut = (
        b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\nETag: "x"\r\n'
        b"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\nhalf"
    )
    with canned_bucket(cut) as (bucket, _):
        with pytest.raises(StorageFailed, match="cut off"):
            bucket.get("x")
        with pytest.raises(StorageFailed, match="cut off"):
            bucket.download("x", tmp_path / "out")
        with pytest.raises((StorageFailed, Unreachable)):
            list_all(bucket)
    assert list(tmp_path.iterdir()) == []


def test_a_listing_that_forgets_its_continuation_is_no_complete_listing():
    document = "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
    with (
        canned_bucket(xml(200, document)) as (bucket, _),
        pytest.raises(StorageFailed, match="cut"),
    ):
        list_all(bucket)


def test_a_listing_that_goes_in_circles_ends_as_a_failure():
    with canned_bucket(lambda _: listing(0, 3, "again")) as (bucket, requests):
        with pytest.raises(StorageFailed):
            list_all(bucket)
        assert len(requests) < 5


def test_a_listing_follows_its_tokens_in_whatever_order_keys_come():
    def page(head):
        for token, response in ((b"=two", listing(5, 5, "three")), (b"=three", listing(0, 1, ""))):
            if b"continuation-token" + token in head:
                return response
        return listing(10, 5, "two")

    with canned_bucket(page) as (bucket, requests):
        keys = [[e.key for e in found.objects] for found in bucket.list_pages()]

    assert [len(page) for page in keys] == [5, 5, 1]
    assert keys[0][0] == "0000014 +.jpg"
    assert len({key for page in keys for key in page}) == 11
    assert len(requests) == 3


def test_a_closed_connection_is_unreachable():
    with canned_bucket(b"") as (bucket, _), pytest.raises(Unreachable, match="closed"):
        read(bucket)


def test_a_port_that_nobody_serves_is_unreachable():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bucket = bucket_at(f"http://127.0.0.1:{port}")

    with pytest.raises(Unreachable, match="refused") as caught:
        list_all(bucket)
    bucket.close()
    assert "list-type" not in str(caught.value)


def test_a_host_that_does_not_exist_is_unreachable():
    bucket = bucket_at("http://no-such-host.invalid")

    with pytest.raises(Unreachable):
        list_all(bucket)
    bucket.close()


def test_an_error_name_of_no_bucket_is_a_missing_bucket(s3_service):
    with pytest.raises(BucketMissing, match="No Such Bucket"):
        list_all(S3Bucket(s3_service, "No Such Bucket!"))


def test_without_credentials_access_is_denied(s3_endpoint, aws_keys, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    service = make_service(Connection(endpoint_url=s3_endpoint), None)

    with pytest.raises(AccessDenied, match="no valid credentials"):
        list_all(S3Bucket(service, "photos"))
    service.close()


def test_a_batch_delete_carries_content_md5_and_no_crc():
    with canned_bucket(xml_error(500, "InternalError")) as (bucket, requests):
        with pytest.raises(StorageFailed):
            bucket.delete(["a", "b"])
        head = requests[0].lower()

    assert b"content-md5:" in head
    assert b"x-amz-checksum" not in head
    assert b"x-amz-sdk-checksum-algorithm" not in head


def test_a_write_off_amazon_carries_no_checksum_that_others_refuse():
    failed = pytest.raises(StorageFailed)
    with canned_bucket(xml_error(500, "InternalError")) as (bucket, requests), failed:
        write(bucket)

    assert b"x-amz-checksum" not in requests[0].lower()
    assert b"aws-chunked" not in requests[0].lower()
    assert requests[0].startswith(b"PUT /photos/a%20b.jpg ")
    assert b"AWS4-HMAC-SHA256" in requests[0]


@pytest.mark.parametrize(
    "key", ["x//y.jpg", "a/../b.jpg", "./c.jpg", "..", "d" * 1024, "end/", "/top"]
)
def test_keys_that_no_folder_could_hold_live_in_a_service(s3_bucket, key):
    s3_bucket.put(key, b"odd")

    assert [e.key for page in s3_bucket.list_pages() for e in page.objects] == [key]
    assert s3_bucket.get(key).body == b"odd"
    assert s3_bucket.delete([key]) == []
    assert next(iter(s3_bucket.list_pages())).objects == []


def test_content_type_and_cache_header_reach_the_service(s3_bucket, s3_client, s3_name, tmp_path):
    s3_bucket.put("a.HEIC", b"1")
    s3_bucket.put("b", b"1", PutOptions(content_type="text/x", cache_control="no-cache"))
    (tmp_path / "c").write_bytes(b"x" * (9 << 20))
    s3_bucket.upload("c.jpg", tmp_path / "c", PutOptions(cache_control="no-cache"))

    heads = [s3_client.head_object(Bucket=s3_name, Key=key) for key in ("a.HEIC", "b", "c.jpg")]
    assert [head["ContentType"] for head in heads] == ["image/heic", "text/x", "image/jpeg"]
    assert [head.get("CacheControl") for head in heads] == [None, "no-cache", "no-cache"]


def test_a_stopped_upload_leaves_no_parts_to_pay_for(s3_bucket, s3_client, s3_name, tmp_path):
    (tmp_path / "large").write_bytes(b"x" * (9 << 20))

    def stop(done, total, text=""):
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        s3_bucket.upload("large", tmp_path / "large", progress=stop)
    assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=s3_name)


def test_an_upload_in_parts_of_another_size_is_still_recognised(
    s3_bucket, s3_client, s3_name, tmp_path
):
    (tmp_path / "x").write_bytes(b"x" * (9 << 20))
    which = {"Bucket": s3_name, "Key": "x"}
    upload = s3_client.create_multipart_upload(**which)["UploadId"]
    parts = [
        {
            "PartNumber": n + 1,
            "ETag": s3_client.upload_part(
                **which, UploadId=upload, PartNumber=n + 1, Body=b"x" * size
            )["ETag"],
        }
        for n, size in enumerate((6 << 20, 3 << 20))
    ]
    s3_client.complete_multipart_upload(**which, UploadId=upload, MultipartUpload={"Parts": parts})

    assert s3_bucket.holds_same_bytes(s3_bucket.head("x"), tmp_path / "x")


def test_a_link_reads_the_object_without_credentials(s3_bucket):
    s3_bucket.put("a b+.jpg", b"linked")

    link = s3_bucket.presign("a b+.jpg", 60)

    assert "X-Amz-Signature" in link
    with urllib.request.urlopen(link) as response:  # loopback
        assert response.read() == b"linked"


def test_an_anonymous_connection_makes_no_links(s3_endpoint):
    service = make_service(Connection(endpoint_url=s3_endpoint, anonymous=True), None)

    with pytest.raises(PresignImpossible):
        S3Bucket(service, "photos").presign("x", 60)
    service.close()
