"""The meter shows what really went over the wire."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.errors import ObjectMissing, StorageFailed
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.bucket.usage.meter import METER, Meter
from cloudanno_desktop.bucket.usage.usage import RequestKind, Tally, Usage
from tests.support.counting_proxy import counting_proxy


@pytest.fixture
def proxy(s3_endpoint):
    with counting_proxy(s3_endpoint) as proxy:
        yield proxy


@pytest.fixture
def watched(proxy, s3_name, secret):
    connection = Connection(name="test", endpoint_url=proxy.address, access_key_id="test")
    service = make_service(connection, secret, attempts=3)
    yield S3Bucket(service, s3_name)
    service.close()


@pytest.fixture
def taken():
    before = METER.total()
    return lambda: METER.total() - before


def test_counts_and_bytes_are_those_of_the_service(proxy, watched, taken, tmp_path):
    (tmp_path / "large.jpg").write_bytes(bytes(9_000_000))
    watched.put("a.jpg", b"some bytes")
    watched.upload("large.jpg", tmp_path / "large.jpg")
    watched.get("a.jpg")
    watched.get_range("large.jpg", 0, 65_536)
    watched.download("large.jpg", tmp_path / "back.jpg")
    watched.head("large.jpg")
    watched.copy("a.jpg", "b.jpg")
    assert len(list(watched.list_pages())) == 1
    watched.delete(["a.jpg", "b.jpg"])

    usage = taken()
    assert usage.requests == len(proxy.seen)
    assert usage.bytes_up == sum(sent for _, sent, _ in proxy.seen)
    assert usage.bytes_down == sum(received for _, _, received in proxy.seen)
    assert usage.requests_by_kind() == {
        "LIST": 1, "GET": 3, "HEAD": 2, "PUT": 1 + 1 + 2 + 1, "COPY": 1, "DELETE": 1,
    }  # fmt: skip


def test_attempts_that_are_repeated_count_each(proxy, watched, taken):
    watched.put("a.jpg", b"some bytes")
    proxy.refusals = 2

    watched.get("a.jpg")

    assert taken().requests_by_kind() == {"GET": 3, "PUT": 1}
    assert len(proxy.seen) == 4


def test_what_was_refused_counts_too(proxy, watched, taken):
    with pytest.raises(ObjectMissing):
        watched.head("none.jpg")
    proxy.refusals = 4
    with pytest.raises(StorageFailed):
        watched.get("none.jpg")

    assert taken().requests_by_kind() == {"GET": 1 + 3, "HEAD": 1}  # then boto3 three times
    assert taken().bytes_down == 0


def test_no_request_is_lost_between_threads():
    meter = Meter()
    begin = threading.Barrier(8)

    def count():
        begin.wait()
        for _ in range(2000):
            meter.count(RequestKind.GET, Tally(1, 2, 3))

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(count)

    assert meter.total() == Usage({RequestKind.GET: Tally(16_000, 32_000, 48_000)})


def test_after_a_reset_the_meter_begins_at_nothing():
    meter = Meter()
    meter.add(Usage({RequestKind.LIST: Tally(5, 0, 900)}))
    meter.changed.clear()

    meter.reset()

    assert not meter.total()
    assert meter.changed.is_set()
