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
from cloudanno_desktop.bucket.usage.usage import Kind, Tally, Usage
from cloudanno_desktop.media_messages import (
    AnswerTaken,
    Cancel,
    Download,
    Failed,
    FetchOriginals,
    FilesUploaded,
    Finished,
    ItemFailure,
    KeepOffline,
    KeptOffline,
    Opened,
    OpenProject,
    OriginalFile,
    OriginalsFetched,
    Picture,
    Progressed,
    Quit,
    Scan,
    ScanFinished,
    SteerTransfers,
    Stopped,
    StorageUsed,
    ThumbnailFailed,
    ThumbnailReady,
    TransferChanged,
    TransferQueued,
    Upload,
    UseTerms,
    WantThumbnails,
    decode_answer,
    decode_request,
    encode_frame,
    split_frames,
)
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

REQUESTS = [
    OpenProject(1, ADDRESS, b"/tmp/\xff.db", Secret("a secret", "token")),
    WantThumbnails(3, (PICTURE, PICTURE), 160),
    Scan(2),
    Upload(3, (b"/\xff\xfe", b"/b"), "in/", ("label",), "Upload 2", "ask"),
    Download(4, ("a", "b"), b"/x"),
    SteerTransfers("retry", 2, 9),
    AnswerTaken(2, 9, "overwrite", for_all=True),
    UseTerms(8, 100, 0),
    FetchOriginals(5, (PICTURE,)),
    KeepOffline(6),
    Cancel(3),
    Quit(),
]
ANSWERS = [
    Opened(1),
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
    StorageUsed(Usage({Kind.LIST: Tally(112, 0, 9000), Kind.PUT: Tally(2, 70, 0)})),
    Finished(2, ScanFinished(1, 2, 3, 4, 0.5)),
    Finished(3, TransferQueued(1)),
    Finished(5, OriginalsFetched((OriginalFile(7, b"/o", "00"),), (ItemFailure("a", "b"),))),
    Finished(6, KeptOffline(3, 2**40, (ItemFailure("a", "b"),))),
    Stopped(4),
    Failed(6, "bug", "trace"),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_request_comes_through(request_):
    (body,) = split_frames(bytearray(), encode_frame(request_))

    assert decode_request(body) == request_


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_comes_through(answer):
    (body,) = split_frames(bytearray(), encode_frame(answer))

    assert decode_answer(body) == answer


@given(cuts=st.lists(st.integers(0, 12_000), max_size=12))
def test_frames_survive_any_cut(cuts):
    stream = b"".join(encode_frame(answer) for answer in ANSWERS)
    edges = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    buffer = bytearray()

    told = [
        decode_answer(body)
        for start, end in pairwise(edges)
        for body in split_frames(buffer, stream[start:end])
    ]

    assert told == ANSWERS
    assert not buffer


def test_an_answer_is_no_request():
    (body,) = split_frames(bytearray(), encode_frame(Opened(1)))

    with pytest.raises(msgspec.ValidationError):
        decode_request(body)


def test_the_secret_is_not_shown_in_a_trace():
    assert "a secret" not in repr(REQUESTS[0])
