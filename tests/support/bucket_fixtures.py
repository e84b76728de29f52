"""Buckets of both kinds, whole and rooted, each fresh."""

import uuid

import pytest

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.prefixed_bucket import RootedBucket
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from tests.support.faulty_service import disorder, refuse, reset
from tests.support.moving import fresh_store

MANY = 1_000_000


@pytest.fixture(scope="session")
def secret():
    return Secret("test-secret")


@pytest.fixture(scope="session")
def connection(s3_endpoint):
    return Connection(name="test", endpoint_url=s3_endpoint, access_key_id="test")


@pytest.fixture(scope="session")
def s3_service(connection, secret):
    service = make_service(connection, secret)
    yield service
    service.close()


@pytest.fixture(scope="session")
def s3_client(s3_service):
    return s3_service.client


@pytest.fixture
def s3_name(s3_client):
    name = f"photos-{uuid.uuid4().hex[:12]}"
    s3_client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def s3_bucket(s3_service, s3_name):
    return S3Bucket(s3_service, s3_name)


@pytest.fixture
def folder_bucket(tmp_path):
    root = tmp_path / "photos"
    root.mkdir()
    return FolderBucket(root)


@pytest.fixture(scope="session")
def shaky_service(faulty_always, secret):
    service = make_service(
        Connection(name="shaky", endpoint_url=faulty_always.endpoint, access_key_id="test"), secret
    )
    yield service
    service.close()


@pytest.fixture
def shaky_bucket(faulty, shaky_service, s3_name):
    """A bucket whose service breaks connections, asks to slow down and lists in no order."""
    faulty.fails(reset, turns=range(3, MANY, 5))
    faulty.fails(refuse(503, "SlowDown"), turns=range(5, MANY, 7))
    faulty.fails(disorder(1000, repeat=False), lambda asked: asked.is_listing)
    return S3Bucket(shaky_service, s3_name)


@pytest.fixture(params=["folder", "s3"])
def whole_bucket(request):
    return request.getfixturevalue(f"{request.param}_bucket")


@pytest.fixture(params=["whole", "rooted"])
def bucket(request, whole_bucket):
    if request.param == "whole":
        return whole_bucket
    whole_bucket.put("elsewhere.jpg", b"not ours")
    return RootedBucket(whole_bucket, "team/birds/")


@pytest.fixture
def store():
    """A queue of transfers that is empty."""
    with fresh_store() as store:
        yield store
