"""Heads of answers as services, proxies and attackers may send them."""

import socket
from http.client import HTTPException

import pytest

from cloudanno_desktop.bucket.s3_response import response_on


@pytest.fixture
def answer():
    """Return a function that makes an answer of bytes, and says what comes after it."""
    ends = []

    def make(sent, method="GET"):
        service, ours = socket.socketpair()
        ends.append(ours)
        service.sendall(sent)
        service.close()
        return response_on(ours, method)

    yield make
    for end in ends:
        end.close()


def test_names_become_small_and_what_is_told_twice_is_one(answer):
    told = answer(b"HTTP/1.1 200 OK\r\nETag: a\r\nX-Amz-Meta-A: 1\r\nx-amz-meta-a:2\r\n\r\n")
    assert told.headers == {"etag": "a", "x-amz-meta-a": "1, 2"}
    told.close()


def test_a_header_may_go_on_in_the_next_line(answer):
    told = answer(b"HTTP/1.1 200 OK\r\nCache-Control: no-cache,\r\n\tno-store\r\n\r\n")
    assert told.headers == {"cache-control": "no-cache, no-store"}
    told.close()


def test_what_comes_before_the_answer_is_passed_over(answer):
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    told = answer(early + b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\nab")
    assert (told.status, told.headers) == (206, {"content-length": "2"})
    assert told.read() == b"ab"
    assert not told.will_close


def test_a_body_in_chunks_is_read_to_its_end(answer):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    told = answer(head + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\nnext")
    assert told.read() == b"abc"
    assert not told.will_close


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\na",
    ],
)
def test_a_connection_that_cannot_serve_again_is_known(answer, sent):
    told = answer(sent)
    assert told.will_close
    assert told.read() == b"a"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_without_a_body_are_over_with_their_head(answer, status):
    told = answer(b"HTTP/1.1 " + status + b'\r\nETag: "a"\r\n\r\n')
    assert told.isclosed()
    assert not told.will_close


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: a\r\n" * 300 + b"\r\n",
    ],
)
def test_what_is_no_head_or_has_no_end_is_refused(answer, sent):
    with pytest.raises(HTTPException):
        answer(sent)
