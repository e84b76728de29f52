"""Two people label the same images: how many labels that a tool acknowledged are gone afterwards.

Usage: PEERS_BIN=FOLDER[:FOLDER] python benchmarks/two_writers.py [IMAGES]

Three ways: CloudAnno; one ``_annotations.json`` that everyone reads, changes and writes back; and
Label Studio by its API (left out, and named, where ``label-studio`` is not found). Each person is a
process with a network of its own. Four rounds, each on a quarter of the images; in each, both
people work at once, each on two fifths of it alone, and both on the last fifth, of which every
other image had a label before.

1. both are online; 2. the second one has no network; 3. the second one's program is killed
(SIGKILL) in the middle, started again, and does what was not acknowledged; 4. both are online.

An acknowledged label counts as *lost* if at the end it neither shows nor stands in a history or a
list of conflicts. One that a tool did not accept is not acknowledged: it is counted apart.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Protocol

import boto3
from peer.label_studio import TOKEN, LabelStudio, label_studio
from peer.network import Line, line_to
from peer.seats import BUCKET, FILE, choice_of
from peer.tools import ACCESS_KEY, REGION, SECRET_KEY, environment, find, service

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.labels.journal.history import history_of_image
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

IMAGES = 200
ROUNDS = 4
OFFLINE, KILLED = 1, 2
LABELS = {"Ann": "cat", "Ben": "dog"}
BEFORE = "bird"
SEAT = str(Path(__file__).parent / "peer" / "seats.py")


class Method(Protocol):
    """One way to keep labels.

    Attributes:
        address: of the service that it needs.
        more: what the environment of its processes needs besides.
    """

    address: str
    more: dict[str, str]

    def found(self, image: str) -> tuple[set[str], set[str]]:
        """Return the labels that show at the end, and those that at least left a trace."""


@dataclass(slots=True)
class Count:
    """What became of the labels of one method."""

    given: int = 0
    refused: int = 0
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    grid_controller: int = 0
    traced: int = 0
    lost: int = 0


def main() -> None:
    """Print one table."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    studio = find("label-studio")
    with ExitStack() as stack:
        name, endpoint = stack.enter_context(service())
        print(f"{images} images, {ROUNDS} rounds, {name}", end="")
        print("" if studio else "; left out: label-studio")
        names = [f"{number:04}.jpg" for number in range(images)]
        counts = {"cloudanno": _run("cloudanno", Ours(endpoint, names), names)}
        counts["file"] = _run("file", PlainFile(endpoint, names), names)
        if studio:
            server = stack.enter_context(label_studio(studio))
            counts["studio"] = _run("studio", Studio(server, names), names)
    print("\n             given  not accepted  acknowledged  show  only in history  lost")
    for method, count in counts.items():
        print(
            f"{method:12} {count.given:5} {count.refused:13} {len(count.acknowledged):13}"
            f" {count.grid_controller:5} {count.traced:16} {count.lost:5}"
        )


def had_a_label(number: int) -> bool:
    """Say whether an image had a label before everything began."""
    return number % 2 == 0


class Ours:
    """CloudAnno over S3."""

    def __init__(self, endpoint: str, images: list[str]) -> None:
        self.address = endpoint
        self.more: dict[str, str] = {}
        client = _client(endpoint)
        client.create_bucket(Bucket=BUCKET)
        for name in images:
            client.put_object(Bucket=BUCKET, Key=name, Body=b"photo")
        with self._open() as workspace:
            label = workspace.label_named(BEFORE).id
            ids = workspace.index.ids_of(images)
            old = [ids[name] for n, name in enumerate(images) if had_a_label(n)]
            workspace.apply(Assign((label,), tuple(old)))
            workspace.synchronise()

    def found(self, image: str) -> tuple[set[str], set[str]]:
        """Look with the eyes of a third person, who has only the bucket."""
        if not hasattr(self, "_seen"):
            self._seen = self._look()
        return self._seen[image]

    def _look(self) -> dict[str, tuple[set[str], set[str]]]:
        with self._open() as workspace:
            workspace.sync.fetch_history()
            names = {c.label.id: c.label.name for c in workspace.labels.labels()}
            rows = workspace.index.rows(workspace.index.all_ids().tolist())
            shown = workspace.labels.labels_of([row.id for row in rows])
            return {
                row.key: (
                    {names[label] for label in shown[row.id]},
                    {
                        names[label]
                        for entry in history_of_image(workspace.labels, row.id).entries
                        for label in getattr(entry.act, "labels", ())
                    },
                )
                for row in rows
            }

    @contextmanager
    def _open(self) -> Iterator[Workspace]:
        with tempfile.TemporaryDirectory() as home:
            os.environ.update(environment(self.address, Path(home)))
            place = parse_address(f"s3://{BUCKET}", Connection(endpoint_url=self.address))
            with Workspace.open(place, Settings()) as workspace:
                workspace.refresh()
                yield workspace


class PlainFile:
    """One annotation file, as older tools keep it; in the bucket of ``Ours``."""

    def __init__(self, endpoint: str, images: list[str]) -> None:
        self.address = endpoint
        self.more: dict[str, str] = {}
        self._client = _client(endpoint)
        old = {name: [{"label": BEFORE}] for n, name in enumerate(images) if had_a_label(n)}
        content = {"version": "1.0", "type": "classification", "labels": [], "annotations": old}
        self._client.put_object(Bucket=BUCKET, Key=FILE, Body=json.dumps(content).encode())

    def found(self, image: str) -> tuple[set[str], set[str]]:
        """Read the file; it has no history."""
        body = self._client.get_object(Bucket=BUCKET, Key=FILE)["Body"].read()
        entries = json.loads(body)["annotations"].get(image, [])
        return {entry["label"] for entry in entries}, set()


