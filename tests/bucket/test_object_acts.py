"""Acts on many objects, with keys of every odd kind, in a folder and on S3."""

import time
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
import pytest
from botocore.awsrequest import AWSResponse

from cloudanno_desktop.bucket.bucket_admin import (
    BucketNotEmpty,
    create_bucket,
    delete_bucket,
    locations,
)
from cloudanno_desktop.bucket.bulk import (
    Amount,
    CopyDiffers,
    TargetTaken,
    amount_of,
    copy_objects,
    copy_verified,
    delete_below,
    delete_objects,
    objects_below,
)
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket
from cloudanno_desktop.bucket.s3 import copy as s3_copy
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.progress import Cancelled
from tests.support.presigned_service import BODY, presigned_service

ODD_KEYS = (
    "a b.jpg",
    "a+b.jpg",
    "100%.jpg",
    "a%20b.jpg",
    "a#b?c=d&e.jpg",
    "dots..jpg",
    "鳥/写真.jpg",
    "🐦.jpg",
    "Case.jpg",
    "case.jpg",
    "quote\"'`.jpg",
    "tilde~(1)!*.jpg",
)
S3_KEYS = (
    "x//y.jpg",
    "/leading.jpg",
    "up/../over.jpg",
    "./dot.jpg",
    "long/" + "n" * 300 + ".jpg",
    "new\nline.jpg",
)


@pytest.fixture
def odd_keys(whole_bucket, folder_bucket):
    return ODD_KEYS if whole_bucket is folder_bucket else ODD_KEYS + S3_KEYS


def keys_of(bucket):
    return sorted(entry.key for entry in objects_below(bucket))


def put_all(bucket, keys):
    return {key: bucket.put(key, f"bytes of {key}".encode()) for key in keys}


def test_keys_of_every_odd_kind_are_renamed(bucket, whole_bucket, odd_keys):
    entries = put_all(bucket, odd_keys)
    moves = [(entries[key], f"moved/{key}") for key in odd_keys if not key.startswith("/")]
    copied = []
    failures = copy_objects(bucket, moves, lambda old, new: copied.append((old.key, new.key)))
    assert failures == []
    assert sorted(copied) == sorted((entry.key, key) for entry, key in moves)
    assert delete_objects(bucket, [entry.key for entry, _ in moves]) == []
    for entry, key in moves:
        assert bucket.get(key).body == f"bytes of {entry.key}".encode()
        with pytest.raises(ObjectMissing):
            bucket.get(entry.key)


def test_keys_of_every_odd_kind_are_renamed_back_and_forth_in_place(bucket, odd_keys):
    put_all(bucket, ["plain.jpg"])
    for key in odd_keys:
        there = copy_verified(bucket, bucket.head("plain.jpg"), key)
        bucket.delete(["plain.jpg"])
        copy_verified(bucket, there, "plain.jpg")
        bucket.delete([key])
    assert bucket.get("plain.jpg").body == b"bytes of plain.jpg"


def test_keys_of_every_odd_kind_are_deleted(bucket, odd_keys):
    put_all(bucket, [*odd_keys, "kept/a.jpg"])
    assert delete_objects(bucket, odd_keys) == []
    assert keys_of(bucket) == ["kept/a.jpg"]


def test_a_folder_of_many_goes_with_all_that_is_in_it_and_nothing_else(bucket):
    put_all(bucket, ["a/1.jpg", "a/deep/2.jpg", "ab/3.jpg", "a.jpg"])
    assert delete_below(bucket, "a/").objects == 2
    assert keys_of(bucket) == ["a.jpg", "ab/3.jpg"]


def test_objects_are_counted_with_their_bytes(bucket):
    put_all(bucket, ["a/1.jpg", "a/2.jpg", "b.jpg"])
    assert amount_of(objects_below(bucket, "a/")) == Amount(2, 2 * len("bytes of a/1.jpg"))
    assert amount_of(objects_below(bucket, "none/")) == Amount(0, 0)


def test_a_copy_never_replaces_an_object(bucket):
    put_all(bucket, ["a.jpg", "b.jpg"])
    with pytest.raises(TargetTaken):
        copy_verified(bucket, bucket.head("a.jpg"), "b.jpg")
    assert bucket.get("b.jpg").body == b"bytes of b.jpg"


def test_what_cannot_be_copied_is_listed_and_the_rest_is_copied(bucket):
    entries = put_all(bucket, ["a.jpg", "b.jpg", "gone.jpg"])
    bucket.delete(["gone.jpg"])
    moves = [(entries[key], f"to/{key}") for key in entries]
    copied = []
    (failure,) = copy_objects(bucket, moves, lambda old, _new: copied.append(old.key))
    assert failure.key == "gone.jpg"
    assert sorted(copied) == ["a.jpg", "b.jpg"]


def test_stopping_leaves_whole_copies_that_were_told(bucket):
    entries = put_all(bucket, [f"{number:03}.jpg" for number in range(60)])
    copied = []

    def stop_after_five(done, _total, _text=""):
        if done >= 5:
            raise Cancelled

    moves = [(entry, f"to/{key}") for key, entry in entries.items()]
    with pytest.raises(Cancelled):
        copy_objects(bucket, moves, lambda _old, new: copied.append(new.key), stop_after_five)
    assert 5 <= len(copied) < 60
    assert sorted(copied) == [key for key in keys_of(bucket) if key.startswith("to/")]


