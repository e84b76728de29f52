"""kill −9 in the middle of large files: what the other side has is not sent again."""

import os
import subprocess
import sys
from collections import Counter

import boto3
import pytest

from tests.support import SUPPORT
from tests.support.killing import TIMEOUT_S, kill, wait_until
from tests.support.processes import arguments_of, children_of, needs_proc

PART = 8 << 20
PARTS = 4
KEY = "large.tif"


@pytest.fixture
def large(tmp_path):
    """Four parts, no two of them alike."""
    path = tmp_path / KEY
    with path.open("wb") as file:
        for number in range(PARTS):
            file.write(bytes([65 + number]) * PART)
    return path


@pytest.fixture
def asked(faulty):
    """Parts and ranges of the large object that were asked for."""
    parts, ranges = Counter(), []

    def note(request):
        if request.path.endswith(KEY) and "partNumber" in request.query:
            parts[int(request.query["partNumber"])] += 1
        if request.path.endswith(KEY) and request.is_read:
            ranges.append(request.headers.get("Range", ""))
        return False

    def count_again():
        faulty.heal()
        faulty.woken.clear()
        parts.clear()
        ranges.clear()
        faulty.fails(faulty.hang, to=note)
        return parts, ranges

    return count_again


@pytest.fixture
def service(aws_keys, s3_endpoint, request):
    """A bucket, looked at behind the bad network's back."""
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    name = f"killed-{abs(hash(request.node.nodeid)):x}"
    client.create_bucket(Bucket=name)
    yield client, name
    client.close()


def hangs_at(faulty, number):
    """Hang at one part, and return the parts whose answers are there, as they come.

    A listing at the very moment at which moto works out a part's ETag spoils the ETag for good.
    """
    stored = set()

    def note(request, ask):
        reply = ask(request)
        stored.add(int(request.query["partNumber"]))
        return reply

    def is_part(request):
        return request.path.endswith(KEY) and "partNumber" in request.query

    faulty.fails(faulty.hang, to=lambda a: is_part(a) and a.query["partNumber"] == str(number))
    faulty.fails(note, to=is_part)
    return stored


def stored_parts(client, name):
    uploads = client.list_multipart_uploads(Bucket=name).get("Uploads", [])
    ids = [upload["UploadId"] for upload in uploads if upload["Key"] == KEY]
    return {
        part["PartNumber"]
        for id_ in ids
        for part in client.list_parts(Bucket=name, Key=KEY, UploadId=id_).get("Parts", [])
    }


def body_of(client, name):
    return client.get_object(Bucket=name, Key=KEY)["Body"].read()


def test_a_command_sends_only_what_is_missing(cloudanno, start, faulty, asked, service, large):
    client, name = service
    reach = ("--endpoint-url", faulty.endpoint)
    asked()
    stored = hangs_at(faulty, 3)
    upload = ["upload", f"s3://{name}", large, "--label", "heron", *reach]
    killed = start(*upload)
    wait_until(lambda: stored == {1, 2, 4} or killed.poll() is not None)
    kill(killed)
    parts, _ = asked()

    again = cloudanno(*upload)

    assert again.code == 0, again.err
    assert parts == {3: 1}
    assert body_of(client, name) == large.read_bytes()
    assert stored_parts(client, name) == set()
    status = cloudanno("status", f"s3://{name}", *reach, "--json").document
    assert status["labels"] == [{"name": "heron", "count": 1}]


def test_a_download_goes_on_in_its_part(cloudanno, start, faulty, asked, service, large, tmp_path):
    client, name = service
    client.upload_file(str(large), name, KEY)
    target = tmp_path / "down"

    def stop_half_way(request, ask):
        reply = ask(request)
        reply.sent = 2 * PART
        return reply

    asked()
    faulty.fails(stop_half_way, to=lambda a: a.path.endswith(KEY) and a.is_read, turns=range(1))
    faulty.fails(faulty.hang, to=lambda a: a.path.endswith(KEY) and a.is_read)
    download = ["download", f"s3://{name}", target, "--endpoint-url", faulty.endpoint]
    killed = start(*download)
    wait_until(lambda: faulty.failed["hang"] or killed.poll() is not None)
    kill(killed)
    (part,) = target.iterdir()
    kept = part.stat().st_size
    _, ranges = asked()

    again = cloudanno(*download)

    assert again.code == 0, again.err
    assert kept > PART
    assert ranges == [f"bytes={kept}-"]
    assert [path.name for path in target.iterdir()] == [KEY]
    assert (target / KEY).read_bytes() == large.read_bytes()


class Window:
    """The window in a process of its own, which may be killed."""

    def __init__(self, work, address, endpoint, files):
        child = SUPPORT / "window_child.py"
        environment = {"QT_QPA_PLATFORM": "offscreen", "WINDOW_FILES": str(files)}
        self.process = subprocess.Popen(
            [sys.executable, str(child), work, address, endpoint],
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def media(self):
        """Return the number of the media process, which moves the files."""
        (found,) = (n for n in children_of(self.process.pid) if "media" in arguments_of(n))
        return found


@pytest.fixture
def open_window(faulty, service):
    opened = []

    def open_window(work, files):
        opened.append(Window(work, f"s3://{service[1]}", faulty.endpoint, files))
        return opened[-1]

    yield open_window
    for window in opened:
        kill(window.process)


def was_labeled_by(cloudanno, name, endpoint):
    reach = ("--endpoint-url", endpoint)
    status = cloudanno("status", f"s3://{name}", *reach, "--json").document
    return status["labels"] == [{"name": "heron", "count": 1}]


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("victim", ["media", "window"])
def test_a_drop_on_a_label_goes_on_by_itself(
    cloudanno, faulty, asked, service, large, tmp_path, open_window, victim
):
    client, name = service
    files = tmp_path / "dropped"
    files.mkdir()
    large.rename(files / KEY)
    asked()
    stored = hangs_at(faulty, 2)
    window = open_window("upload", files)
    wait_until(lambda: stored == {1, 3, 4})
    victims = [window.process.pid] if victim == "window" else []
    victims.append(window.media())
    for number in victims:
        os.kill(number, 9)
    parts, _ = asked()
    if victim == "window":
        window.process.wait(TIMEOUT_S)
        window = open_window("open", files)

    wait_until(lambda: KEY in keys(client, name))
    assert parts == {2: 1}
    assert body_of(client, name) == (files / KEY).read_bytes()
    wait_until(lambda: journal(client, name))
    kill(window.process)
    assert was_labeled_by(cloudanno, name, faulty.endpoint)


def keys(client, name):
    return {entry["Key"] for entry in client.list_objects_v2(Bucket=name).get("Contents", [])}


def journal(client, name):
    """Say whether the label of the picture is in the bucket's journal."""
    mine = [key for key in keys(client, name) if key.startswith("_cloudanno/journal/")]
    bodies = [client.get_object(Bucket=name, Key=key)["Body"].read() for key in mine]
    return any(KEY.encode() in body for body in bodies)
