"""Sync, upload and download beside Label Studio, rclone and the AWS command line, in one run.

Usage: PEERS_BIN=FOLDER[:FOLDER] python benchmarks/peers.py [ROUNDS] [PHOTOS] [KEYS]

All of them talk to one service on loopback: SeaweedFS (``weed``), or moto's server where there is
no ``weed``. A tool that is neither in ``PEERS_BIN`` nor on the path is left out, and named. Wall
time from the start of a process to its end, median of the rounds, in a turning order; what each one
did is counted afterwards. Ours forces each file to the disk, rclone does not: once its files are
forced there, too. Label Studio has no command: its figure is the answer to the request to
synchronise, without the start of its server. The same work inside this process shows what the
start of ours costs.
"""

import gc
import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from peer.label_studio import LabelStudio, label_studio
from peer.tools import ACCESS_KEY, REGION, SECRET_KEY, environment, find, service
from PIL import Image

from cloudanno_desktop.__main__ import YOUNG_OBJECTS
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.s3.client import prepare
from cloudanno_desktop.projects.uploads import LocalFiles, download, upload
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

ROUNDS, PHOTOS, KEYS = 5, 1_000, 10_000
SIZES = (100_000, 300_000)
PROGRAMS = ("aws", "rclone", "label-studio")
OURS = "cloudanno"
INSIDE = "cloudanno, in this process"
STUDIO = "Label Studio (one round)"  # it takes minutes
PARALLEL_RCLONE = 16

Work = Callable[["Round"], object]


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of one tool.

    Attributes:
        name: of its own in this run; a prefix where something is uploaded.
        folder: empty; the tool's home, with an empty folder ``target`` for a download.
    """

    name: str
    folder: Path

    @property
    def target(self) -> Path:
        """Where to download."""
        return self.folder / "target"


@dataclass(slots=True)
class Race:
    """One task, and how long each tool takes for it.

    Attributes:
        title: what is done.
        done: says how much was done in a round; all must say the same.
    """

    title: str
    done: Callable[[Round], object]
    tools: dict[str, Work] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def run(self, rounds: int) -> None:
        """Let each tool do the task ``rounds`` times, another one first each time.

        Nothing is deleted before the end: a disk that has just lost thousands of files is slow to
        make new ones.
        """
        names = list(self.tools)
        expected: object = None
        with tempfile.TemporaryDirectory(prefix="peers-") as folder:
            for number in range(rounds):
                turn = number % len(names)
                for name in names[turn:] + names[:turn]:
                    if name == STUDIO and number:
                        continue
                    done = self._measure(name, number, Path(folder))
                    expected = expected or done
                    if done not in (expected, None):
                        raise AssertionError(f"{self.title}: {name} did {done}, not {expected}")

    def _measure(self, name: str, number: int, folder: Path) -> object:
        title = hashlib.sha256(f"{self.title} {name} {number}".encode()).hexdigest()[:12]
        this = Round(f"r{title}", folder / title)
        this.target.mkdir(parents=True)
        os.sync()  # nobody pays for what another left to be written
        began = time.perf_counter()
        result = self.tools[name](this)
        self.seconds.setdefault(name, []).append(time.perf_counter() - began)
        return self.done(this) if isinstance(result, subprocess.CompletedProcess) else result

    def print(self) -> None:
        """Print the medians, and each as a ratio of the fastest other tool."""
        middle = {name: statistics.median(spent) for name, spent in self.seconds.items()}
        peers = {name: spent for name, spent in middle.items() if not name.startswith(OURS)}
        best = min(peers, key=peers.__getitem__, default="")
        print(f"\n{self.title}\n{'':30} seconds   of the fastest peer")
        for name, spent in middle.items():
            ratio = f"{spent / peers[best]:8.2f}" if best else "       –"
            mark = "  (fastest peer)" if name == best else ""
            print(f"{name:30} {spent:7.2f} {ratio}{mark}")


@dataclass(frozen=True, slots=True)
class Place:
    """The service that is raced on, with what was put there.

    Attributes:
        photos: local folder of photos.
    """

    endpoint: str
    client: "S3Client"
    photos: Path

    def workspace(self, this: Round, location: str) -> Workspace:
        """Open a project in this process, for the first time on this computer."""
        os.environ.update(environment(self.endpoint, this.folder))
        address = parse_address(location, Connection(endpoint_url=self.endpoint))
        return Workspace.open(address, Settings())

    def run(self, this: Round, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run one command to its end in an environment of its own; end all if it fails."""
        home = this.folder / "home"
        home.mkdir()
        variables = environment(self.endpoint, home)
        done = subprocess.run(command, env=variables, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()[-1000:]}")
        return done