class Cutting:
    """A bucket that copies only a part."""

    def __init__(self, bucket):
        self._bucket = bucket

    def __getattr__(self, name):
        return getattr(self._bucket, name)

    def copy(self, source, target):
        return self._bucket.put(target, self._bucket.get(source).body[:-1])


def test_a_copy_that_is_not_whole_is_dropped_and_told(bucket):
    entry = bucket.put("a.jpg", b"whole")
    with pytest.raises(CopyDiffers):
        copy_verified(Cutting(bucket), entry, "b.jpg")
    assert keys_of(bucket) == ["a.jpg"]


def test_an_object_too_large_for_one_request_is_copied_in_parts(
    s3_bucket, s3_client, s3_name, monkeypatch
):
    body = bytes(range(256)) * 4 * 1024 * 11  # 11 MiB: three parts
    s3_client.put_object(
        Bucket=s3_name,
        Key="large é.bin",
        Body=body,
        ContentType="image/x-large",
        Metadata={"a": "b"},
    )
    response = b"<Error><Code>InvalidRequest</Code><Message>too large</Message></Error>"
    refuse = lambda request, **_: AWSResponse(request.url, 400, {}, _Raw(response))  # noqa: E731
    s3_client.meta.events.register("before-send.s3.CopyObject", refuse)
    monkeypatch.setattr(s3_copy, "COPIED_WHOLE", 10 << 20)
    monkeypatch.setattr(s3_copy, "PART_SIZE", 5 << 20)
    try:
        copied = s3_bucket.copy("large é.bin", "copies/large +.bin")
    finally:
        s3_client.meta.events.unregister("before-send.s3.CopyObject", refuse)

    assert copied.size == len(body)
    assert copied.etag.endswith("-3")
    found = s3_client.get_object(Bucket=s3_name, Key="copies/large +.bin")
    assert found["Body"].read() == body
    assert (found["ContentType"], found["Metadata"]) == ("image/x-large", {"a": "b"})
    assert s3_client.list_multipart_uploads(Bucket=s3_name).get("Uploads", []) == []


class _Raw:
    def __init__(self, body):
        self._body = body

    def stream(self, **_options):
        yield self._body


def test_a_link_is_fetched_over_http_for_any_key(s3_bucket):
    for key in ODD_KEYS + S3_KEYS[:1]:
        s3_bucket.put(key, key.encode())
        with urlopen(s3_bucket.presign(key, 900)) as response:
            assert response.read() == key.encode()


def status_of(link):
    try:
        with urlopen(link) as response:
            assert response.read() == BODY
            return response.status
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("key", ["a b+100%.jpg", "鳥/🐦~(1).jpg", "x//y#.jpg"])
def test_a_link_ends_when_it_was_asked_to_and_cannot_be_made_longer(connection, secret, key):
    with presigned_service(secret.access_key) as endpoint:
        service = make_service(msgspec.structs.replace(connection, endpoint_url=endpoint), secret)
        bucket = RootedBucket(S3Bucket(service, "photos"), "team/")
        long_link = bucket.presign(key, 900)
        link = bucket.presign(key, 2)
        assert status_of(long_link) == status_of(link) == 200
        assert status_of(link.replace("X-Amz-Expires=2", "X-Amz-Expires=900")) == 403
        limit = time.monotonic() + 10
        while status_of(link) != 403 and time.monotonic() < limit:
            time.sleep(0.1)
        assert status_of(link) == 403
        assert status_of(long_link) == 200
        service.close()


def test_buckets_are_made_where_they_shall_lie(connection, secret, s3_client, s3_name):
    create_bucket(connection, f"{s3_name}-west", secret, "eu-west-3")
    found = s3_client.get_bucket_location(Bucket=f"{s3_name}-west")
    assert found["LocationConstraint"] == "eu-west-3"


def test_an_ibm_bucket_gets_a_location_with_a_storage_class():
    endpoint = "https://s3.private.us-south.cloud-object-storage.appdomain.cloud"
    assert locations(Connection(endpoint_url=endpoint))[0] == "us-south-standard"
    chosen = Connection(endpoint_url=endpoint, region="us-south-vault")
    assert locations(chosen)[0] == "us-south-vault"
    assert locations(Connection(region="eu-central-1"))[0] == "eu-central-1"
    assert locations(Connection(endpoint_url="http://127.0.0.1:9000")) == ()


def test_only_an_empty_bucket_is_deleted_unless_told_to_empty_it(
    s3_bucket, s3_client, connection, secret, s3_name
):
    address = parse_address(f"s3://{s3_name}", connection)
    put_all(s3_bucket, ODD_KEYS + S3_KEYS)
    with pytest.raises(BucketNotEmpty):
        delete_bucket(address, secret)
    assert len(keys_of(s3_bucket)) == len(ODD_KEYS + S3_KEYS)
    delete_bucket(address, secret, empties=True)
    names = [bucket["Name"] for bucket in s3_client.list_buckets()["Buckets"]]
    assert s3_name not in names


def test_what_an_object_is_served_as_is_told(bucket):
    bucket.put("a.png", b"x")
    assert bucket.content_type("a.png") == "image/png"
    with pytest.raises(ObjectMissing):
        bucket.content_type("none.png")
