"""Moves every picture of a project into a folder, and is killed at one step of it.

``python moving_child.py ADDRESS ENDPOINT MOMENT``
"""

import os
import signal
import sys

from cloudanno_desktop.bucket.bulk import objects_below
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.labels.move_images import Place, move_objects
from cloudanno_desktop.project_keys import is_image_key
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

TARGET = "moved/"


class Deadly:
    """A bucket at one of whose calls the process ends as by a power cut."""

    def __init__(self, bucket, moment):
        self._bucket = bucket
        self._moment = moment
        self._copies = 0

    def __getattr__(self, name):
        return getattr(self._bucket, name)

    def at(self, moment):
        if moment == self._moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def copy(self, source, target):
        self.at("before the first copy")
        copied = self._bucket.copy(source, target)
        self._copies += 1
        self.at(f"after copy {self._copies}")
        return copied

    def delete(self, keys):
        self.at("before the deletion")
        failures = self._bucket.delete(keys[:2])
        self.at("amid the deletion")
        failures += self._bucket.delete(keys[2:])
        self.at("after the deletion")
        return failures


def main(address, endpoint, moment):
    connection = Connection(endpoint_url=endpoint, addressing="path") if endpoint else None
    with Workspace.open(parse_address(address, connection), Settings()) as workspace:
        bucket = Deadly(workspace.bucket, moment)

        def push():
            bucket.at("after the labels")
            workspace.sync.push()
            bucket.at("after the journal")

        place = Place(bucket, workspace.index, workspace.labels, push)
        entries = [entry for entry in objects_below(workspace.bucket) if is_image_key(entry.key)]
        moves = [(entry, TARGET + entry.key) for entry in entries]
        report = move_objects(place, moves)
        bucket.at("at the end")
        sys.stdout.write(f"{len(report.moved)} moved, {len(report.failed)} failed")


main(*sys.argv[1:])
