"""Publishing through a service that takes conditions and ignores them."""

import json

import pytest

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.publish.bucket_source import BucketSource
from cloudanno_desktop.publish.publisher import publish
from tests.support.device import assert_whole, fetch
from tests.support.small_s3 import small_s3

BRANCH = "photos/models/branches/main.json"


@pytest.fixture
def service():
    with small_s3("ignored") as state:
        yield state


@pytest.fixture
def open_it(service):
    opened = []

    def open_one():
        connection = Connection(name="small", endpoint_url=service.url, access_key_id="key")
        opened.append(open_bucket(parse_address("s3://photos", connection), Secret("secret")))
        return opened[-1]

    yield open_one
    for bucket in opened:
        bucket.close()


class Slow:
    """Lets ``meanwhile`` happen between reading the branch and writing it."""

    def __init__(self, bucket, meanwhile):
        self._bucket, self._meanwhile = bucket, meanwhile

    def __getattr__(self, name):
        return getattr(self._bucket, name)

    def put(self, key, body, options):
        if key.startswith("models/branches/") and self._meanwhile:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return self._bucket.put(key, body, options)


def test_of_two_publishers_neither_writes_over_the_other(open_it, service, make_run, tmp_path):
    first = open_it()
    fast, slow = make_run("fast"), make_run("slow")
    published = []

    bucket = Slow(open_it(), lambda: published.append(publish(first, fast, "main")))
    published.append(publish(bucket, slow, "main"))

    assert [each.serial for each in published] == [1, 2]
    served = json.loads(service.objects[BRANCH])
    assert (served["serial"], served["version"]) == (2, published[1].version)
    for each in published:
        assert {f"photos/{key}" for key in each.keys} <= set(service.objects)
    model = fetch(BucketSource(first), "main", tmp_path / "device", ("tflite",))
    assert_whole(tmp_path / "device", model.model)
