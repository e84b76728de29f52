"""What the media process sends to the window.

Exactly one of ``Finished``, ``Stopped`` and ``RequestFailed`` closes a request.
"""

from typing import Literal

import msgspec

from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.media_messages.frames import Frame
from cloudanno_desktop.transfers.model import BatchStatus


class ThumbnailReady(Frame, frozen=True, tag="thumbnail_ready"):
    """A small upright JPEG of an image, and the size of its upright original in pixels."""

    id: int
    generation: int
    size_px: int
    jpeg: bytes
    width: int
    height: int
    source_width: int
    source_height: int
    is_animated: bool = False  # the original moves; this is its first frame
    is_preview: bool = False  # a placeholder; another reply follows while it is wanted


class ThumbnailFailed(Frame, frozen=True, tag="thumbnail_failed"):
    id: int
    generation: int
    size_px: int
    reason: str  # one sentence for the user
    is_unreadable: bool  # the picture itself is at fault, so asking again is of no use


class Progressed(Frame, frozen=True, tag="progressed"):
    """``done`` of ``total`` units of a request; at most ten a second."""

    request: int
    done: int
    total: int | None
    text: str = ""


class FilesUploaded(Frame, frozen=True, tag="files_uploaded"):
    """Files of a batch are in the bucket and in the index."""

    batch: int
    image_ids: tuple[int, ...]
    has_labels: bool  # they wait in the queue for their labels


class TransferChanged(Frame, frozen=True, tag="transfer_changed"):
    """How far a batch of the queue is; at most ten times a second."""

    status: BatchStatus


class ItemFailure(msgspec.Struct, frozen=True, array_like=True):
    name: str
    reason: str


class Opened(Frame, frozen=True, tag="opened"):
    """The project's bucket and index are in use; no network request was made yet."""


class ScanFinished(Frame, frozen=True, tag="scan_finished"):
    """What a scan found; ``images`` is the number now in the index."""

    new: int
    changed: int
    vanished: int
    images: int
    seconds: float


class TransferQueued(Frame, frozen=True, tag="transfer_queued"):
    """The files are in the queue on disk; ``TransferChanged`` reports on the batch from now on."""

    batch: int


class OriginalFile(msgspec.Struct, frozen=True, array_like=True):
    """One original on this machine; ``digest`` is the blake2b-256 of its bytes, hex."""

    id: int
    path: bytes
    digest: str


class OriginalsFetched(Frame, frozen=True, tag="originals_fetched"):
    """The originals that are now on this machine, and those that could not be had."""

    files: tuple[OriginalFile, ...]
    failed: tuple[ItemFailure, ...] = ()


class OfflineStatus(Frame, frozen=True, tag="kept_offline"):
    """The originals that this computer holds, and those that could not be had."""

    images: int
    bytes: int
    failed: tuple[ItemFailure, ...] = ()


class FilesWritten(Frame, frozen=True, tag="files_written"):
    """The files say what the labels are; ``written``: one of them said something else before."""

    written: bool


Report = Opened | ScanFinished | TransferQueued | OriginalsFetched | OfflineStatus | FilesWritten


class StorageUsed(Frame, frozen=True, tag="storage_used"):
    """The storage requests since the last message of this kind."""

    usage: Usage


class Finished(Frame, frozen=True, tag="finished"):
    request: int
    report: Report


class Stopped(Frame, frozen=True, tag="stopped"):
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


class RequestFailed(Frame, frozen=True, tag="failed"):
    request: int
    failure: Failure


class TransfersFailed(Frame, frozen=True, tag="transfers_failed"):
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
    | RequestFailed
)


_reply_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def decode_reply(body: bytes) -> Reply:
    """Read the body of a frame from the media process. Raises ``msgspec.MsgspecError``."""
    return _reply_decoder.decode(body)
