"""What the window and the media process say to each other.

Every message is one frame: its length as four bytes, most significant first, then a msgpack map
with the message's name under ``type``. The window numbers its requests; answers carry that number.
Each request is closed by exactly one of ``Opened``, ``Finished``, ``Stopped`` and ``Failed``.
``WantThumbnails`` has no number: each one replaces the one before it.

Paths travel as the bytes of ``os.fsencode``, because a file name need not be valid Unicode.
"""

import struct
from collections.abc import Iterator
from typing import Literal

import msgspec

from cloudanno_desktop.bucket.address import ProjectAddress
from cloudanno_desktop.bucket.credentials import Secret

LENGTH = struct.Struct(">I")


class Message(msgspec.Struct, frozen=True, tag_field="type"):
    """One frame in either direction."""


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """One image as the window asks for it; ``etag`` and ``size`` are those of its index row."""

    id: int
    key: str
    etag: str
    size: int


class OpenProject(Message, frozen=True, tag="open_project"):
    """Open the one project that this process serves; always the first request.

    Attributes:
        database: path of the project's SQLite file, which the window has already opened.
        secret: never travels by argument list or environment.
    """

    request: int
    address: ProjectAddress
    database: bytes
    secret: Secret | None = None


class WantThumbnails(Message, frozen=True, tag="want_thumbnails"):
    """Ask for the thumbnails of what is on screen, most wanted first; drop what was asked before.

    Attributes:
        generation: comes back in each answer, so that a late one can be told.
        size_px: longest side of the thumbnail.
    """

    generation: int
    images: tuple[Picture, ...]
    size_px: int


class Scan(Message, frozen=True, tag="scan"):
    """Bring the index up to date with the bucket."""

    request: int


class Upload(Message, frozen=True, tag="upload"):
    """Upload the images among files and folders below ``prefix``."""

    request: int
    paths: tuple[bytes, ...]
    prefix: str = ""


class Download(Message, frozen=True, tag="download"):
    """Save images into a folder of the person."""

    request: int
    keys: tuple[str, ...]
    folder: bytes


class FetchOriginals(Message, frozen=True, tag="fetch_originals"):
    """Make the original files of images present on this machine, for training or a large view."""

    request: int
    images: tuple[Picture, ...]


class Cancel(Message, frozen=True, tag="cancel"):
    """End a request; it is closed by ``Stopped`` unless it was already done."""

    request: int


class Quit(Message, frozen=True, tag="quit"):
    """End the process as soon as its running work has stopped."""


Request = OpenProject | WantThumbnails | Scan | Upload | Download | FetchOriginals | Cancel | Quit


class Opened(Message, frozen=True, tag="opened"):
    """The project's bucket and index are in use; nothing was asked of the network yet."""

    request: int


class ThumbnailReady(Message, frozen=True, tag="thumbnail_ready"):
    """A small upright JPEG of an image, and the size of its upright original in pixels.

    Attributes:
        is_animated: the original moves; this is its first frame.
        is_preview: smaller than asked for; another answer follows while it is wanted.
    """

    id: int
    generation: int
    size_px: int
    jpeg: bytes
    width: int
    height: int
    source_width: int
    source_height: int
    is_animated: bool = False
    is_preview: bool = False


class ThumbnailFailed(Message, frozen=True, tag="thumbnail_failed"):
    """There is no thumbnail.

    Attributes:
        reason: one sentence for the person.
        is_unreadable: the picture itself is at fault, so asking again is of no use.
    """

    id: int
    generation: int
    size_px: int
    reason: str
    is_unreadable: bool


class Progressed(Message, frozen=True, tag="progressed"):
    """``done`` of ``total`` units of a request; at most ten a second."""

    request: int
    done: int
    total: int | None
    text: str = ""


class FileUploaded(Message, frozen=True, tag="file_uploaded"):
    """One file is in the bucket and in the index.

    Attributes:
        path: the local file, spelled as the upload found it.
        image_id: its row in the index.
    """

    request: int
    path: bytes
    key: str
    size: int
    etag: str
    modified_s: float
    image_id: int


class ItemFailure(msgspec.Struct, frozen=True, array_like=True):
    """One file or key of a request that was left out, and why."""

    name: str
    reason: str


class ScanFinished(Message, frozen=True, tag="scan_finished"):
    """What a scan found; ``images`` is the number now in the index."""

    new: int
    changed: int
    vanished: int
    images: int
    seconds: float


class TransferFinished(Message, frozen=True, tag="transfer_finished"):
    """What an upload or a download did; ``skipped`` were already there with the same bytes."""

    done: int
    skipped: int
    failed: tuple[ItemFailure, ...] = ()


class OriginalFile(msgspec.Struct, frozen=True, array_like=True):
    """One original on this machine; ``digest`` is the blake2b-256 of its bytes, hex."""

    id: int
    path: bytes
    digest: str


class OriginalsFetched(Message, frozen=True, tag="originals_fetched"):
    """The originals that are now on this machine, and those that could not be had."""

    files: tuple[OriginalFile, ...]
    failed: tuple[ItemFailure, ...] = ()


Report = ScanFinished | TransferFinished | OriginalsFetched


class Finished(Message, frozen=True, tag="finished"):
    """A request is done."""

    request: int
    report: Report


class Stopped(Message, frozen=True, tag="stopped"):
    """A request ended because it was cancelled."""

    request: int


class Failed(Message, frozen=True, tag="failed"):
    """A request ended with an error.

    Attributes:
        kind: ``error`` for the world (the message is for the person), ``offline`` where the
            storage cannot be reached, ``bug`` for anything else.
        message: one sentence; for a bug the trace.
    """

    request: int
    kind: Literal["error", "offline", "bug"]
    message: str


Answer = (
    Opened
    | ThumbnailReady
    | ThumbnailFailed
    | Progressed
    | FileUploaded
    | Finished
    | Stopped
    | Failed
)

_request_decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answer_decoder: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def encode_frame(message: Request | Answer) -> bytes:
    """Return one message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def decode_request(body: bytes) -> Request:
    """Read the body of a frame from the window. Raises ``msgspec.MsgspecError``."""
    return _request_decoder.decode(body)


def decode_answer(body: bytes) -> Answer:
    """Read the body of a frame from the media process. Raises ``msgspec.MsgspecError``."""
    return _answer_decoder.decode(body)


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
