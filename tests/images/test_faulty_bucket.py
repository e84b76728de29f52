"""Thumbnails from a service that fails: each picture is answered, and comes once it can."""

import queue
import uuid

import pytest

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache
from cloudanno_desktop.images.thumbnail_fetcher import ThumbnailFetcher
from cloudanno_desktop.media_messages.commands import Picture
from tests.support.faulty_service import cut_off, refuse, reset

PICTURES = 12


@pytest.fixture
def shaky(faulty):
    connection = Connection("shaky", endpoint_url=faulty.endpoint, access_key_id="test")
    service = make_service(connection, Secret("secret"), 2)
    name = f"photos-{uuid.uuid4().hex[:12]}"
    service.client.create_bucket(Bucket=name)
    bucket = S3Bucket(service, name)
    yield bucket
    bucket.close()


@pytest.fixture
def outcomes():
    return queue.Queue()


@pytest.fixture
def fetcher(shaky, outcomes, tmp_path):
    cache = ThumbnailCache(tmp_path / "thumbnails.db", 10_000_000)
    fetcher = ThumbnailFetcher(shaky, cache, outcomes.put)
    yield fetcher
    fetcher.stop()
    for thread in fetcher.threads:
        thread.join(30)
    cache.close()


@pytest.mark.parametrize("fault", [reset, cut_off, refuse(500, "InternalError")])
def test_a_picture_that_could_not_be_read_is_told_and_comes_at_the_next_look(
    shaky, faulty, fetcher, outcomes, picture_file, fault
):
    entries = [shaky.put(f"{n}.jpg", picture_file((60 + n, 40))) for n in range(PICTURES)]
    needed = [Picture(n, entry.key, entry.etag, entry.size) for n, entry in enumerate(entries)]
    faulty.fails(fault)

    fetcher.want(needed, 32, generation=1)
    failed = [outcomes.get(timeout=30) for _ in needed]
    faulty.heal()
    fetcher.want(needed, 32, generation=2)
    came = [outcomes.get(timeout=30) for _ in needed]

    assert {outcome.image.id for outcome in failed} == set(range(PICTURES))
    assert all(faulty.endpoint in str(outcome.error) for outcome in failed)
    assert {o.image.id: o.thumbnail.source_width for o in came} == {
        n: 60 + n for n in range(PICTURES)
    }


def test_an_archived_picture_costs_no_other_its_thumbnail(
    shaky, faulty, fetcher, outcomes, picture_file
):
    entries = [shaky.put(f"{n}.jpg", picture_file((60 + n, 40))) for n in range(PICTURES)]
    needed = [Picture(n, entry.key, entry.etag, entry.size) for n, entry in enumerate(entries)]
    faulty.fails(refuse(403, "InvalidObjectState"), lambda asked: asked.path.endswith("/1.jpg"))

    fetcher.want(needed, 32, generation=1)
    errors = {o.image.id: o.error for o in (outcomes.get(timeout=30) for _ in needed)}

    assert str(errors.pop(1)) == "“1.jpg” is archived: restore it first."
    assert set(errors.values()) == {None}
