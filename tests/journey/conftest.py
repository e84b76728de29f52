"""The command line as real child processes, on folders and on S3, which may be killed."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from PIL import Image

from tests.support.killing import TIMEOUT_S, kill


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


def command(arguments):
    return [sys.executable, "-m", "cloudanno_desktop", *map(os.fspath, map(_text, arguments))]


def _text(argument):
    return argument if isinstance(argument, Path) else str(argument)


@pytest.fixture
def cloudanno():
    """Run one command to its end as its own process, through the program ``before`` if given."""

    def run(*arguments, before=(), **environment):
        done = subprocess.run(
            [*before, *command(arguments)],
            capture_output=True,
            timeout=TIMEOUT_S,
            env={**os.environ, **environment},
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def start():
    """Start a command as its own process; what still runs at the end is killed."""
    running = []

    def start(*arguments):
        process = subprocess.Popen(
            command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        kill(process)


@dataclass
class FolderPlace:
    """A folder project, looked at without the program."""

    root: Path
    address: str
    reach: tuple = ()

    def objects(self):
        return {
            path.relative_to(self.root).as_posix(): path.stat().st_size
            for path in self.root.rglob("*")
            if path.is_file() and not path.name.startswith(".cloudanno")
        }

    def read(self, key):
        return (self.root / key).read_bytes()


@dataclass
class S3Place:
    """A project in a bucket, looked at with an independent client."""

    client: object
    bucket: str
    address: str
    reach: tuple

    def objects(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return {o["Key"]: o["Size"] for page in pages for o in page.get("Contents", [])}

    def read(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    """An empty project in a folder and in a bucket."""
    if request.param == "folder":
        root = tmp_path / "project"
        root.mkdir()
        yield FolderPlace(root, str(root))
        return
    request.getfixturevalue("aws_keys")
    endpoint = request.getfixturevalue("s3_endpoint")
    bucket = f"journey-{abs(hash(request.node.nodeid)):x}"
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket=bucket)
    yield S3Place(client, bucket, f"s3://{bucket}", ("--endpoint-url", endpoint))
    client.close()


@pytest.fixture
def photos(tmp_path):
    """Two labels with six small different pictures each, in class folders."""
    folder = tmp_path / "photos"
    for label, hue in (("cat", 30), ("dog", 200)):
        (folder / label).mkdir(parents=True)
        for number in range(6):
            color = (hue + 9 * number, hue, hue // 2)
            Image.new("RGB", (40, 30), color).save(folder / label / f"{label}{number}.jpg")
    return folder


@pytest.fixture
def project(tmp_path):
    """An empty folder project."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@dataclass
class Trained:
    """A run on real photos, and the project that it was made of."""

    run: Path
    project: Path
    home: Path
    options: tuple


@pytest.fixture(scope="session")
def trained(shared_data, tmp_path_factory):
    """Train a small network on twenty photos once."""
    base = tmp_path_factory.mktemp("trained")
    project, run, home = base / "project", base / "run", base / "home"
    project.mkdir()
    photos = shared_data / "datasets" / "hemlock-cherry-20"
    weights = shared_data / "weights" / "mobilenet_v1_0.25_224_no_top.h5"
    options = ("--weights", weights, "--backbone", "mobilenet_v1_025", "--formats", "tflite,keras")
    environment = {**os.environ, "CLOUDANNO_HOME": str(home)}
    for arguments in (
        (
            "upload",
            project,
            photos / "Hemlock",
            photos / "Japanese_Cherry",
            "--labels-from-folders",
        ),
        ("train", project, "--out", run, *options),
    ):
        done = subprocess.run(
            command(arguments), capture_output=True, timeout=TIMEOUT_S, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
    return Trained(run, project, home, options)
