"""Publishing and pulling over a service that fails: a device has the old model or the new one."""

import json
from contextlib import suppress

import boto3
import pytest

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.publish import client
from cloudanno_desktop.publish.client import PullFailed
from cloudanno_desktop.publish.publisher import publish
from tests.support.device import assert_whole, fetch
from tests.support.faulty_service import cut_off, lose_answer, refuse, reset

MOST_WRITES = 40


@pytest.fixture
def name(s3_endpoint, aws_keys, request):
    sound = boto3.client("s3", endpoint_url=s3_endpoint)
    name = f"models-{abs(hash(request.node.nodeid)):x}"
    sound.create_bucket(Bucket=name)
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    sound.put_bucket_policy(Bucket=name, Policy=json.dumps({"Statement": [anyone]}))
    sound.close()
    return name


@pytest.fixture
def shaky(faulty, name):
    connection = Connection("shaky", endpoint_url=faulty.endpoint, access_key_id="test")
    bucket = S3Bucket(make_service(connection, Secret("secret")), name)
    yield bucket
    bucket.close()


@pytest.fixture
def address(faulty, name):
    """What a device polls, past all faults."""
    return f"{faulty.sound}/{name}"


def test_whichever_write_is_never_answered_devices_have_a_whole_model(
    shaky, faulty, make_run, address, tmp_path
):
    publish(shaky, make_run("first"), "dev")
    old = fetch(address, "dev", tmp_path / "device").model
    for number in range(MOST_WRITES):
        run = make_run(f"turn {number}")
        faulty.fails(lose_answer, lambda asked: asked.is_write, range(number, number + 4))
        with suppress(CloudAnnoError):
            publish(shaky, run, "dev")
        was_met = faulty.failed["lose_answer"] > 0
        between = fetch(address, "dev", tmp_path / "device").model
        assert_whole(tmp_path / "device", between)
        assert between.serial >= old.serial
        faulty.heal()
        faulty.failed.clear()

        publish(shaky, run, "dev")

        new = fetch(address, "dev", tmp_path / "device").model
        assert_whole(tmp_path / "device", new)
        assert new.version != old.version
        old = new
        if not was_met:
            return
    pytest.fail("publishing never ends")


@pytest.mark.parametrize(
    "fault", [reset, cut_off, refuse(503, "SlowDown"), refuse(403, "AccessDenied"), None]
)
def test_a_device_keeps_its_model_until_the_next_one_is_whole(
    shaky, faulty, make_run, name, tmp_path, fault, monkeypatch
):
    monkeypatch.setattr(client, "TIMEOUT_S", 0.3)
    address, device = f"{faulty.endpoint}/{name}", tmp_path / "device"
    publish(shaky, make_run("first"), "dev")
    old = fetch(address, "dev", device).model
    publish(shaky, make_run("second"), "dev")
    faulty.fails(fault or faulty.hang)

    with pytest.raises(PullFailed) as caught:
        fetch(address, "dev", device)

    assert "\n" not in str(caught.value)
    assert client.read_current(device) == old
    faulty.heal()
    new = fetch(address, "dev", device).model
    assert new.serial == old.serial + 1
    assert_whole(device, new)


def test_a_model_file_that_breaks_off_is_gone_on_with(shaky, faulty, make_run, name, tmp_path):
    address, device = f"{faulty.endpoint}/{name}", tmp_path / "device"
    publish(shaky, make_run("first"), "dev")
    faulty.fails(cut_off, lambda asked: "artifacts" in asked.path, range(1))
    with pytest.raises(PullFailed):
        fetch(address, "dev", device, ("tflite",))
    begun = []

    def watch(asked, ask):
        begun.append(asked.headers.get("Range"))
        return ask(asked)

    faulty.fails(watch, lambda asked: "artifacts" in asked.path)

    model = fetch(address, "dev", device, ("tflite",)).model

    assert_whole(device, model)
    assert begun[0] == "bytes=1250-"  # half of it had come