def main() -> None:
    """Print a table for each task."""
    given = [int(text) for text in sys.argv[1:]]
    rounds, photos, keys = given + [ROUNDS, PHOTOS, KEYS][len(given) :]
    prepare()
    gc.set_threshold(YOUNG_OBJECTS)  # this and the next as in the process that moves files
    gc.freeze()
    missing = [program for program in PROGRAMS if not find(program)]
    with ExitStack() as stack:
        name, endpoint = stack.enter_context(service())
        place = stack.enter_context(_place(endpoint, photos, keys))
        studio = find("label-studio")
        server = stack.enter_context(label_studio(studio)) if studio else None
        print(f"{name} on loopback, {rounds} rounds; left out: {', '.join(missing) or 'none'}")
        for race in (_sync(place, server, keys), _upload(place), _download(place)):
            race.run(rounds)
            race.print()


def _sync(place: Place, server: LabelStudio | None, keys: int) -> Race:
    race = Race(f"Sync of {keys:,} keys", lambda _: None)
    ours = (sys.executable, "-m", "cloudanno_desktop", "scan", "s3://keys", "--json")
    race.tools[OURS] = lambda this: place.run(this, *ours)
    race.tools[INSIDE] = partial(_scan_inside, place, keys)
    if server:
        race.tools[STUDIO] = partial(_sync_label_studio, place, server, keys)
    aws, rclone = find("aws"), find("rclone")
    if aws:
        race.tools["aws s3 ls"] = lambda this: place.run(
            this, aws, "--endpoint-url", place.endpoint, "s3", "ls", "--recursive", "s3://keys"
        )
    if rclone:
        race.tools["rclone lsf"] = lambda this: place.run(
            this,
            rclone,
            "lsf",
            "--recursive",
            "--fast-list",
            "--files-only",
            "--format",
            "ps",
            "s:keys",
        )
    return race


def _scan_inside(place: Place, keys: int, this: Round) -> None:
    with place.workspace(this, "s3://keys") as workspace:
        _require(workspace.refresh().images, keys)


def _sync_label_studio(place: Place, server: LabelStudio, keys: int, this: Round) -> None:
    project = server.new_project(("cat", "dog"))
    storage = server.new_s3_storage(project, place.endpoint, "keys")
    _require(server.sync(storage), keys)


def _upload(place: Place) -> Race:
    def arrived(this: Round) -> tuple[int, int]:
        pages = place.client.get_paginator("list_objects_v2")
        found = [
            entry["Size"]
            for page in pages.paginate(Bucket="photos", Prefix=f"{this.name}/")
            for entry in page.get("Contents", [])
            if entry["Key"].endswith(".jpg")
        ]
        return len(found), sum(found)

    race = Race(f"Upload of {len(list(place.photos.iterdir())):,} photos", arrived)
    folder = str(place.photos)
    ours = (sys.executable, "-m", "cloudanno_desktop", "upload")
    race.tools[OURS] = lambda this: place.run(this, *ours, f"s3://photos/{this.name}", folder)

    def inside(this: Round) -> tuple[int, int]:
        with place.workspace(this, f"s3://photos/{this.name}") as workspace:
            workspace.refresh()
            upload(workspace, LocalFiles([place.photos]))
            workspace.synchronise()
        return arrived(this)

    race.tools[INSIDE] = inside
    for name, command in _copies(place):
        race.tools[name] = partial(_copy_up, place, name, command)
    return race


