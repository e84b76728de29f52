"""Who labels: one process that gives labels in one of three ways, until its input ends.

Usage: python seats.py METHOD ADDRESS WRITER

Each line of the input is ``image<TAB>label``. Each line of the output is the same line again, as
soon as the method has told the writer that the label is kept; a label that was not accepted is
answered by ``refused``. The end of the input is the end of the work: what waits is sent.
"""

import json
import os
import sys
from pathlib import Path
from urllib.error import URLError

sys.path.insert(0, str(Path(__file__).parents[1]))

import boto3
import botocore.exceptions
from botocore.config import Config
from peer.label_studio import LabelStudio
from peer.tools import ACCESS_KEY, REGION, SECRET_KEY

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

BUCKET = "labels"
FILE = "_annotations.json"
SYNC_EVERY = 5


class OurSeat:
    """CloudAnno: kept on this computer first, then sent."""

    def __init__(self, address: str, writer: str) -> None:
        place = parse_address(f"s3://{BUCKET}", Connection(endpoint_url=address))
        self._workspace = Workspace.open(place, Settings(author=writer))
        self._given = 0
        self._try(self._workspace.refresh)

    def label(self, image: str, label: str) -> bool:
        """Give a label; every fifth is followed by an exchange."""
        label_id = self._workspace.label_named(label).id
        image_id = self._workspace.index.ids_of([image])[image]
        self._workspace.apply(Assign((label_id,), (image_id,)))
        self._given += 1
        return True

    def rest(self) -> None:
        """Exchange labels, if the network is there."""
        if self._given % SYNC_EVERY == 0:
            self._try(self._workspace.synchronise)

    def close(self) -> None:
        """Exchange labels for the last time."""
        self._try(self._workspace.synchronise)
        self._workspace.close()

    def _try(self, work: object) -> None:
        try:
            work()  # type: ignore[operator]  # a method without arguments
        except CloudAnnoError:
            return  # next time


class FileSeat:
    """One file for all: read, changed, and written back whole without any condition."""

    def __init__(self, address: str, writer: str) -> None:
        self._client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def label(self, image: str, label: str) -> bool:
        """Give a label."""
        try:
            body = self._client.get_object(Bucket=BUCKET, Key=FILE)["Body"].read()
            content = json.loads(body)
            content["annotations"][image] = [{"label": label}]
            self._client.put_object(Bucket=BUCKET, Key=FILE, Body=json.dumps(content).encode())
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            return False
        return True

    def rest(self) -> None:
        """Do nothing: every label is sent at once."""

    def close(self) -> None:
        """Do nothing."""


class StudioSeat:
    """Label Studio: an annotation that is there is changed, else one of the own is made."""

    def __init__(self, address: str, writer: str) -> None:
        places = json.loads(os.environ["STUDIO"])
        self._server = LabelStudio(address, places["tokens"][writer])
        self._tasks: dict[str, int] = places["tasks"]
        self._annotations: dict[str, int] = places["annotations"]

    def label(self, image: str, label: str) -> bool:
        """Give a label."""
        choice = {"result": [choice_of(label)]}
        there = self._annotations.get(image)
        try:
            if there:
                self._server.call("PATCH", f"annotations/{there}/", choice)
            else:
                self._server.call("POST", f"tasks/{self._tasks[image]}/annotations/", choice)
        except (URLError, OSError):
            return False
        return True

    def rest(self) -> None:
        """Do nothing: every label is sent at once."""

    def close(self) -> None:
        """Do nothing."""


def choice_of(label: str) -> dict[str, object]:
    """Return one label as Label Studio's results have it."""
    value = {"choices": [label]}
    return {"from_name": "label", "to_name": "image", "type": "choices", "value": value}


SEATS = {"cloudanno": OurSeat, "file": FileSeat, "studio": StudioSeat}


def main() -> None:
    """Label what the input says."""
    method, address, writer = sys.argv[1:]
    seat = SEATS[method](address, writer)
    print("ready", flush=True)
    for line in sys.stdin:
        image, label = line.rstrip("\n").split("\t")
        kept = seat.label(image, label)
        print(line.rstrip("\n") if kept else "refused", flush=True)
        seat.rest()
    seat.close()


if __name__ == "__main__":
    main()
