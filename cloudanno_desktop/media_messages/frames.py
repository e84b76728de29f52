"""How a message travels between the window and the media process: one frame.

A frame is its length as four bytes, most significant first, then a msgpack map with the message's
name under ``type``. Paths travel as the bytes of ``os.fsencode``, because a file name need not be
valid Unicode.
"""

import struct
from collections.abc import Iterator

import msgspec

LENGTH = struct.Struct(">I")


class Frame(msgspec.Struct, frozen=True, tag_field="type"):
    """One frame in either direction."""


def encode_frame(message: Frame) -> bytes:
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def split_frames(buffer: bytearray, chunk: bytes) -> Iterator[bytes]:
    """Add a chunk of bytes to ``buffer`` and take the body of every complete frame out of it."""
    buffer += chunk
    while len(buffer) >= LENGTH.size:
        end = LENGTH.size + LENGTH.unpack_from(buffer)[0]
        if len(buffer) < end:
            return
        body = bytes(buffer[LENGTH.size : end])
        del buffer[:end]
        yield body
