"""A way to a service that can be cut, as when a train goes into a tunnel."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Passes connections on while ``is_up``.

    Attributes:
        address: what to use in place of the service's own address.
    """

    def __init__(self) -> None:
        self.is_up = True
        self.address = ""
        self.open: set[socket.socket] = set()

    def cut(self) -> None:
        """Break what is open, and let nothing through."""
        self.is_up = False
        for one in list(self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections through again."""
        self.is_up = True


@contextmanager
def line_to(service: str) -> Iterator[Line]:
    """Run a line to the service at an http address."""
    target = urlsplit(service)
    line = Line()

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if not line.is_up:
                return
            with socket.create_connection((target.hostname, target.port)) as there:
                line.open |= {self.request, there}
                back = threading.Thread(target=_pour, args=(there, self.request), daemon=True)
                back.start()
                _pour(self.request, there)
                back.join()
                line.open -= {self.request, there}

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passing) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        line.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield line
        line.cut()
        server.shutdown()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(1 << 16):
            target.sendall(block)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
