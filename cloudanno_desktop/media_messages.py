"""What the window and the media process say to each other.

Every message is one frame: its length as four bytes, most significant first, then a msgpack map
with the message's name under ``type``. The window numbers the work that it starts; replies carry
that number, and exactly one of ``Finished``, ``Stopped`` and ``Failed`` closes it.
``WantThumbnails`` has no number: each one replaces the one before it. Nor has what steers
transfers: they live on in the queue, and ``TransferChanged`` tells of them.

Paths travel as the bytes of ``os.fsencode``, because a file name need not be valid Unicode.
"""

import struct
from collections.abc import Iterator
from typing import Literal

import msgspec

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.transfers.model import BatchStatus, Existing

LENGTH = struct.Struct(">I")


class Message(msgspec.Struct, frozen=True, tag_field="type"):
    """One frame in either direction."""


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """One image as the window asks for it; ``etag`` and ``size`` are those of its index row."""

    id: int
    key: str
    etag: str
    size: int


class Prepare(Message, frozen=True, tag="prepare"):
    """Load what a project of a service needs; sent before anybody has chosen one."""


class OpenProject(Message, frozen=True, tag="open_project"):
    """Open the one project that this process serves; nothing but ``Prepare`` comes before it.

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


class Upload(Message, frozen=True, tag="upload"):
    """Put the images among files and folders into the queue, to go below ``prefix``.

    Attributes:
        labels: ids of the labels that they get once they are in the bucket.
        title: what the person reads in the list.
        existing: what to do with a name that other bytes have.
    """

    paths: tuple[bytes, ...]
    prefix: str = ""
    labels: tuple[str, ...] = ()
    title: str = ""
    existing: Existing = Existing.RENAME


class Download(Message, frozen=True, tag="download"):
    """Put images into the queue, to be saved into a folder of the person."""

    keys: tuple[str, ...]
    folder: bytes
    title: str = ""
    existing: Existing = Existing.RENAME


class SteerTransfers(Message, frozen=True, tag="steer_transfers"):
    """Let a batch of the queue rest, go on, be tried again or be given up.

    Attributes:
        act: ``network`` tells that something else has just reached the storage.
        batch: 0 for all.
        transfer: one file to try again; 0 for all that failed.
    """

    act: Literal["pause", "resume", "cancel", "retry", "clear", "network"]
    batch: int = 0
    transfer: int = 0


class AnswerTaken(Message, frozen=True, tag="answer_taken"):
    """What the person chose for a name that is taken, or for all of the batch."""

    batch: int
    transfer: int
    existing: Existing
    for_all: bool = False


class UseTerms(Message, frozen=True, tag="use_terms"):
    """Move so many files at a time; at most so many 1000 bytes a second, 0 for no bound."""

    parallel: int
    upload_kb_s: int = 0
    download_kb_s: int = 0


class FetchOriginals(Message, frozen=True, tag="fetch_originals"):
    """Make the original files of images present on this machine, for training or a large view."""

    images: tuple[Picture, ...]


class KeepOffline(Message, frozen=True, tag="keep_offline"):
    """Let this computer hold exactly the originals of the folders that the index names."""


class WriteFiles(Message, frozen=True, tag="write_files"):
    """Write the annotation files, and a snapshot if the journal has grown enough.

    Attributes:
        closing: nobody waits any more, so that a snapshot is worth its writing sooner.
    """

    closing: bool = False


Work = Scan | Upload | Download | FetchOriginals | KeepOffline | WriteFiles


class Start(Message, frozen=True, tag="start"):
    """Do this work; replies to it carry the number of the request."""

    request: int
    work: Work


class Cancel(Message, frozen=True, tag="cancel"):
    """End a request; it is closed by ``Stopped`` unless it was already done."""

    request: int


class Quit(Message, frozen=True, tag="quit"):
    """End the process as soon as its running work has stopped."""


Steering = SteerTransfers | AnswerTaken | UseTerms
Command = Prepare | OpenProject | Start | Cancel | WantThumbnails | Steering | Quit


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


class FilesUploaded(Message, frozen=True, tag="files_uploaded"):
    """Files of a batch are in the bucket and in the index.

    Attributes:
        image_ids: their rows in the index.
        has_labels: they wait in the queue for their labels.
    """

    batch: int
    image_ids: tuple[int, ...]
    has_labels: bool


class TransferChanged(Message, frozen=True, tag="transfer_changed"):
    """How far a batch of the queue is; at most ten times a second."""

    status: BatchStatus


class ItemFailure(msgspec.Struct, frozen=True, array_like=True):
    """One file or key of a request that was left out, and why."""

    name: str
    reason: str


class Opened(Message, frozen=True, tag="opened"):
    """The project's bucket and index are in use; nothing was asked of the network yet."""


class ScanFinished(Message, frozen=True, tag="scan_finished"):
    """What a scan found; ``images`` is the number now in the index."""

    new: int
    changed: int
    vanished: int
    images: int
    seconds: float


class TransferQueued(Message, frozen=True, tag="transfer_queued"):
    """The files are in the queue on disk; ``TransferChanged`` tells of the batch from now on."""

    batch: int


class OriginalFile(msgspec.Struct, frozen=True, array_like=True):
    """One original on this machine; ``digest`` is the blake2b-256 of its bytes, hex."""

    id: int
    path: bytes
    digest: str


class OriginalsFetched(Message, frozen=True, tag="originals_fetched"):
    """The originals that are now on this machine, and those that could not be had."""

    files: tuple[OriginalFile, ...]
    failed: tuple[ItemFailure, ...] = ()


class KeptOffline(Message, frozen=True, tag="kept_offline"):
    """The originals that this computer holds, and those that could not be had."""

    images: int
    bytes: int
    failed: tuple[ItemFailure, ...] = ()


class FilesWritten(Message, frozen=True, tag="files_written"):
    """The files say what the labels are; ``written``: one of them said something else before."""

    written: bool


Report = Opened | ScanFinished | TransferQueued | OriginalsFetched | KeptOffline | FilesWritten


class StorageUsed(Message, frozen=True, tag="storage_used"):
    """What was asked of object storage since the last message of this kind."""

    usage: Usage


class Finished(Message, frozen=True, tag="finished"):
    """A request is done."""

    request: int
    report: Report


class Stopped(Message, frozen=True, tag="stopped"):
    """A request ended because it was cancelled."""

    request: int


FailureKind = Literal["error", "offline", "bug"]


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """An error.

    Attributes:
        kind: ``error`` for the world (the message is for the user), ``offline`` where the
            storage cannot be reached, ``bug`` for anything else.
        message: one sentence; for a bug the trace.
    """

    kind: FailureKind
    message: str


class Failed(Message, frozen=True, tag="failed"):
    """A request ended with an error."""

    request: int
    failure: Failure


class TransfersFailed(Message, frozen=True, tag="transfers_failed"):
    """The queue of transfers met an error that belongs to no request."""

    failure: Failure


Reply = (
    ThumbnailReady
    | ThumbnailFailed
    | FilesUploaded
    | TransferChanged
    | TransfersFailed
    | StorageUsed
    | Progressed
    | Finished
    | Stopped
    | Failed
)

_command_decoder: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_reply_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def encode_frame(message: Command | Reply) -> bytes:
    """Return one message with its length before it."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def decode_command(body: bytes) -> Command:
    """Read the body of a frame from the window. Raises ``msgspec.MsgspecError``."""
    return _command_decoder.decode(body)


def decode_reply(body: bytes) -> Reply:
    """Read the body of a frame from the media process. Raises ``msgspec.MsgspecError``."""
    return _reply_decoder.decode(body)


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
