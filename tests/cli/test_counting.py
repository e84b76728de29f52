"""Commands tell what they asked of object storage."""

import uuid

import pytest

from cloudanno_desktop.bucket.usage.meter import METER
from cloudanno_desktop.bucket.usage.usage import RequestKind


@pytest.fixture
def asked(run):
    """Run a command and return its document, which counts from the command's beginning."""

    def asked(*arguments):
        METER.reset()
        return run(*arguments, "--json").document

    return asked


@pytest.fixture
def in_bucket(s3_endpoint, aws_keys, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_endpoint)
    return f"s3://photos-{uuid.uuid4().hex[:12]}"


def test_scan_upload_and_status_count_their_requests(asked, in_bucket, photos):
    size = sum(path.stat().st_size for path in photos.rglob("*.jpg"))
    files = len(list(photos.rglob("*.jpg")))

    uploaded = asked("upload", in_bucket, str(photos), "--create-bucket")
    assert uploaded["requests"]["PUT"] >= files
    assert uploaded["bytes_up"] >= size

    scanned = asked("scan", in_bucket)
    assert scanned["requests"] == METER.total().requests_by_kind()
    assert scanned["requests"]["LIST"] >= 1
    assert scanned["bytes_down"] == METER.total().bytes_down > 0

    status = asked("status", in_bucket)
    assert status["images"] == files
    assert status["requests"]["LIST"] == METER.total().of(RequestKind.LIST).requests


def test_a_folder_costs_nothing(asked, project):
    document = asked("scan", project)

    assert (document["requests"], document["bytes_up"], document["bytes_down"]) == ({}, 0, 0)
