"""What actions take of object storage, and what that costs."""

from decimal import Decimal

import pytest

from cloudanno_desktop.bucket.bulk import copy_verified
from cloudanno_desktop.bucket.cost import (
    estimate_copy,
    estimate_delete,
    estimate_download,
    estimate_move,
    estimate_upload,
    money_of,
)
from cloudanno_desktop.bucket.usage.meter import METER
from cloudanno_desktop.bucket.usage.usage import RequestKind, Tally, Usage, kind_of
from cloudanno_desktop.settings import Prices, Settings, load_settings, save_settings
from cloudanno_desktop.transfers.plan import plan_uploads
from tests.support.moving import download_objects, upload_files

PRICES = Prices(
    currency="EUR",
    list_requests=Decimal("0.005"),
    write_requests=Decimal("0.006"),
    read_requests=Decimal("0.0004"),
    delete_requests=Decimal("0.001"),
    gigabyte_out=Decimal("0.09"),
)


@pytest.fixture
def taken():
    """Return what was asked of the service since the test began."""
    before = METER.total()
    return lambda: METER.total() - before


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ListObjectsV2", RequestKind.LIST),
        ("ListBuckets", RequestKind.LIST),
        ("GetObject", RequestKind.GET),
        ("HeadObject", RequestKind.HEAD),
        ("PutObject", RequestKind.PUT),
        ("UploadPart", RequestKind.PUT),
        ("UploadPartCopy", RequestKind.COPY),
        ("CopyObject", RequestKind.COPY),
        ("CompleteMultipartUpload", RequestKind.PUT),
        ("AbortMultipartUpload", RequestKind.DELETE),
        ("DeleteObjects", RequestKind.DELETE),
        ("RestoreObject", RequestKind.OTHER),
    ],
)
def test_an_operation_counts_as_what_it_does(operation, kind):
    assert kind_of(operation) is kind


def test_an_upload_takes_what_was_estimated(s3_bucket, tmp_path, taken):
    sizes = [10, 5000, 9_000_000, 20_000_000]
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, size in enumerate(sizes):
        (folder / f"{number}.jpg").write_bytes(bytes([number]) * size)

    upload_files(s3_bucket, plan_uploads([folder]).uploads)

    estimated = estimate_upload(sizes)
    assert taken().requests_by_kind() == estimated.requests_by_kind()
    assert estimated.bytes_up == sum(sizes)


def test_a_download_takes_what_was_estimated(s3_bucket, tmp_path, taken):
    sizes = [10, 5000, 123_456]
    for size in sizes:
        s3_bucket.put(f"{size}.jpg", bytes(size))
    before = taken()

    entries = [entry for page in s3_bucket.list_pages() for entry in page.objects]
    download_objects(s3_bucket, entries, tmp_path / "out")

    took = (taken() - before).requests_by_kind()
    assert took == {"LIST": 1} | estimate_download(len(sizes), sum(sizes)).requests_by_kind()
    assert (taken() - before).of(RequestKind.GET).bytes_down == sum(sizes)


def test_a_listing_a_copy_and_a_deletion_take_what_was_estimated(s3_bucket, taken):
    for number in range(3):
        s3_bucket.put(f"{number}.jpg", b"bytes")
    before = taken()

    entries = [entry for page in s3_bucket.list_pages() for entry in page.objects]
    for entry in entries:
        copy_verified(s3_bucket, entry, f"moved/{entry.key}")
    s3_bucket.delete([entry.key for entry in entries])

    estimated = Usage({RequestKind.LIST: Tally(1)}) + estimate_move(3)
    assert (taken() - before).requests_by_kind() == estimated.requests_by_kind()
    assert estimate_move(3) == estimate_copy(3) + estimate_delete(3)


@pytest.mark.parametrize(("objects", "calls"), [(1, 1), (1000, 1), (1001, 2), (112_000, 112)])
def test_a_thousand_objects_are_deleted_at_once(objects, calls):
    assert estimate_delete(objects) == Usage({RequestKind.DELETE: Tally(calls)})


def test_nothing_to_do_takes_nothing():
    nothing = (estimate_download(0, 0), estimate_upload([]), estimate_delete(0), estimate_move(0))

    assert not any(nothing)


def test_money_is_right_to_the_cent():
    usage = Usage(
        {
            RequestKind.LIST: Tally(112_000),
            RequestKind.GET: Tally(3_000_000, bytes_down=3_100_000_000),
            RequestKind.HEAD: Tally(500_000),
            RequestKind.PUT: Tally(40_000, bytes_up=9_000_000_000),
            RequestKind.COPY: Tally(10_000),
            RequestKind.DELETE: Tally(5000),
        }
    )

    # 112 × 0.005 + 3500 × 0.0004 + 50 × 0.006 + 5 × 0.001 + 3.1 × 0.09
    assert money_of(usage, PRICES) == Decimal("2.544")


def test_without_prices_there_is_no_sum():
    assert money_of(estimate_delete(5), Prices()) is None
    assert money_of(estimate_delete(5), Prices(currency="EUR")) is None


def test_a_price_that_is_not_set_counts_as_nothing():
    usage = estimate_delete(1000) + estimate_download(1, 1_000_000_000)

    assert money_of(usage, Prices(gigabyte_out=Decimal("0.09"))) == Decimal("0.09")


def test_prices_are_kept_exactly(home):
    save_settings(Settings(prices=PRICES))

    assert load_settings().prices == PRICES
