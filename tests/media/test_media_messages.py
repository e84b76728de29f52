"""Frames: what goes in comes out, however the pipe cuts it."""

from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.usage.usage import RequestKind, Tally, Usage
from cloudanno_desktop.media_messages.commands import (
    Cancel,
    ControlBatch,
    Download,
    FetchOriginals,
    KeepOffline,
    OpenProject,
    Picture,
    Quit,
    ResolveExisting,
    Scan,
    Start,
    Upload,
    UseSettings,
    WantThumbnails,
    decode_command,
)
from cloudanno_desktop.media_messages.frames import encode_frame, split_frames
from cloudanno_desktop.media_messages.replies import (
    Failure,
    FilesUploaded,
    Finished,
    ItemFailure,
    OfflineStatus,
    Opened,
    OriginalFile,
    OriginalsFetched,
    Progressed,
    RequestFailed,
    ScanFinished,
    Stopped,
    StorageUsed,
    ThumbnailFailed,
    ThumbnailReady,
    TransferChanged,
    TransferQueued,
    TransfersFailed,
    decode_reply,
)
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.model import (
    Asked,
    BatchState,
    BatchStatus,
    Direction,
    Problem,
    Question,
)

ADDRESS = ProjectAddress("s3://photos/a b", Connection(name="home", endpoint_url="https://s3"))

PICTURE = Picture(7, "猫/🐈 x//y.jpg", "etag", 2**40)

COMMANDS = [
    OpenProject(1, ADDRESS, b"/tmp/\xff.db", Secret("a secret", "token")),
    WantThumbnails(3, (PICTURE, PICTURE), 160),
    Start(2, Scan()),
    Start(3, Upload((b"/\xff\xfe", b"/b"), "in/", ("label",), "Upload 2", "ask")),
    Start(4, Download(("a", "b"), b"/x")),
    ControlBatch("retry", 2, 9),
    ResolveExisting(2, 9, "overwrite", for_all=True),
    UseSettings(Settings(parallel_transfers=8, upload_limit_kb_s=100)),
    Start(5, FetchOriginals((PICTURE,))),
    Start(6, KeepOffline()),
    Cancel(3),
    Quit(),
]
REPLIES = [
    Finished(1, Opened()),
    ThumbnailReady(7, 3, 160, b"\xff\xd8" * 5000, 160, 120, 4000, 3000),
    ThumbnailFailed(7, 3, 160, "cut off", is_unreadable=True),
    Progressed(2, 5, None, "x"),
    FilesUploaded(3, (9, 10), has_labels=True),
    TransferChanged(
        BatchStatus(3, Direction.UP, "Upload 2", BatchState.ASKING, "", 9, 1, 2, 3, 90, 50)
    ),
    TransferChanged(
        BatchStatus(
            id=3,
            direction=Direction.DOWN,
            title="Download 2",
            state=BatchState.HELD,
            reason="full",
            files=9,
            done=1,
            skipped=2,
            failed=3,
            bytes=90,
            done_bytes=50,
            problems=(Problem(7, "a", "b"),),
            asked=Asked(7, Question("a", 5, None, 6, datetime(1970, 1, 2, tzinfo=UTC))),
        )
    ),
    StorageUsed(Usage({RequestKind.LIST: Tally(112, 0, 9000), RequestKind.PUT: Tally(2, 70, 0)})),
    Finished(2, ScanFinished(1, 2, 3, 4, 0.5)),
    Finished(3, TransferQueued(1)),
    Finished(5, OriginalsFetched((OriginalFile(7, b"/o", "00"),), (ItemFailure("a", "b"),))),
    Finished(6, OfflineStatus(3, 2**40, (ItemFailure("a", "b"),))),
    Stopped(4),
    RequestFailed(6, Failure("bug", "trace")),
    TransfersFailed(Failure("error", "full")),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_commandcomes_through(command):
    (body,) = split_frames(bytearray(), encode_frame(command))

    assert decode_command(body) == command


@pytest.mark.parametrize("reply", REPLIES)
def test_every_reply_comes_through(reply):
    (body,) = split_frames(bytearray(), encode_frame(reply))

    assert decode_reply(body) == reply


@given(cuts=st.lists(st.integers(0, 12_000), max_size=12))
def test_frames_survive_any_cut(cuts):
    stream = b"".join(encode_frame(reply) for reply in REPLIES)
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    buffer = bytearray()

    status_changed = [
        decode_reply(body)
        for start, end in pairwise(edges)
        for body in split_frames(buffer, stream[start:end])
    ]

    assert status_changed == REPLIES
    assert not buffer


def test_a_reply_is_no_command():
    (body,) = split_frames(bytearray(), encode_frame(Stopped(1)))

    with pytest.raises(msgspec.ValidationError):
        decode_command(body)


def test_the_secret_is_not_shown_in_a_trace():
    assert "a secret" not in repr(COMMANDS[0])
