"""One bucket on a service that fails in every way that a network and a server have."""

import logging
from collections import Counter

import pytest

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    ObjectMissing,
    PreconditionFailed,
    StorageFailed,
    Unreachable,
)
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.errors import CloudAnnoError
from tests.support.faulty_service import (
    Response,
    cut_off,
    disorder,
    lose_answer,
    misdate,
    refuse,
    reset,
)

ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLEKEY", "wJalrXUtnFEMIsecret"
BODY = b"0123456789" * 30_000


def service_at(endpoint, attempts=4, **more):
    connection = Connection("shaky", endpoint_url=endpoint, access_key_id=ACCESS_KEY, **more)
    return make_service(connection, Secret(SECRET_KEY), attempts)


@pytest.fixture
def shaky(faulty, s3_name):
    """The bucket of ``s3_bucket``, reached by a service that fails as planned."""
    bucket = S3Bucket(service_at(faulty.endpoint), s3_name)
    yield bucket
    bucket.close()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(BODY)
    return path


def some_calls(bucket, tmp_path):
    """Return every kind of call, on an object ``a`` that is there."""
    return {
        "list": lambda: list(bucket.list_pages()),
        "head": lambda: bucket.head("a"),
        "get": lambda: bucket.get("a"),
        "range": lambda: bucket.get_range("a", 1, 5),
        "download": lambda: bucket.download("a", tmp_path / "a"),
        "put": lambda: bucket.put("b", b"new"),
        "upload": lambda: bucket.upload("c", tmp_path / "photo.jpg"),
        "copy": lambda: bucket.copy("a", "d"),
        "delete": lambda: bucket.delete(["e", "f"]),
    }


ERRORS = {
    "reset": (reset, Unreachable, "connection was closed"),
    "internal error": (refuse(500, "InternalError"), StorageFailed, "Try again later"),
    "unavailable": (refuse(503, "ServiceUnavailable"), StorageFailed, "Try again later"),
    "slow down": (refuse(503, "SlowDown"), StorageFailed, "Try again later"),
    "skewed": (refuse(403, "RequestTimeTooSkewed"), AccessDenied, "clock"),
    "expired": (refuse(403, "ExpiredToken"), AccessDenied, "Check the access key"),
    "no XML": (lambda asked, ask: _page(ask(asked)), StorageFailed, ""),
}


def _page(response):
    """Turn an answer into what a proxy or a hotel's network says instead."""
    response.status, response.headers = 502, {"Content-Type": "text/html"}
    response.body = b"<html>Please sign in<br>"
    return response


@pytest.mark.parametrize("kind", ["reset", "internal error", "unavailable", "slow down"])
def test_a_service_that_fails_twice_is_asked_again(shaky, faulty, photo, tmp_path, kind):
    shaky.put("a", BODY)
    for call in some_calls(shaky, tmp_path).values():
        faulty.heal()
        faulty.failed.clear()
        faulty.fails(ERRORS[kind][0], turns=range(2))

        call()

        assert faulty.failed.total() == 2


@pytest.mark.parametrize("kind", ERRORS)
def test_what_goes_on_failing_is_told_in_one_sentence(shaky, faulty, photo, tmp_path, kind, caplog):
    caplog.set_level(logging.DEBUG)
    shaky.put("a", BODY)
    fault, expected, words = ERRORS[kind]
    faulty.fails(fault)

    for name, call in some_calls(shaky, tmp_path).items():
        with pytest.raises(expected) as caught:
            call()
        reported = str(caught.value)
        assert words in reported or (name, kind) == ("head", "skewed")  # its answer has no body
        assert "\n" not in reported
        for secret in (ACCESS_KEY, SECRET_KEY, "Signature", "X-Amz"):
            assert secret not in reported + caplog.text
        assert not (tmp_path / "a").exists()


def test_a_service_that_hangs_is_left_in_time(faulty, s3_name):
    faulty.fails(faulty.hang)
    service = service_at(faulty.endpoint, attempts=1, read_timeout_s=1)
    impatient = S3Bucket(service, s3_name)

    with pytest.raises(Unreachable, match="no response in time"):
        impatient.get("a")
    impatient.close()


def test_a_body_that_breaks_off_now_and_then_is_read_again(shaky, faulty, tmp_path):
    shaky.put("a", BODY)
    for read in (lambda: shaky.get("a").body, lambda: shaky.get_range("a", 0, len(BODY))):
        faulty.plan.clear()
        faulty.fails(cut_off, turns=range(2))
        assert read() == BODY


def test_a_body_that_always_breaks_off_is_an_error_and_leaves_no_file(shaky, faulty, tmp_path):
    shaky.put("a", BODY)
    faulty.fails(cut_off)

    for read in (
        lambda: shaky.get("a"),
        lambda: shaky.get_range("a", 0, len(BODY)),
        lambda: shaky.download("a", tmp_path / "a"),
    ):
        with pytest.raises(StorageFailed, match="cut off"):
            read()
    assert list(tmp_path.iterdir()) == []


