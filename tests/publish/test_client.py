"""The client of a device against a real folder and a real HTTP server."""

import errno
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from itertools import islice
from pathlib import Path

import pytest

from cloudanno_desktop.publish import client
from cloudanno_desktop.publish.client import (
    PullFailed,
    check_loads,
    next_pause_s,
    parse_branch_file,
    pull,
    read_current,
    watch,
)
from cloudanno_desktop.publish.publisher import PublishOptions, publish
from tests.support.device import assert_whole, fetch, zipped


class ObjectServer(http.server.BaseHTTPRequestHandler):
    """Serves a folder as object storage does: ETag, If-None-Match, Range."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers))
        path = self.server.root / self.path.partition("?")[0].lstrip("/")
        if not path.is_file():
            self._response(404, b"")
            return
        body, etag = path.read_bytes(), f'"{path.stat().st_mtime_ns:x}"'
        if self.headers.get("If-None-Match") == etag:
            self._response(304, b"")
            return
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begun = int(start[1]) if start and self.server.knows_ranges else 0
        self._response(206 if begun else 200, body[begun:], etag)

    def _response(self, status, body, etag=""):
        self.send_response(status)
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.limit])

    def log_message(self, *_given):
        """Be silent."""


@pytest.fixture
def server(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ObjectServer)
    server.root, server.asked, server.knows_ranges, server.limit = folder, [], True, None
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def device(tmp_path):
    return tmp_path / "device"


def change(folder, **values):
    path = folder / "models/branches/dev.json"
    served = json.loads(path.read_bytes()) | values
    path.write_text(json.dumps(served))


def test_a_first_pull_brings_every_file_whole(bucket, server, make_run, device):
    published = publish(bucket, make_run(), "dev")

    pulled = fetch(server.address, "dev", device)
    assert pulled.changed
    assert pulled.model.version == published.version
    assert set(pulled.model.files) == {"tflite", "coreml", "mlmodel"}
    assert_whole(device, pulled.model)
    assert read_current(device) == pulled.model


def test_an_unchanged_branch_is_answered_without_a_body(bucket, server, make_run, device):
    publish(bucket, make_run(), "dev")
    first = fetch(server.address, "dev", device)
    server.asked.clear()

    second = fetch(server.address, "dev", device)
    assert (second.changed, second.model) == (False, first.model)
    [(path, headers)] = server.asked
    assert path == "/models/branches/dev.json"
    assert headers["If-None-Match"] == first.model.etag


def test_only_the_wanted_format_is_fetched(bucket, folder, make_run, device):
    publish(bucket, make_run(), "dev")

    assert set(fetch(folder, "dev", device, ("tflite",)).model.files) == {"tflite"}
    assert set(fetch(folder, "dev", device, ("coreml",)).model.files) == {"coreml"}
    with pytest.raises(PullFailed, match="onnx"):
        fetch(folder, "dev", device, ("onnx",))


def test_a_deleted_file_is_fetched_again(bucket, folder, make_run, device):
    publish(bucket, make_run(), "dev")
    model = fetch(folder, "dev", device).model
    (device / model.files["tflite"]).unlink()

    assert_whole(device, fetch(folder, "dev", device).model)


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_broken_download_goes_on_where_it_ended(bucket, server, make_run, device, knows_ranges):
    publish(bucket, make_run(), "dev")
    served = json.loads(bucket.get("models/branches/dev.json").body)
    whole = bucket.get(served["artifacts"][0]["key"]).body
    part = device / "models" / served["artifacts"][0]["sha256"] / "model.tflite.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(whole[:700])
    server.knows_ranges = knows_ranges

    assert_whole(device, fetch(server.address, "dev", device).model)
    assert any(headers.get("Range") == "bytes=700-" for _path, headers in server.asked)
    assert not list(device.rglob("*.part"))


def test_a_wrong_begun_download_is_fetched_from_the_start(bucket, server, make_run, device):
    publish(bucket, make_run(), "dev")
    artifact = json.loads(bucket.get("models/branches/dev.json").body)["artifacts"][0]
    part = device / "models" / artifact["sha256"] / "model.tflite.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"?" * 700)

    assert_whole(device, fetch(server.address, "dev", device).model)


def test_an_answer_that_breaks_off_keeps_the_old_model_and_the_part(
    bucket, server, make_run, device
):
    publish(bucket, make_run("one"), "dev")
    old = fetch(server.address, "dev", device).model
    publish(bucket, make_run("some longer text"), "dev")
    server.limit = 3000

    with pytest.raises(PullFailed, match="broke"):
        fetch(server.address, "dev", device)
    assert read_current(device) == old
    assert_whole(device, old)
    [part] = device.rglob("*.part")
    assert part.stat().st_size == 3000
    server.limit = None
    assert fetch(server.address, "dev", device).changed


def test_other_bytes_than_promised_are_refused(bucket, folder, make_run, device):
    publish(bucket, make_run("one"), "dev")
    old = fetch(folder, "dev", device).model
    publish(bucket, make_run("two"), "dev")
    artifact = json.loads(bucket.get("models/branches/dev.json").body)["artifacts"][0]
    (folder / artifact["key"]).write_bytes(b"!" * artifact["bytes"])

    with pytest.raises(PullFailed, match="digest"):
        fetch(folder, "dev", device)
    assert read_current(device) == old
    assert_whole(device, old)


def test_a_model_that_does_not_load_is_refused(bucket, folder, make_run, device):
    publish(bucket, make_run("one"), "dev")
    old = fetch(folder, "dev", device).model
    publish(bucket, make_run("two"), "dev")

    with pytest.raises(PullFailed, match="does not load"):
        pull(folder, "dev", device)
    assert read_current(device) == old
    assert_whole(device, old)


@pytest.mark.parametrize("syncs", range(4))
def test_a_full_disk_keeps_the_old_model_and_leaves_no_part(
    bucket, folder, make_run, device, monkeypatch, syncs
):
    publish(bucket, make_run("one"), "dev")
    old = fetch(folder, "dev", device).model
    published = publish(bucket, make_run("some longer text"), "dev")
    left = [None] * syncs
    sync = os.fsync

    def fill(descriptor):
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fill)
        with pytest.raises(PullFailed, match="is full"):
            fetch(folder, "dev", device)
    assert read_current(device) == old
    assert_whole(device, old)
    assert not list(device.rglob("*.part"))
    assert fetch(folder, "dev", device).model.version == published.version


def test_a_lower_serial_is_refused(bucket, folder, make_run, device):
    publish(bucket, make_run("one"), "dev")
    earlier = bucket.get("models/branches/dev.json").body
    publish(bucket, make_run("two"), "dev")
    newest = fetch(folder, "dev", device).model
    bucket.put("models/branches/dev.json", earlier)

    with pytest.raises(PullFailed, match="serial 1 is older than 2"):
        fetch(folder, "dev", device)
    assert read_current(device) == newest


@pytest.mark.parametrize(
    "key",
    [
        "models/../secret.tflite",
        "/models/x.tflite",
        "photos/x.tflite",
        "models//x.tflite",
        "models/a\\..\\x.tflite",
        "models/C:x.tflite",
        "models",
    ],
)
def test_keys_that_lead_elsewhere_are_refused(bucket, folder, make_run, device, key):
    publish(bucket, make_run(), "dev")
    artifact = json.loads(bucket.get("models/branches/dev.json").body)["artifacts"][0]
    change(folder, artifacts=[artifact | {"key": key}])

    with pytest.raises(PullFailed, match="not valid"):
        fetch(folder, "dev", device)
    assert not (device / "models").exists()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"schema": 2}, "newer client"),
        ({"min_client": 9}, "newer client"),
        ({"branch": "main"}, "belongs to “main”"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expired"),
        ({"labels": []}, "no labels"),
        ({"serial": "many"}, "not valid"),
        ({"artifacts": [{}]}, "not valid"),
        ({"artifacts": []}, "no file"),
        ({"rollout": None}, "not valid"),
        ({"serial": float("inf")}, "not valid"),
        ({"version": "\ud800"}, "not valid"),
    ],
)
def test_a_branch_file_that_is_not_right_is_refused(bucket, make_run, device, values, reason):
    folder = device.with_name(bucket.name)
    publish(bucket, make_run(), "dev")
    change(folder, **values)

    with pytest.raises(PullFailed, match=reason):
        fetch(folder, "dev", device)
    assert read_current(device) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"null", b'"x"', b"\xff", b"[" * 100_000])
def test_no_answer_of_a_foreign_server_is_taken_for_a_branch(body):
    with pytest.raises(PullFailed):
        parse_branch_file(body, "dev")


def test_a_missing_branch_a_dead_server_and_a_bad_name_are_told(server, device):
    with pytest.raises(PullFailed, match="404"):
        fetch(server.address, "dev", device)
    with pytest.raises(PullFailed, match="cannot be reached"):
        fetch("http://127.0.0.1:9", "dev", device)
    with pytest.raises(PullFailed, match="cannot be reached"):
        fetch("http://[::1", "dev", device)
    with pytest.raises(PullFailed, match="not a valid branch name"):
        fetch(server.address, "../x", device)


def test_a_signature_in_the_address_goes_with_every_object(bucket, server, make_run, device):
    publish(bucket, make_run(), "dev")

    fetch(f"{server.address}/?token=abc", "dev", device)
    assert len(server.asked) == 4
    assert all(path.endswith("?token=abc") for path, _headers in server.asked)


def test_a_rollout_reaches_installations_with_a_model_only_in_its_share(
    bucket, folder, make_run, tmp_path
):
    devices = [tmp_path / f"device{number}" for number in range(20)]
    publish(bucket, make_run("one"), "dev")
    for device in devices:
        fetch(folder, "dev", device)
    for number, device in enumerate(devices):
        (device / "installation.txt").write_text(f"installation {number}")

    run = make_run("two")  # one run, for its time is part of the version
    publish(bucket, run, "dev", PublishOptions(rollout=50))
    half = [fetch(folder, "dev", device).changed for device in devices]
    assert 0 < sum(half) < 20
    publish(bucket, run, "dev", PublishOptions(rollout=100))
    rest = [fetch(folder, "dev", device).changed for device in devices]
    assert sum(half) + sum(rest) == 20


def test_files_of_the_last_model_stay_for_programs_that_have_them_open(
    bucket, folder, make_run, device
):
    models = []
    for text in ("one", "two", "three"):
        publish(bucket, make_run(text), "dev")
        models.append(fetch(folder, "dev", device, ("tflite",)).model)

    there = [(device / model.files["tflite"]).is_file() for model in models]
    assert there == [False, True, True]


def test_watching_waits_longer_after_failures_and_recovers(bucket, folder, make_run, device):
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            publish(bucket, make_run(), "dev", PublishOptions(formats=("coreml",), poll_after_s=10))

    outcomes = list(islice(watch(folder, "dev", device, (), pause), 5))
    assert [isinstance(outcome, PullFailed) for outcome in outcomes] == [True] * 3 + [False] * 2
    assert pauses[0] < pauses[1] < pauses[2]
    assert 9 <= pauses[3] <= 11


def test_the_pause_keeps_within_sense():
    assert next_pause_s(300, 0, 1.0) == 300
    assert next_pause_s(300, 2, 1.0) == 1200
    assert next_pause_s(300, 1000, 1.0) == client.BACK_OFF_LIMIT_S
    assert next_pause_s(0, 0, 1.0) == 5
    assert next_pause_s(10**9, 5, 1.0) == 86_400


def test_packed_files_are_read_once(tmp_path):
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(zipped(**{"Manifest.json": "{}"}, weights="x" * 400))
    bad.write_bytes(
        zipped(**{"Manifest.json": "{}"}, weights="x" * 400).replace(b"x" * 50, b"y" * 50, 1)
    )

    check_loads(good, "coreml", ["a"])
    with pytest.raises(PullFailed, match="weights"):
        check_loads(bad, "coreml", ["a"])


def test_a_packed_file_that_does_not_unpack_is_refused(tmp_path):
    bad, packed = tmp_path / "bad.zip", io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights", os.urandom(400) * 9)
        archive.writestr("Manifest.json", "{}")
    body = bytearray(packed.getvalue())
    body[40:200] = b"\xff" * 160
    bad.write_bytes(body)

    with pytest.raises(PullFailed, match="does not load"):
        check_loads(bad, "coreml", ["a"])


def test_the_one_file_runs_alone_on_a_device(bucket, folder, make_run, device):
    publish(bucket, make_run(), "dev")
    alone = device.parent / "alone" / "client.py"
    alone.parent.mkdir()
    alone.write_bytes(Path(client.__file__).read_bytes())

    command = [sys.executable, "-I", "-S", str(alone), str(folder), "dev", str(device)]
    done = subprocess.run(
        [*command, "--format", "coreml"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == read_current(device).version
    failed = subprocess.run(
        [*command, "--format", "onnx"], capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    assert "onnx" in failed.stderr
