"""What the window sends to the media process.

The window numbers the work that it starts; replies carry that number. ``WantThumbnails`` has no
number: each one replaces the one before it. Nor has what steers transfers: they live on in the
queue, and ``TransferChanged`` reports their progress.
"""

from typing import Literal

import msgspec

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.media_messages.frames import Frame
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.model import Existing


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """One image as the window asks for it; ``etag`` and ``size`` are those of its index row."""

    id: int
    key: str
    etag: str
    size: int


class Prepare(Frame, frozen=True, tag="prepare"):
    """Load what a project of a service needs; sent before anybody has chosen one."""


class OpenProject(Frame, frozen=True, tag="open_project"):
    """Open the one project that this process serves; only settings come before it."""

    request: int
    address: ProjectAddress
    database: bytes  # path of the project's SQLite file, which the window has already opened
    secret: Secret | None = None  # never travels by argument list or environment


class WantThumbnails(Frame, frozen=True, tag="want_thumbnails"):
    """Request the thumbnails on screen, most wanted first; drop earlier requests."""

    generation: int  # comes back in each reply, to recognize late ones
    images: tuple[Picture, ...]
    size_px: int


class Scan(Frame, frozen=True, tag="scan"):
    """Bring the index up to date with the bucket."""


class Upload(Frame, frozen=True, tag="upload"):
    """Put the images among files and folders into the queue, to go below ``prefix``."""

    paths: tuple[bytes, ...]
    prefix: str = ""
    labels: tuple[str, ...] = ()  # ids of the labels that they get once they are in the bucket
    title: str = ""
    existing: Existing = Existing.RENAME  # what to do with a name that other bytes have


class Download(Frame, frozen=True, tag="download"):
    """Put images into the queue, to be saved into a folder of the user."""

    keys: tuple[str, ...]
    folder: bytes
    title: str = ""
    existing: Existing = Existing.RENAME


class ControlBatch(Frame, frozen=True, tag="steer_transfers"):
    """Pause, resume, retry or cancel a batch of the queue.

    Attributes:
        act: ``network`` means that something else has just reached the storage.
        transfer: one file to try again; 0 for all that failed.
    """

    act: Literal["pause", "resume", "cancel", "retry", "clear", "network"]
    batch: int = 0
    transfer: int = 0


class ResolveExisting(Frame, frozen=True, tag="answer_taken"):
    """What the user chose for a name that is taken, or for all of the batch."""

    batch: int
    transfer: int
    existing: Existing
    for_all: bool = False


class UseSettings(Frame, frozen=True, tag="use_settings"):
    """Work by these settings from now on; comes before ``OpenProject`` and at each change."""

    settings: Settings


class FetchOriginals(Frame, frozen=True, tag="fetch_originals"):
    """Make the original files of images present on this machine, for training or a large view."""

    images: tuple[Picture, ...]


class KeepOffline(Frame, frozen=True, tag="keep_offline"):
    """Let this computer hold exactly the originals of the folders that the index names."""


class WriteFiles(Frame, frozen=True, tag="write_files"):
    """Write the annotation files, and a snapshot if the journal has grown enough."""

    closing: bool = False  # no user waits, so a snapshot is worth writing sooner


Work = Scan | Upload | Download | FetchOriginals | KeepOffline | WriteFiles


class Start(Frame, frozen=True, tag="start"):
    """Do this work; replies to it carry the number of the request."""

    request: int
    work: Work


class Cancel(Frame, frozen=True, tag="cancel"):
    """End a request; it is closed by ``Stopped`` unless it was already done."""

    request: int


class Quit(Frame, frozen=True, tag="quit"):
    """End the process as soon as its running work has stopped."""


Steering = ControlBatch | ResolveExisting


Command = Prepare | UseSettings | OpenProject | Start | Cancel | WantThumbnails | Steering | Quit


_command_decoder: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)


def decode_command(body: bytes) -> Command:
    """Read the body of a frame from the window. Raises ``msgspec.MsgspecError``."""
    return _command_decoder.decode(body)
