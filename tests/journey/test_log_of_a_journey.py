"""From the log one reads what happened on a bad day, and no secret."""

import re

import boto3
import pytest

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.connections.connection import Connection, save_connection
from tests.support.faulty_service import Response, refuse, reset

pytestmark = [pytest.mark.training, pytest.mark.slow, pytest.mark.xdist_group("training")]

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "FwoGZXIvYXdzEBYaD-the-session-token"
PLANTED = (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, "X-Amz-Signature", "AWS4-HMAC-SHA256")
OPTIONS = ("--weights", "none", "--backbone", "mobilenet_v1_025", "--formats", "tflite")


def betray(asked, _ask):
    """Fail, and repeat to the client all that it has sent, with a signed link to its object."""
    sent = " ".join(f"{name}: {value}" for name, value in asked.headers.items())
    link = f"http://b.example{asked.path}?X-Amz-Credential={ACCESS_KEY}&X-Amz-Signature=abc"
    message = f"{sent} {link} {SECRET_KEY}".replace("<", "").replace("&", "&amp;")
    document = f"<Error><Code>SlowDown</Code><Message>{message}</Message></Error>"
    return Response(503, {"Content-Type": "application/xml"}, document.encode())


@pytest.fixture
def bad_day(s3_endpoint, faulty, aws_keys, monkeypatch):
    """A service that fails one request in nine, and does not take one picture for a while."""
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="bad-day")
    client.close()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION_TOKEN)
    is_cat = re.compile(r"cat0\.jpg$")
    faulty.fails(
        refuse(503, "SlowDown"),
        lambda asked: asked.is_write and is_cat.search(asked.path),
        range(5),
    )
    faulty.fails(reset, turns=range(4, 10**6, 18))
    faulty.fails(betray, turns=range(8, 10**6, 17))
    return faulty


def test_every_retry_child_and_sync_round_can_be_read(cloudanno, bad_day, photos, tmp_path):
    save_connection(Connection("lab", endpoint_url=bad_day.endpoint))
    project, reach, run = "s3://bad-day", ("--connection", "lab"), tmp_path / "run"
    for command in (
        ("status", project, *reach),
        ("upload", project, photos, "--labels-from-folders", *reach),
        ("label", project, "add", "cat", "photos/dog/dog1.jpg", *reach),
        ("train", project, "--out", run, *OPTIONS, *reach),
        ("publish", project, run, "--branch", "dev", *reach),
    ):
        done = cloudanno("--log-level", "debug", *command)
        assert done.code == 0, done.err

    log = paths.log_file().read_text()
    assert (
        len(re.findall(r"attempt \d failed|boto3 repeats a request", log))
        == bad_day.failed.total()
        > 8
    )
    assert re.search(r"retry 1 of up photos/cat/cat0\.jpg in [\d.]+ s: .*SlowDown", log)
    for command in ("status", "upload", "label", "train", "publish"):
        assert f": command {command}\n" in log
    for child in ("training", "backbone"):
        (number,) = re.findall(rf"{child} process (\d+) begins", log)
        assert f" {child}[{number}] INFO cloudanno_desktop.log: begins" in log
        assert f"{child} process {number} ended with code 0" in log
    assert "conditions probed: create honoured, replace honoured" in log
    assert re.search(r"project\.db: migration ", log)
    assert re.search(r"scan: 12 images, 0 vanished", log)
    assert re.search(r"sync: [1-9]\d* sent, 0 taken in", log)
    assert re.search(r"branch dev serves \S+ \(1\)", log)
    assert [planted for planted in PLANTED if planted in log] == []