def test_a_write_whose_answer_is_lost_is_done_once(shaky, faulty, s3_bucket, photo):
    faulty.fails(lose_answer, lambda asked: asked.is_write, range(1))

    shaky.upload("photo.jpg", photo)

    assert s3_bucket.get("photo.jpg").body == BODY
    assert len(next(s3_bucket.list_pages()).objects) == 1


def test_a_creation_whose_answer_is_lost_is_never_told_as_done_by_nobody(shaky, faulty, s3_bucket):
    faulty.fails(lose_answer, lambda asked: asked.is_write, range(1))

    with pytest.raises(PreconditionFailed):
        shaky.put("a", b"ours", PutOptions(if_absent=True))

    assert s3_bucket.get("a").body == b"ours"


def test_parts_of_a_large_file_survive_resets_and_lost_answers(shaky, faulty, s3_bucket, tmp_path):
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * (70_000))
    tries = Counter()

    def is_first_try(asked):
        tries[asked.query.get("partNumber")] += 1
        return "partNumber" in asked.query and tries[asked.query["partNumber"]] == 1

    faulty.fails(reset, is_first_try)
    faulty.fails(lose_answer, lambda asked: "partNumber" in asked.query, range(1))

    shaky.upload("large.bin", large)

    assert faulty.failed["reset"] == 3
    assert faulty.failed["lose_answer"] == 1
    assert s3_bucket.get("large.bin").body == large.read_bytes()


@pytest.mark.parametrize("hours", [-48, 9])
def test_a_service_whose_clock_is_wrong_works(shaky, faulty, hours):
    faulty.fails(misdate(hours * 3600))

    written = shaky.put("a", b"1")

    assert shaky.get("a").entry.etag == written.etag
    assert shaky.head("a").size == 1


@pytest.mark.parametrize("repeat", [False, True])
def test_short_pages_in_no_order_are_a_whole_listing(shaky, faulty, repeat):
    keys = {f"{folder}/{number}.jpg" for folder in "abc" for number in range(7)}
    for key in keys:
        shaky.put(key, b"1")
    faulty.fails(disorder(4, repeat=repeat), lambda asked: asked.is_listing)

    listed = [entry.key for page in shaky.list_pages() for entry in page.objects]

    assert set(listed) == keys
    assert repeat or len(listed) == len(keys)


def test_a_listing_that_breaks_off_is_no_short_listing(shaky, faulty):
    for number in range(9):
        shaky.put(f"{number}.jpg", b"1")
    faulty.fails(disorder(4, repeat=False), lambda asked: asked.is_listing, range(2))
    faulty.fails(reset, lambda asked: asked.is_listing)

    with pytest.raises(CloudAnnoError):
        list(shaky.list_pages())


def test_some_keys_that_could_not_be_deleted_are_named(shaky, faulty, s3_bucket):
    shaky.put("a", b"1")
    reported = b"<DeleteResult><Error><Key>a</Key><Code>InternalError</Code></Error></DeleteResult>"
    faulty.fails(
        lambda asked, ask: Response(200, {}, reported),
        lambda asked: "delete" in asked.query,
    )

    (failure,) = shaky.delete(["a", "b"])

    assert (failure.key, failure.reason) == ("a", "InternalError")
    assert s3_bucket.get("a").body == b"1"


def without_length(asked, ask):
    response = ask(asked)
    response.headers = {k: v for k, v in response.headers.items() if k.lower() != "content-length"}
    response.has_length = False
    return response


def test_a_service_that_tells_no_length_works(shaky, faulty, photo, tmp_path):
    shaky.upload("photo.jpg", photo)
    faulty.fails(without_length, lambda asked: asked.is_read or asked.method == "HEAD")
    assert shaky.head("photo.jpg").size == len(BODY)
    assert shaky.get("photo.jpg").body == BODY
    assert shaky.get_start("photo.jpg", 3).body == BODY[:3]
    assert shaky.download("photo.jpg", tmp_path / "copy.jpg").size == len(BODY)
    assert (tmp_path / "copy.jpg").read_bytes() == BODY
    with shaky.stream("photo.jpg", start=2) as reading:
        assert (reading.start, b"".join(reading.blocks)) == (2, BODY[2:])
    with pytest.raises(ObjectMissing):
        shaky.head("none.jpg")


def locked(asked, ask):
    """Demand a digest of the body, as services do where objects are locked."""
    if "Content-MD5" in asked.headers:
        return ask(asked)
    text = "Content-MD5 HTTP header is required for Put Object requests with Object Lock parameters"
    body = f"<Error><Code>InvalidRequest</Code><Message>{text}</Message></Error>".encode()
    return Response(400, {"Content-Type": "application/xml"}, body)


@pytest.mark.parametrize("size", [9, 3 << 20])
def test_a_bucket_with_locked_objects_takes_photos_and_labels(shaky, faulty, tmp_path, size):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"p" * size)
    faulty.fails(locked, lambda asked: asked.method == "PUT")
    shaky.put("_cloudanno/project.json", b"{}")
    shaky.upload("photo.jpg", path)
    assert shaky.get("photo.jpg").body == path.read_bytes()