class Studio:
    """Label Studio with two users."""

    def __init__(self, server: LabelStudio, images: list[str]) -> None:
        self.address = server.address
        self._server = server
        self._project = server.new_project((BEFORE, *LABELS.values()))
        tokens = dict(zip(LABELS, (TOKEN, second_user(server)), strict=True))
        asked = [{"image": f"http://photos.invalid/{name}"} for name in images]
        path = f"projects/{self._project}/import?return_task_ids=true"
        ids = server.call("POST", path, asked)["task_ids"]
        self._tasks = dict(zip(images, ids, strict=True))
        annotations = {
            name: self._annotate(task)
            for number, (name, task) in enumerate(self._tasks.items())
            if had_a_label(number)
        }
        places = {"tokens": tokens, "tasks": self._tasks, "annotations": annotations}
        self.more = {"STUDIO": json.dumps(places)}

    def found(self, image: str) -> tuple[set[str], set[str]]:
        """Read all annotations of the image from the export; several count as showing."""
        if not hasattr(self, "_export"):
            path = f"projects/{self._project}/export?exportType=JSON"
            self._export = {task["id"]: task for task in self._server.call("GET", path)}
        task = self._export.get(self._tasks[image], {"annotations": []})
        found = [result for one in task["annotations"] for result in one["result"]]
        return {label for result in found for label in result["value"]["choices"]}, set()

    def _annotate(self, task: int) -> int:
        choice = {"result": [choice_of(BEFORE)]}
        return int(self._server.call("POST", f"tasks/{task}/annotations/", choice)["id"])


def second_user(server: LabelStudio) -> str:
    """Sign a second person up by the invitation of the first; return her token."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = server.address + server.call("GET", "invite")["invite_url"]
    browser.open(address).close()
    form = {
        "email": "ben@example.com",
        "password": "a password of a benchmark",
        "allow_newsletters": "false",
        "csrfmiddlewaretoken": next(c.value for c in jar if c.name == "csrftoken"),
    }
    body = urllib.parse.urlencode(form).encode()
    browser.open(urllib.request.Request(address, body, {"Referer": address})).close()
    with browser.open(f"{server.address}/api/current-user/token") as answer:
        return str(json.load(answer)["token"])


def _client(endpoint: str) -> Any:  # noqa: ANN401  boto3's client
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


class Collaborator:
    """One writer: the process in which she labels, and her network."""

    def __init__(self, name: str, method: str, way: Method, line: Line, home: Path) -> None:
        self._command = [sys.executable, SEAT, method, line.address, name]
        self._environment = {**environment(line.address, home), **way.more}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Open the tool."""
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._answer() != "ready":
            raise RuntimeError("a writer could not begin")

    def label(self, image: str, label: str) -> bool:
        """Give a label; say whether it was acknowledged."""
        assert self._process
        assert self._process.stdin
        self._process.stdin.write(f"{image}\t{label}\n")
        self._process.stdin.flush()
        return self._answer() == f"{image}\t{label}"

    def leave(self) -> None:
        """Close the tool in good order."""
        assert self._process
        self._process.communicate()
        if self._process.returncode:
            raise RuntimeError("a writer broke")

    def kill(self) -> None:
        """End the tool as a power cut does."""
        assert self._process
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process
        assert self._process.stdout
        return self._process.stdout.readline().rstrip("\n")


def _run(method: str, way: Method, images: list[str]) -> Count:
    count = Count()
    with ExitStack() as stack:
        lines = {name: stack.enter_context(line_to(way.address)) for name in LABELS}
        homes = {n: Path(stack.enter_context(tempfile.TemporaryDirectory())) for n in LABELS}
        collaborators = {n: Collaborator(n, method, way, lines[n], homes[n]) for n in LABELS}
        for number in range(ROUNDS):
            part = images[number * len(images) // ROUNDS : (number + 1) * len(images) // ROUNDS]
            _round(number, part, collaborators, lines["Ben"], count)
        for user in collaborators.values():  # everybody comes back once more
            user.start()
            user.leave()
    for image, label in count.acknowledged:
        shown, traced = way.found(image)
        count.grid_controller += label in shown
        count.traced += label in traced - shown
        count.lost += label not in shown | traced
    return count


def _round(
    number: int, part: list[str], collaborators: dict[str, Collaborator], line: Line, count: Count
) -> None:
    fifth = len(part) // 5
    own = {"Ann": part[: 2 * fifth], "Ben": part[2 * fifth : 4 * fifth]}
    lock = threading.Lock()
    for user in collaborators.values():
        user.start()
    if number == OFFLINE:
        line.cut()

    def work(name: str) -> None:
        needed = own[name] + part[4 * fifth :]
        for turn, image in enumerate(needed):
            if number == KILLED and name == "Ben" and turn == len(needed) // 2:
                collaborators[name].kill()
                collaborators[name].start()
            kept = collaborators[name].label(image, LABELS[name])
            with lock:
                count.given += 1
                count.refused += not kept
                count.acknowledged += [(image, LABELS[name])] if kept else []
        collaborators[name].leave()

    threads = [threading.Thread(target=work, args=(name,)) for name in collaborators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line.mend()


if __name__ == "__main__":
    main()
