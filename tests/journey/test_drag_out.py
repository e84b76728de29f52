"""Pictures dragged out of the real window by a real mouse arrive in another program."""

import sys
import uuid
from pathlib import Path

import boto3
import pytest
from PIL import Image

from tests.support import SUPPORT
from tests.support.desktop import PROGRAMS, Desktop, missing_programs
from tests.support.real_window import RealWindow

SINK = SUPPORT / "drop_sink.py"
PINK, LIME = "#ff20c0", "#40ff20"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_programs()), reason=f"a real drag needs {', '.join(PROGRAMS)}"),
]


@pytest.fixture
def desktop():
    with Desktop() as desktop:
        yield desktop


@pytest.fixture(params=["folder", "s3"])
def project(request, tmp_path):
    """A project with two pictures of two colors; its address, environment, and the bytes."""
    folder = tmp_path / "birds"
    pictures = {"spring/a b+100%.png": PINK, "鳥.png": LIME}
    for key, color in pictures.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (320, 240), color).save(folder / key)
    stored = {Path(key).name: (folder / key).read_bytes() for key in pictures}
    if request.param == "folder":
        return str(folder), {}, stored
    request.getfixturevalue("aws_keys")
    endpoint = request.getfixturevalue("s3_endpoint")
    bucket = f"out-{uuid.uuid4().hex[:8]}"
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket=bucket)
    for key in pictures:
        client.put_object(Bucket=bucket, Key=key, Body=(folder / key).read_bytes())
    client.close()
    return f"s3://{bucket}", {"AWS_ENDPOINT_URL_S3": endpoint}, stored


def test_dragged_pictures_arrive_in_another_program_and_on_a_label(desktop, project, tmp_path):
    address, environment, stored = project
    window = RealWindow(desktop, "open", address, TMPDIR=str(tmp_path), **environment)
    window.wait_for_project(address.rpartition("/")[2])
    window.add_label("heron")
    got = tmp_path / "got"
    got.mkdir()
    sink = desktop.start([sys.executable, str(SINK), str(got)])
    goal = desktop.wait_for(lambda: desktop.window_of(sink), "the other program").center

    desktop.click(window.picture(PINK))
    desktop.press("ctrl+a")

    def drag_out():
        desktop.drag(window.picture(PINK), goal)
        return {path.name for path in got.glob("*.png")} == set(stored)

    desktop.wait_for(drag_out, "the files in the other program")
    assert {path.name: path.read_bytes() for path in got.glob("*.png")} == stored

    desktop.drag(window.picture(PINK), window.label(0))
    window.chip(0)
    assert window.close() == 0
