"""Heads of answers as services, proxies and attackers may send them."""

import socket

import pytest

from cloudanno_desktop.bucket.s3.fast.response import BAD_ANSWER, Response


@pytest.fixture
def answer():
    """Return a function that makes an answer of bytes, and says what comes after it."""
    ends = []

    def make(sent):
        service, ours = socket.socketpair()
        ends.append(ours)
        service.sendall(sent)
        service.close()
        return Response(ours)

    yield make
    for end in ends:
        end.close()


def test_names_become_small_and_what_is_told_twice_is_one(answer):
    told = answer(b"HTTP/1.1 200 OK\r\nETag: a\r\nX-Amz-Meta-A: 1\r\nx-amz-meta-a:2\r\n\r\n")
    assert told.headers == {"etag": "a", "x-amz-meta-a": "1, 2"}


def test_what_comes_before_the_answer_is_passed_over(answer):
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    told = answer(early + b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\nab")
    assert (told.status, told.headers) == (206, {"content-length": "2"})
    assert told.read() == b"ab"
    assert not told.will_close


def test_a_body_in_chunks_is_read_to_its_end(answer):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    told = answer(head + b"2\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n")
    assert told.read() == b"abc"
    assert not told.will_close


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\n\r\na",
    ],
)
def test_a_connection_that_cannot_serve_again_is_known(answer, sent):
    told = answer(sent)
    assert told.will_close
    assert told.read() == b"a"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_without_a_body_are_over_with_their_head(answer, status):
    told = answer(b"HTTP/1.1 " + status + b'\r\nETag: "a"\r\n\r\n')
    assert told.is_whole
    assert not told.will_close


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: a\r\n" * 12_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nCache-Control: no-cache,\r\n\tno-store\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
        b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_what_is_no_answer_or_more_than_one_is_refused(answer, sent):
    with pytest.raises(BAD_ANSWER):
        answer(sent)


def test_more_than_the_told_length_is_refused(answer):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    assert answer(head + b"a" * 100_000).read() == b"a" * 100_000
    with pytest.raises(BAD_ANSWER):
        answer(head + b"a" * 100_001).read()


def test_a_body_is_read_piece_by_piece(answer):
    told = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde")
    assert [told.read(2), told.read(2), told.read(2), told.read(2)] == [b"ab", b"cd", b"e", b""]
    assert told.is_whole


def test_a_body_that_breaks_off_is_known_by_what_is_left(answer):
    told = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
    assert (told.read(), told.read()) == (b"abc", b"")
    assert (told.is_whole, told.left) == (False, 2)


def test_a_body_in_chunks_that_breaks_off_is_not_whole(answer):
    told = answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")
    assert told.read() == b"abc"
    assert not told.is_whole
