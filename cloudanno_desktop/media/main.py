"""The media process: everything in bulk that touches pictures or the network, out of the window.

It is a low-priority child of the window. Commands come as frames on standard input, replies go out
as frames on a duplicate of standard output, so that a library's ``print`` cannot spoil them. It
serves one project and ends when standard input ends, because then the window is gone.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from typing import BinaryIO

from cloudanno_desktop.bucket.usage.meter import METER
from cloudanno_desktop.media.replies import Replies
from cloudanno_desktop.media.server import MediaServer
from cloudanno_desktop.media.usage_reporter import UsageReporter
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.media_messages.frames import split_frames

CHUNK_BYTES = 1 << 16
NICENESS = 10


def main() -> int:
    """Serve the window until standard input ends; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the window, which then ends us
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    replies = Replies(os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server = MediaServer(replies)
    event_writer = UsageReporter(METER, replies)
    gc.freeze()  # what is loaded by now stays, and is not looked through again and again
    for frame in _frames(sys.stdin.buffer):
        command = commands.decode_command(frame)
        if isinstance(command, commands.Quit):
            break
        server.take(command)
    have_ended = server.close()
    event_writer.close()
    if not have_ended:
        os._exit(0)  # a thread waits for the network; every write is atomic, so nothing is lost
    return 0


def _frames(stream: BinaryIO) -> Iterator[bytes]:
    buffer = bytearray()
    while chunk := os.read(stream.fileno(), CHUNK_BYTES):
        yield from split_frames(buffer, chunk)
