"""A media process without pictures: it answers at once, and dies when it is asked for ``die``."""

import os
import sys

from cloudanno_desktop.media_messages import (
    Cancel,
    Finished,
    Opened,
    OpenProject,
    Progressed,
    Quit,
    Scan,
    ScanFinished,
    Stopped,
    ThumbnailFailed,
    ThumbnailReady,
    WantThumbnails,
    decode_request,
    encode_frame,
    split_frames,
)


def answers(request):
    match request:
        case OpenProject():
            if request.address.location == "/dies":
                die()
            yield Opened(request.request)
        case Scan():
            if os.environ.get("MEDIA_CHILD_WAITS"):
                return
            yield Progressed(request.request, 1, 2, "half")
            yield Finished(request.request, ScanFinished(1, 0, 0, 1, 0.1))
        case Cancel():
            yield Stopped(request.request)
        case WantThumbnails():
            for picture in request.images:
                yield thumbnail(request, picture)


def thumbnail(request, picture):
    if picture.key == "die":
        die()
    if picture.key == "garbage":
        os.write(1, b"\x00\x00\x00\x01\xff")
    px = request.size_px
    if picture.key == "bad":
        return ThumbnailFailed(picture.id, request.generation, px, "It is cut off.", True)
    return ThumbnailReady(picture.id, request.generation, px, b"jpeg", px, px, 2 * px, 2 * px)


def die():
    sys.stderr.write("out of luck\n")
    sys.stderr.flush()
    os._exit(3)


def main():
    buffer = bytearray()
    while chunk := os.read(0, 65536):
        for body in split_frames(buffer, chunk):
            request = decode_request(body)
            if isinstance(request, Quit):
                return
            for answer in answers(request):
                os.write(1, encode_frame(answer))


main()
