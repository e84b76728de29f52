"""The real window with a real mouse: what is dropped on it arrives in the bucket."""

import json

import boto3
import pytest
from PIL import Image

from tests.support.desktop import PROGRAMS, Desktop, missing_programs
from tests.support.processes import members_of
from tests.support.real_window import RealWindow

BUCKET = "dragged-birds"
PINK, LIME, CYAN = "#ff20c0", "#40ff20", "#20e0ff"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_programs()), reason=f"a real drag needs {', '.join(PROGRAMS)}"),
]


@pytest.fixture
def desktop():
    with Desktop() as desktop:
        yield desktop


@pytest.fixture
def client(s3_endpoint, aws_keys):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()


@pytest.fixture
def window(desktop, client, s3_endpoint, tmp_path):
    window = RealWindow(
        desktop,
        "open",
        f"s3://{BUCKET}",
        AWS_ENDPOINT_URL_S3=s3_endpoint,
        TMPDIR=str(tmp_path),
    )
    window.wait_for_project(BUCKET)
    for name in ("heron", "stork"):
        window.add_label(name)
    return window


def make_picture(path, color):
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (320, 240), color).save(path)
    return path


def keys(client):
    listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {entry["Key"] for entry in listed if not entry["Key"].startswith("_")}


def annotations(client):
    body = client.get_object(Bucket=BUCKET, Key="_annotations.json")["Body"].read()
    found = json.loads(body)["annotations"]
    return {key: [entry["label"] for entry in entries] for key, entries in found.items()}


def test_files_and_thumbnails_dragged_by_a_real_mouse_arrive_in_the_bucket(
    desktop, client, window, tmp_path
):
    heron, stork = window.label(0), window.label(1)  # in the order of their creation
    on_label = [make_picture(tmp_path / "desk" / f"pink {n}.png", PINK) for n in range(3)]
    on_grid = [
        make_picture(tmp_path / "desk" / f"{color[1:]}.png", color) for color in (LIME, CYAN)
    ]

    source = desktop.offer_files(on_label)
    desktop.drag(first_file(desktop, source), heron)
    desktop.wait_for(lambda: len(keys(client)) == 3, "the three pictures in the bucket")
    assert keys(client) == {path.name for path in on_label}
    desktop.stop(source)

    source = desktop.offer_files(on_grid)
    desktop.drag(first_file(desktop, source), window.grid.center)
    desktop.wait_for(lambda: len(keys(client)) == 5, "the two pictures that fell on the grid")
    desktop.stop(source)

    body = client.get_object(Bucket=BUCKET, Key=on_grid[0].name)["Body"].read()
    assert body == on_grid[0].read_bytes()

    desktop.drag(window.picture(LIME), stork)
    window.chip(1)
    assert window.close() == 0
    assert annotations(client) == {
        **{path.name: ["heron"] for path in on_label},
        on_grid[0].name: ["stork"],
    }
    assert members_of(window.process.pid) == set()


def first_file(desktop, source):
    box = desktop.window_of(source)
    return box.left + 60, box.top + 60
