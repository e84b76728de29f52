"""A real media process and the window's end of its pipes."""

import io
import os
import queue
import subprocess
import sys
import threading

import pytest
from PIL import Image

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.schema import PROJECT_MIGRATIONS
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.media_messages import replies as messages
from cloudanno_desktop.media_messages.frames import encode_frame, split_frames

PATIENCE_S = 60


class MediaProcess:
    """Sends requests and takes replies, as the window does."""

    def __init__(self, command):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment | {"AWS_EC2_METADATA_DISABLED": "true"},
        )
        self.replies = queue.Queue()
        self._last_number = 10
        self.errors = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._hear)]
        for thread in self._threads:
            thread.start()

    def send(self, *commands):
        for command in commands:
            self.process.stdin.write(encode_frame(command))
        self.process.stdin.flush()

    def take(self, kind):
        """Return the next reply of that kind."""
        while True:
            reply = self.replies.get(timeout=PATIENCE_S)
            if isinstance(reply, kind):
                return reply

    def start(self, work):
        """Start work; return the number of the request."""
        self._last_number += 1
        self.send(commands.Start(self._last_number, work))
        return self._last_number

    def finish(self, work):
        """Have work done; return its report and the replies before it."""
        request = self.start(work)
        status_changed = []
        while True:
            reply = self.replies.get(timeout=PATIENCE_S)
            if isinstance(reply, messages.Finished) and reply.request == request:
                return reply.report, status_changed
            assert not isinstance(reply, messages.RequestFailed | messages.Stopped), reply
            status_changed.append(reply)

    def close(self):
        """Close standard input, as a window that ends; return the exit code."""
        self.process.stdin.close()
        code = self.process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def _read(self):
        buffer = bytearray()
        while chunk := os.read(self.process.stdout.fileno(), 1 << 16):
            for body in split_frames(buffer, chunk):
                self.replies.put(messages.decode_reply(body))

    def _hear(self):
        self.errors.extend(self.process.stderr)


@pytest.fixture
def start(home):
    processes = []

    def start(command=(sys.executable, "-m", "cloudanno_desktop", "media")):
        processes.append(MediaProcess(list(command)))
        return processes[-1]

    yield start
    for process in processes:
        if not process.process.stdout.closed:
            process.process.kill()
            process.close()


@pytest.fixture
def index(tmp_path):
    """The project's index as the window holds it."""
    database = Database(tmp_path / "project.db", PROJECT_MIGRATIONS)
    yield ImageIndex(database)
    database.close()


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def jpeg():
    def jpeg(width=64):
        body = io.BytesIO()
        Image.new("RGB", (width, 40), (9, 99, 199)).save(body, "JPEG")
        return body.getvalue()

    return jpeg


@pytest.fixture
def open_request(index):
    def open_request(location, request=1, connection=None, secret=None):
        address = parse_address(str(location), connection)
        path = os.fsencode(index.database.path)
        return commands.OpenProject(request, address, path, secret)

    return open_request


@pytest.fixture
def opened(start, open_request, photos):
    """A media process that serves the folder of photos."""
    media = start()
    media.send(open_request(photos))
    assert media.take(messages.Reply) == messages.Finished(1, messages.Opened())
    return media
