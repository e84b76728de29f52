"""Kept connections to an S3 service, without boto3's layers.

A request over them costs a third of one through boto3's layers. Nothing is tried twice here and no
error is explained: whoever sends falls back on boto3, which does both.
"""

import socket
import ssl
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

import botocore.exceptions as boto
import msgspec
from botocore.httpsession import create_urllib3_context, get_cert_path
from urllib3.util import wait_for_read

from cloudanno_desktop.bucket.s3_response import BAD_ANSWER, Response

MOST_KEPT = 32
SMALL_BODY = 64 << 10
BROKEN = (OSError, *BAD_ANSWER)


class WireRequest(msgspec.Struct, frozen=True):
    """One request.

    Attributes:
        origin: scheme, host and port.
        target: the path and the query, as they are sent.
        headers: by their names in small letters until they are signed.
    """

    method: str
    origin: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.target


class Wire:
    """Sends requests; safe to use from several threads.

    Args:
        trust: a file of certificates, ``False`` for any certificate, ``True`` for the usual ones.
        connect_s: how long to wait for a connection.
        read_s: how long to wait for the next bytes.
    """

    def __init__(self, trust: str | bool, connect_s: float, read_s: float) -> None:
        self._trust = trust
        self._connect_s = connect_s
        self._read_s = read_s
        self._lock = threading.Lock()
        self._idle: dict[str, list[HTTPConnection]] = defaultdict(list)
        weakref.finalize(self, _close, self._idle)

    def send(self, request: WireRequest) -> "Answer":
        """Send one request, and return what begins to come. Raises boto3's errors of a network."""
        connection = self._connected(request.origin)
        try:
            for piece in _pieces(request):
                connection.sock.sendall(piece)
            response = Response(connection.sock)
        except TimeoutError as error:
            connection.close()
            raise boto.ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except BROKEN as error:
            connection.close()
            raise boto.ConnectionClosedError(endpoint_url=request.url, error=error) from error
        return Answer(self, request.origin, connection, response)

    def keep(self, origin: str, connection: HTTPConnection) -> None:
        """Take a connection back that waits for its next request."""
        with self._lock:
            if len(self._idle[origin]) < MOST_KEPT:
                self._idle[origin].append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close all connections that wait."""
        with self._lock:
            _close(self._idle)

    def _connected(self, origin: str) -> HTTPConnection:
        while True:
            with self._lock:
                if not self._idle[origin]:
                    break
                connection = self._idle[origin].pop()
            if not wait_for_read(connection.sock, 0):
                return connection
            connection.close()  # the service has ended it
        return self._connect(origin)

    def _connect(self, origin: str) -> HTTPConnection:
        place = urlsplit(origin)
        host = place.hostname or ""
        if place.scheme == "https":
            connection: HTTPConnection = HTTPSConnection(
                host, place.port, timeout=self._connect_s, context=self._context
            )
        else:
            connection = HTTPConnection(host, place.port, timeout=self._connect_s)
        try:
            connection.connect()
        except TimeoutError as error:
            raise boto.ConnectTimeoutError(endpoint_url=origin, error=error) from error
        except ssl.SSLError as error:
            raise boto.SSLError(endpoint_url=origin, error=error) from error
        except OSError as error:
            raise boto.EndpointConnectionError(endpoint_url=origin, error=error) from error
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.sock.settimeout(self._read_s)
        return connection

    @cached_property
    def _context(self) -> ssl.SSLContext:
        context: ssl.SSLContext = create_urllib3_context()
        if self._trust is False:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context.check_hostname = True  # urllib3 leaves it off, as it compares names by itself
            context.load_verify_locations(get_cert_path(self._trust))  # type: ignore[arg-type]  # a file, too
        return context


def _close(idle: dict[str, list[HTTPConnection]]) -> None:
    for connections in idle.values():
        while connections:
            connections.pop().close()


def _pieces(request: WireRequest) -> list[bytes]:
    """Return what is sent: a small body together with the head."""
    headers = {**request.headers, "Accept-Encoding": "identity"}
    told = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"{request.method} {request.target} HTTP/1.1", *told, "", ""])
    pieces = [head.encode("ascii"), request.body]
    return pieces if len(request.body) > SMALL_BODY else [b"".join(pieces)]


class Answer:
    """The head of an answer, and its body as a stream that is read as one of boto3's.

    Attributes:
        headers: by their names in small letters.
        content: the body, once it was loaded.
    """

    def __init__(
        self, wire: Wire, origin: str, connection: HTTPConnection, response: Response
    ) -> None:
        self._wire = wire
        self._origin = origin
        self._connection: HTTPConnection | None = connection
        self._response = response
        self.status = response.status
        self.headers = response.headers
        self.content = b""
        self._free_if_whole()

    def load(self) -> bytes:
        """Read the whole body, and keep it."""
        self.content = self.read()
        return self.content

    def read(self, size: int | None = None) -> bytes:
        """Return the next bytes, or all. Raises boto3's errors of a body."""
        try:
            block = self._response.read(size)
        except TimeoutError as error:
            self.close()
            raise boto.ReadTimeoutError(endpoint_url=self._origin, error=error) from error
        except BROKEN as error:
            self.close()
            raise boto.ResponseStreamingError(error=error) from error
        self._free_if_whole()
        if not self._response.is_whole and (size is None or not block):
            self.close()
            left = self._response.left or 1
            raise boto.IncompleteReadError(actual_bytes=0, expected_bytes=left)
        return block

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        """Yield the body in pieces."""
        while block := self.read(size):
            yield block

    def stream(self) -> Iterator[bytes]:
        """Yield the body whole, also if it was loaded."""
        yield self.content or self.read()

    def close(self) -> None:
        """Drop the connection unless the body was read to its end."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _free_if_whole(self) -> None:
        """Let the next request have the connection once nothing is to come on it."""
        if self._response.is_whole and self._connection is not None:
            if not self._response.will_close:
                self._wire.keep(self._origin, self._connection)
                self._connection = None
            self.close()
