"""A media process without pictures: it answers at once, and dies when it is asked for ``die``."""

import os
import sys
from pathlib import Path

from cloudanno_desktop.media_messages.commands import (
    Cancel,
    OpenProject,
    Quit,
    Scan,
    Start,
    WantThumbnails,
    decode_command,
)
from cloudanno_desktop.media_messages.frames import encode_frame, split_frames
from cloudanno_desktop.media_messages.replies import (
    Finished,
    Opened,
    Progressed,
    ScanFinished,
    Stopped,
    ThumbnailFailed,
    ThumbnailReady,
)


def replies(command):
    match command:
        case OpenProject():
            if command.address.location == "/dies":
                die()
            yield Finished(command.request, Opened())
        case Start(work=Scan()):
            if os.environ.get("MEDIA_CHILD_WAITS"):
                return
            yield Progressed(command.request, 1, 2, "half")
            yield Finished(command.request, ScanFinished(1, 0, 0, 1, 0.1))
        case Cancel():
            yield Stopped(command.request)
        case WantThumbnails():
            for picture in command.images:
                yield thumbnail(command, picture)


def thumbnail(command, picture):
    if picture.key == "die":
        die()
    if picture.key == "garbage":
        os.write(1, b"\x00\x00\x00\x01\xff")
    px = command.size_px
    if picture.key == "bad":
        return ThumbnailFailed(picture.id, command.generation, px, "It is cut off.", True)
    return ThumbnailReady(picture.id, command.generation, px, b"jpeg", px, px, 2 * px, 2 * px)


def die():
    sys.stderr.write("out of luck\n")
    sys.stderr.flush()
    os._exit(3)


def main():
    buffer = bytearray()
    while chunk := os.read(0, 65536):
        for body in split_frames(buffer, chunk):
            command = decode_command(body)
            if isinstance(command, Quit):
                return
            if log := os.environ.get("MEDIA_CHILD_LOG"):
                with Path(log).open("a") as file:
                    file.write(f"{type(command).__name__}\n")
            for reply in replies(command):
                os.write(1, encode_frame(reply))


main()
