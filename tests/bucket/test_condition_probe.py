"""What services do with conditional writes is found out, remembered, and relied on only so far."""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.connection_check import CheckName, CheckResult, check_connection
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.errors import ConditionRefused, PreconditionFailed
from cloudanno_desktop.bucket.open_bucket import open_bucket, open_client
from cloudanno_desktop.bucket.s3.multipart import PART_SIZE
from cloudanno_desktop.bucket.s3.remembered_capabilities import Conditions, ConditionSupport, recall
from tests.support.small_s3 import small_s3

SECRET = Secret("test-secret")
S3RVER = os.environ.get("CLOUDANNO_S3RVER") or shutil.which("s3rver")
ALL = {response: Conditions(response, response, response) for response in ConditionSupport}
EXPECTED = {
    **ALL,
    ConditionSupport.UNQUOTED: Conditions(
        ConditionSupport.HONOURED, ConditionSupport.UNQUOTED, ConditionSupport.HONOURED
    ),
}


def connected(url):
    return Connection(name="small", endpoint_url=url, access_key_id="S3RVER")


def opened(url, place="s3://photos"):
    return open_bucket(parse_address(place, connected(url)), SECRET)


@pytest.fixture
def service(request):
    with small_s3(getattr(request, "param", "honoured")) as state:
        yield state


@pytest.mark.parametrize("service", list(ConditionSupport), indirect=True)
def test_what_a_service_does_is_found_out_at_the_first_condition_and_remembered(service):
    bucket = opened(service.url, "s3://photos/team")
    bucket.put("plain", b"1")
    assert len(service.seen) == 1  # no question before a condition is needed

    with pytest.raises((ConditionRefused, PreconditionFailed)):
        bucket.put("plain", b"2", PutOptions(if_absent=True))
    bucket.close()
    assert recall(f"{service.url}/photos") == EXPECTED[ConditionSupport(service.conditions)]
    assert service.objects == {"photos/team/plain": b"1"}
    assert service.parts == {}

    asked = len(service.seen)
    again = opened(service.url)
    with pytest.raises((ConditionRefused, PreconditionFailed)):
        again.put("team/plain", b"2", PutOptions(if_absent=True))
    again.close()
    assert len(service.seen) - asked <= 1


@pytest.mark.parametrize(
    "service", [ConditionSupport.HONOURED, ConditionSupport.UNQUOTED], indirect=True
)
def test_an_etag_is_sent_as_the_service_takes_it(service):
    bucket = opened(service.url)
    first = bucket.put("a", b"1")

    second = bucket.put("a", b"2", PutOptions(if_match=first.etag))
    with pytest.raises(PreconditionFailed):
        bucket.put("a", b"3", PutOptions(if_match=first.etag))

    assert second.etag == hashlib.md5(b"2").hexdigest()
    assert bucket.get("a").body == b"2"
    bucket.close()


@pytest.mark.parametrize(
    "service", [ConditionSupport.IGNORED, ConditionSupport.REFUSED], indirect=True
)
def test_nothing_is_sent_on_a_condition_that_does_not_hold(service, tmp_path):
    bucket = opened(service.url)
    bucket.put("a", b"1")
    large = tmp_path / "large"
    large.write_bytes(bytes(PART_SIZE + 1))

    for write in (
        lambda: bucket.put("a", b"2", PutOptions(if_absent=True)),
        lambda: bucket.put("a", b"2", PutOptions(if_match="0" * 32)),
        lambda: bucket.upload("a", large, PutOptions(if_absent=True)),
    ):
        with pytest.raises(ConditionRefused):
            write()

    assert service.objects == {"photos/a": b"1"}
    bucket.close()


def test_a_key_that_may_not_probe_relies_on_nothing_and_asks_again_another_time(service):
    service.denied = {"remove"}
    bucket = opened(service.url)
    bucket.put("free", b"1", PutOptions(if_absent=True))
    bucket.close()
    known = recall(f"{service.url}/photos")
    service.denied = {"put"}
    other = opened(service.url, "s3://others")
    with pytest.raises(ConditionRefused):
        other.put("free", b"1", PutOptions(if_absent=True))
    other.close()

    assert known == ALL[ConditionSupport.HONOURED]
    assert recall(f"{service.url}/others") is None


@pytest.mark.parametrize("service", [ConditionSupport.IGNORED], indirect=True)
def test_the_test_of_a_connection_tells_that_conditions_are_ignored(service):
    checks = check_connection(connected(service.url), SECRET, "s3://photos")

    reported = {check.name: check for check in checks}
    for name in (CheckName.CONDITIONAL_CREATE, CheckName.CONDITIONAL_REPLACE):
        assert reported[name].result is CheckResult.FAILED
        assert "ignores conditions" in reported[name].detail
        assert not reported[name].is_missed
    assert not any(check.is_missed for check in checks)
    assert recall(f"{service.url}/photos") == ALL[ConditionSupport.IGNORED]


def test_a_remembered_answer_that_is_damaged_is_found_out_again(service, home):
    opened(service.url).put("a", b"1", PutOptions(if_absent=True))
    (kept,) = (home / "cache" / "conditions").iterdir()
    kept.write_bytes(b"{")
    opened(service.url).put("b", b"1", PutOptions(if_absent=True))

    assert recall(f"{service.url}/photos") == ALL[ConditionSupport.HONOURED]


@pytest.fixture
def s3rver(tmp_path):
    """Serve by s3rver, a program for tests that takes conditions and ignores them."""
    if not S3RVER or not Path(S3RVER).exists():
        pytest.skip("no s3rver: npm install s3rver, and set CLOUDANNO_S3RVER to the program")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "data").mkdir()
    command = [S3RVER, "-d", tmp_path / "data", "-a", "127.0.0.1", "-p", str(port), "-s"]
    with subprocess.Popen([*command, "--configure-bucket", "photos"]) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port, process):
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("s3rver ended")


def test_s3rver_is_found_to_ignore_conditions(s3rver):
    connection = Connection(name="s3rver", endpoint_url=s3rver, access_key_id="S3RVER")
    secret = Secret("S3RVER")
    client = open_client(connection, secret)
    client.put_object(Bucket="photos", Key="a.jpg", Body=b"theirs", ContentType="image/jpeg")
    client.put_object(Bucket="photos", Key="a.jpg", Body=b"mine", IfNoneMatch="*")
    assert client.get_object(Bucket="photos", Key="a.jpg")["Body"].read() == b"mine"
    client.close()

    checks = check_connection(connection, secret, "s3://photos")
    bucket = open_bucket(parse_address("s3://photos", connection), secret)
    with pytest.raises(ConditionRefused):
        bucket.put("a.jpg", b"again", PutOptions(if_absent=True))

    reported = {check.name: check for check in checks}
    assert "ignores conditions" in reported[CheckName.CONDITIONAL_CREATE].detail
    assert [check for check in checks if check.is_missed] == []
    assert bucket.get("a.jpg").body == b"mine"
    assert [entry.key for page in bucket.list_pages() for entry in page.objects] == ["a.jpg"]
    bucket.close()
