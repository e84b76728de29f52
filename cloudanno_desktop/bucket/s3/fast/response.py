"""Answers of a service, parsed by llhttp, the parser of Node.js, while they come.

The standard library reads a head as that of a letter and a body through two buffers, which is a
quarter of the time that a small download takes. A body whose length is told needs no parser.

Source: https://www.rfc-editor.org/rfc/rfc9112
"""

from socket import socket

import httptools

READ_BYTES = 1 << 18
MOST_IN_A_HEAD = 64 << 10
FIRST_STATUS = 200  # what comes before one is no answer yet

TOO_MUCH = "something follows the answer"
BAD_ANSWER = (httptools.HttpParserError, httptools.HttpParserUpgrade)


class Response:
    """An answer whose head has come. All of it raises ``BAD_ANSWER``, ``OSError``.

    Args:
        line: the connection, which has just been asked.

    Attributes:
        headers: by their names in small letters; those of one name are one.
        left: bytes of the body that are still to come; ``None`` if the answer does not tell.
        is_whole: whether all of it has come.
        will_close: whether the connection can serve no other request.
    """

    def __init__(self, line: socket) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.left: int | None = None
        self.is_whole = False
        self.will_close = False
        self._line = line
        self._parser = httptools.HttpResponseParser(self)
        self._blocks: list[bytes] = []
        self._held = 0
        self._read_head()

    def read(self, size: int | None = None) -> bytes:
        """Return the next ``size`` bytes of the body, or all; fewer at its end or if it breaks."""
        while not self.is_whole and (size is None or self._held < size):
            most = READ_BYTES if size is None else min(READ_BYTES, size - self._held)
            if not self._take(most):
                break
        body = b"".join(self._blocks)
        rest = b"" if size is None else body[size:]
        self._blocks, self._held = [rest], len(rest)
        return body[:size]

    def on_message_begin(self) -> None:
        """Refuse what nobody asked for. All of these are called by the parser."""
        if self.is_whole:
            raise httptools.HttpParserError(TOO_MUCH)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; one that follows the body is of no use."""
        if not self.status:
            title, text = name.decode("latin-1").lower(), value.decode("latin-1")
            before = self.headers.get(title)
            self.headers[title] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        """Take the head, unless it is only that of a word before the answer."""
        status = self._parser.get_status_code()
        if status < FIRST_STATUS:
            self.headers.clear()
            return
        self.status = status
        self.will_close = not self._parser.should_keep_alive()
        length = self.headers.get("content-length")
        self.left = None if length is None else int(length)

    def on_body(self, block: bytes) -> None:
        """Take bytes of the body."""
        self._blocks.append(block)
        self._held += len(block)
        if self.left is not None:
            self.left -= len(block)

    def on_message_complete(self) -> None:
        """Take note of the end, unless it is that of a word before the answer."""
        self.is_whole = self.status >= FIRST_STATUS

    def _read_head(self) -> None:
        left = MOST_IN_A_HEAD
        while not self.status:
            fresh = self._take(left)
            left -= fresh
            if not self.status and not (fresh and left):
                raise httptools.HttpParserError("the head has no end")

    def _take(self, most: int) -> int:
        """Take the next bytes of the connection, and return their number."""
        left = self.left or 0
        data = self._line.recv(min(most, left + 1) if left else most)
        if len(data) > left > 0:
            raise httptools.HttpParserError(TOO_MUCH)
        if data and left:
            self.on_body(data)
            self.is_whole = not self.left
        elif data:
            self._parser.feed_data(data)
        elif self.left is None and "transfer-encoding" not in self.headers:
            self.is_whole = True  # only the connection's end tells that of the body
        return len(data)
