"""Listings as services really give them: out of order, twice, in the old dialect, without facts."""

import threading
from datetime import UTC, datetime

import pytest

from cloudanno_desktop.bucket.errors import StorageFailed
from cloudanno_desktop.bucket.s3.botocore_setup import NO_TIME, parse_time
from cloudanno_desktop.bucket.s3.listing import S3Listing
from tests.support.canned_service import canned_bucket, listing, xml
from tests.support.listing_service import ListingService, listed

FLAT = [f"IMG_{number:05}.jpg" for number in range(95)]
NESTED = [f"{number % 5}/{number % 3}/IMG_{number:05}.jpg" for number in range(300)] + ["top.jpg"]
ODD = [
    *[f"plus+and%and#and?&a=b {number}.jpg" for number in range(400)],
    *[f"猫 {number}/e\u0301+é.jpg" for number in range(400)],
    *[f"new\nline\t{number}.jpg" for number in range(400)],
    *[f"%20 %2B {number}/x//y.jpg" for number in range(400)],
    *[f"<xml>&amp;\"' {number}.jpg" for number in range(400)],
]
OLD = {
    "refused": {"has_v2": False, "refusal": "NotImplemented"},
    "not allowed": {"has_v2": False, "refusal": "MethodNotAllowed"},
    "ignored": {"has_v2": False},
    "ignored, with markers": {"has_v2": False, "tells_marker": True},
}


@pytest.mark.parametrize("keys", [FLAT, NESTED], ids=["flat", "nested"])
@pytest.mark.parametrize("is_shuffled", [False, True], ids=["in order", "out of order"])
@pytest.mark.parametrize("repeats", [False, True], ids=["once", "twice"])
def test_every_object_is_listed_in_whatever_order_and_however_often(keys, is_shuffled, repeats):
    service = ListingService(keys, 10, is_shuffled=is_shuffled, repeats=repeats)

    found = listed(service)

    assert set(found) == set(keys)
    if not repeats:
        assert len(found) == len(keys)


@pytest.mark.parametrize("dialect", OLD)
@pytest.mark.parametrize("keys", [FLAT, NESTED], ids=["flat", "nested"])
def test_a_service_of_the_old_dialect_is_listed_whole(dialect, keys):
    service = ListingService(keys, 10, **OLD[dialect])

    assert sorted(listed(service)) == sorted(keys)


def test_the_old_dialect_is_remembered_and_not_asked_for_again():
    service = ListingService(FLAT, **OLD["refused"])

    with canned_bucket(service) as (bucket, _):
        for _ in range(3):
            assert sum(len(page.objects) for page in bucket.list_pages()) == len(FLAT)

    assert ["list-type" in asked for asked in service.asked] == [True, True, False, False, False]


def test_another_program_on_this_computer_knows_the_dialect_already():
    service = ListingService(FLAT, 10, **OLD["ignored"])

    with canned_bucket(service) as (bucket, _):
        list(bucket.list_pages())
        asked = len(service.asked)
        again = S3Listing(bucket._service, bucket.name)
        assert sum(len(page.objects) for page in again.pages("", "")) == len(FLAT)

    assert not any("list-type" in one for one in service.asked[asked:])


def test_an_old_listing_without_order_and_marker_is_no_complete_listing():
    service = ListingService(FLAT, 10, has_v2=False, is_shuffled=True)

    with pytest.raises(StorageFailed, match="cut off"):
        listed(service)


@pytest.mark.parametrize("dialect", [{}, *OLD.values()])
def test_odd_keys_are_told_rightly_over_many_pages(dialect):
    assert sorted(listed(ListingService(ODD, **dialect))) == sorted(ODD)


def test_a_service_that_encodes_no_keys_is_understood():
    keys = ["a+b %20.jpg", "猫.jpg", "a&b<c>.jpg"]

    assert sorted(listed(ListingService(keys, 2, encodes=False))) == sorted(keys)


def test_objects_without_etag_and_time_differ_by_what_else_is_known():
    with canned_bucket(ListingService(["a.jpg", "b.jpg"], is_bare=True)) as (bucket, _):
        first, again = ([e for page in bucket.list_pages() for e in page.objects] for _ in "12")

    assert first == again
    assert {entry.modified for entry in first} == {NO_TIME}
    assert first[0].etag != first[1].etag
    assert all(entry.etag for entry in first)


def test_a_token_that_comes_again_later_is_a_failure_and_no_endless_loop():
    tokens = iter(["a", "b", "a", "b", "a", "b"])
    with canned_bucket(lambda _: listing(0, 3, next(tokens))) as (bucket, requests):
        with pytest.raises(StorageFailed, match="circles"):
            list(bucket.list_pages())
        assert len(requests) == 3


def test_an_old_service_that_ignores_the_marker_is_a_failure_and_no_endless_loop():
    page = xml(
        200,
        "<ListBucketResult><IsTruncated>true</IsTruncated>"
        "<Contents><Key>a.jpg</Key><Size>1</Size></Contents></ListBucketResult>",
    )
    with canned_bucket(page) as (bucket, requests):
        with pytest.raises(StorageFailed, match="circles"):
            list(bucket.list_pages())
        assert len(requests) < 5


def test_a_failure_in_one_of_many_folders_fails_the_listing():
    service = ListingService(NESTED, 10)

    def response(head):
        if b"prefix=3%2F1" in head:
            return xml(200, "<ListBucketResult><Contents>")
        return service(head)

    with pytest.raises(StorageFailed):
        listed(response)


def test_folders_are_listed_side_by_side():
    service = ListingService(NESTED, 10)
    waiting, most = [0], [0]
    lock, together = threading.Lock(), threading.Event()

    def response(head):
        with lock:
            waiting[0] += 1
            most[0] = max(most[0], waiting[0])
            if most[0] >= 4:
                together.set()
        if b"prefix=" in head:
            together.wait(5)
        with lock:
            waiting[0] -= 1
        return service(head)

    assert sorted(listed(response)) == sorted(NESTED)
    assert 4 <= most[0] <= 8


def test_small_projects_cost_one_request_and_flat_ones_no_more_than_their_pages():
    small = ListingService(NESTED, 1000)
    flat = ListingService(FLAT, 10)
    listed(small)
    listed(flat)

    assert len(small.asked) == 1
    assert len(flat.asked) == 10


def test_many_small_folders_are_listed_in_one_chain_the_next_time():
    service = ListingService([f"{n % 50:02}/{n}.jpg" for n in range(1200)])

    with canned_bucket(service) as (bucket, _):
        first = sum(len(page.objects) for page in bucket.list_pages())
        costly = len(service.asked)
        again = sum(len(page.objects) for page in bucket.list_pages())

    assert first == again == 1200
    assert costly > 50
    assert len(service.asked) - costly == 2


def test_a_listing_that_nobody_wants_any_more_asks_no_further():
    service = ListingService(FLAT, 5)

    with canned_bucket(service) as (bucket, _):
        pages = bucket.list_pages()
        next(pages)
        next(pages)
        pages.close()
        asked = len(service.asked)

    assert asked <= 4


@pytest.mark.parametrize(
    "text",
    ["2026-03-04T12:00:00.000Z", "2026-03-04T12:00:00Z", "Wed, 04 Mar 2026 12:00:00 GMT",
     "2026-03-04T13:00:00+01:00", "2026-03-04 12:00:00Z"],
)  # fmt: skip
def test_times_are_read_in_every_form_that_services_use(text):
    assert parse_time(text) == datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_a_time_that_nobody_can_read_is_no_time():
    assert parse_time("yesterday Z") == parse_time("") == NO_TIME