def _copy_up(
    place: Place, name: str, command: list[str], this: Round
) -> subprocess.CompletedProcess[bytes]:
    scheme = "s3://" if name.startswith("aws") else "s:"
    return place.run(this, *command, str(place.photos), f"{scheme}photos/{this.name}")


def _download(place: Place) -> Race:
    def arrived(this: Round) -> tuple[int, int]:
        sizes = [path.stat().st_size for path in this.target.rglob("*.jpg")]
        return len(sizes), sum(sizes)

    race = Race(f"Download of {len(list(place.photos.iterdir())):,} photos", arrived)
    ours = (sys.executable, "-m", "cloudanno_desktop", "download", "s3://source/photos")
    race.tools[OURS] = lambda this: place.run(this, *ours, str(this.target))

    def inside(this: Round) -> tuple[int, int]:
        with place.workspace(this, "s3://source/photos") as workspace:
            workspace.refresh()
            keys = [row.key for row in workspace.index.rows(workspace.index.all_ids())]
            download(workspace, keys, this.target)
        return arrived(this)

    race.tools[INSIDE] = inside
    for name, command in _copies(place):
        scheme = "s3://" if name.startswith("aws") else "s:"
        source = f"{scheme}source/photos"
        race.tools[name] = partial(_copy_down, place, [*command, source])
        if name.startswith("rclone copy,"):
            race.tools[f"{name}, and synced"] = partial(
                _copy_down, place, [*command, source], then=os.sync
            )
    return race


def _copy_down(
    place: Place, command: list[str], this: Round, then: Callable[[], None] = lambda: None
) -> subprocess.CompletedProcess[bytes]:
    done = place.run(this, *command, str(this.target))
    then()
    return done


def _copies(place: Place) -> Iterator[tuple[str, list[str]]]:
    aws, rclone = find("aws"), find("rclone")
    if aws:
        head = [aws, "--endpoint-url", place.endpoint, "s3", "cp", "--recursive"]
        yield "aws s3 cp", [*head, "--only-show-errors"]
    if rclone:
        yield "rclone copy", [rclone, "copy"]
        many = ["--transfers", str(PARALLEL_RCLONE), "--checkers", str(PARALLEL_RCLONE)]
        yield f"rclone copy, {PARALLEL_RCLONE} at a time", [rclone, "copy", *many]


@contextmanager
def _place(endpoint: str, photos: int, keys: int) -> Iterator[Place]:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    for name in ("keys", "photos", "source"):
        client.create_bucket(Bucket=name)
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        bodies = {f"IMG_{number:05}.jpg": body for number, body in enumerate(_bodies(photos))}
        for name, body in bodies.items():
            (Path(folder) / name).write_bytes(body)
        tiny = bodies["IMG_00000.jpg"][:2_000]
        put = [("keys", f"photos/{n % 37:02}/IMG_{n:05}.jpg", tiny) for n in range(keys)]
        put += [("source", f"photos/{name}", body) for name, body in bodies.items()]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda what: _put(client, *what), put))
        yield Place(endpoint, client, Path(folder))
    client.close()


def _bodies(count: int) -> Iterator[bytes]:
    """Yield photos of different sizes and bytes; what follows a JPEG's end is nobody's business."""
    draw = random.Random(1)
    picture = BytesIO()
    Image.effect_noise((320, 240), 60).save(picture, "JPEG")
    for _ in range(count):
        yield picture.getvalue() + draw.randbytes(draw.randint(*SIZES) - len(picture.getvalue()))


def _put(client: "S3Client", bucket: str, key: str, body: bytes) -> None:
    client.put_object(Bucket=bucket, Key=key, Body=body)


def _require(found: int, expected: int) -> None:
    if found != expected:
        raise AssertionError(f"{found} images, not {expected}")


if __name__ == "__main__":
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    main()
