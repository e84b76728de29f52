"""Answers whose head is split at its lines, and the names in it made small.

The standard library reads a head as that of a letter, which is a fifth of the time that a small
download takes.
"""

from http.client import (
    CONTINUE,
    NO_CONTENT,
    NOT_MODIFIED,
    OK,
    HTTPException,
    HTTPResponse,
    LineTooLong,
)
from socket import socket
from typing import BinaryIO

MOST_HEADERS = 200
MOST_IN_A_LINE = 64 << 10
WITHOUT_BODY = {NO_CONTENT, NOT_MODIFIED}


class Response(HTTPResponse):
    """An answer; ``begin`` reads its head."""

    headers: dict[str, str]  # type: ignore[assignment]  # what is used of a letter's head

    def begin(self) -> None:
        """Read the head. Raises ``HTTPException``, ``OSError``."""
        self.status = CONTINUE
        while self.status < OK:  # what comes before is no answer yet
            version, self.status, self.reason = self._read_status()  # type: ignore[attr-defined]
            self.headers = _read_head(self.fp)
        self.version = 10 if version == "HTTP/1.0" else 11
        wish = self.headers.get("connection", "").lower()
        self.will_close = "close" in wish or (self.version == 10 and "keep-alive" not in wish)
        self.chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        length = self.headers.get("content-length", "")
        self.length = int(length) if length.isdecimal() and not self.chunked else None
        if self.status in WITHOUT_BODY:
            self.length = 0
        self.will_close |= self.length is None and not self.chunked
        if self.length == 0:
            self.close()


def response_on(line: socket, method: str) -> Response:
    """Return an answer whose head has come. Raises ``HTTPException``, ``OSError``."""
    response = Response(line, method=method)
    try:
        response.begin()
    except BaseException:
        response.close()
        raise
    return response


def _read_head(file: BinaryIO) -> dict[str, str]:
    """Read the headers up to the empty line; those of one name become one."""
    headers: dict[str, str] = {}
    name = ""
    for _ in range(MOST_HEADERS):
        line = file.readline(MOST_IN_A_LINE + 1)
        if len(line) > MOST_IN_A_LINE:
            raise LineTooLong("header line")
        if line in {b"\r\n", b"\n", b""}:
            return headers
        text = line.decode("latin-1")
        if text[0] in " \t" and name:  # goes on with the line before
            headers[name] = f"{headers[name]} {text.strip()}"
            continue
        name, _colon, value = text.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    raise HTTPException(f"more than {MOST_HEADERS} headers")
