"""A service that fails as a plan says: it stands in front of a sound one, as a bad network does.

A plan is a list of ``Fault``. A request meets the first fault that is meant for it; all others are
answered by the sound service. What the sound service holds can be looked at without any fault.
"""

import http.client
import random
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

ALWAYS = range(10**9)
RESET = struct.pack("ii", 1, 0)  # close by a reset, not in good order
NOT_PASSED = {"transfer-encoding", "connection", "content-length"}


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    @property
    def is_listing(self):
        return self.method == "GET" and self.path.count("/") == 1

    @property
    def is_read(self):
        return self.method == "GET" and self.path.count("/") > 1

    @property
    def is_write(self):
        return self.method in {"PUT", "POST"}


@dataclass
class Response:
    """What comes back; ``sent`` bytes of the body get through before the connection breaks."""

    status: int
    headers: dict
    body: bytes
    sent: int | None = None
    has_length: bool = True


class ConnectionLost(Exception):
    """There is no answer at all."""


Do = Callable[[Asked, Callable[[Asked], Response]], Response]


@dataclass
class Fault:
    """What happens to some requests.

    Attributes:
        does: is given a request and the way to the sound service; returns the answer.
        to: which requests it is meant for.
        turns: which of those, counted from 0.
    """

    does: Do
    to: Callable[[Asked], bool] = lambda asked: True
    turns: object = ALWAYS
    met: int = 0

    def takes(self, asked):
        """Say whether this request is to fail."""
        if not self.to(asked):
            return False
        self.met += 1
        return self.met - 1 in self.turns


@dataclass
class FaultyService:
    """The running service.

    Attributes:
        endpoint: its address.
        plan: the faults; empty for a service that works.
        failed: how often each fault happened, by its function's name.
    """

    sound: str
    endpoint: str = ""
    plan: list = field(default_factory=list)
    failed: Counter = field(default_factory=Counter)
    woken: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fails(self, does, to=lambda asked: True, turns=ALWAYS):
        """Add a fault to the plan."""
        self.plan.append(Fault(does, to, turns))

    def heal(self):
        """Work from now on."""
        self.plan.clear()
        self.woken.set()
        self.woken = threading.Event()

    def response(self, asked):
        """Response one request. Raises ``ConnectionLost``."""
        with self.lock:
            fault = next((fault for fault in self.plan if fault.takes(asked)), None)
            if fault:
                self.failed[fault.does.__name__] += 1
        return fault.does(asked, self.ask) if fault else self.ask(asked)

    def ask(self, asked):
        """Ask the sound service."""
        place = urlsplit(self.sound)
        query = urlencode(asked.query)
        with_query = f"{asked.path}?{query}" if query else asked.path
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        try:
            connection.request(asked.method, with_query, asked.body or None, asked.headers)
            got = connection.getresponse()
            return Response(got.status, dict(got.getheaders()), got.read())
        finally:
            connection.close()

    def hang(self, _asked, _ask):
        """Keep the client waiting."""
        self.woken.wait(60)
        raise ConnectionLost


class _Handler(BaseHTTPRequestHandler):
    service = None
    protocol_version = "HTTP/1.1"

    def handle(self):
        with suppress(OSError):  # clients leave as they like
            super().handle()

    def do_any(self):
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {k: v for k, v in self.headers.items() if k.lower() != "expect"}
        try:
            response = self.service.response(Asked(self.command, url.path, query, headers, body))
        except ConnectionLost:
            self.reset()
            return
        self.send(response)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_any  # noqa: N815 named by the library

    def send(self, response):
        self.send_response_only(response.status)
        size = len(response.body)
        for name, value in response.headers.items():
            if name.lower() == "content-length" and self.command == "HEAD":
                size = value
            if name.lower() not in NOT_PASSED:
                self.send_header(name, value)
        if not response.has_length:
            self.send_header("Connection", "close")
            self.close_connection = True
        elif response.status not in {204, 304}:
            self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body[: response.sent])
        if response.sent is not None:
            self.close_connection = True

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close_connection = True

    def log_message(self, *arguments):
        pass


@contextmanager
def faulty_service(sound):
    """Run a service in front of the one at ``sound``."""
    service = FaultyService(sound)

    handler = type("Handler", (_Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        service.endpoint = f"http://127.0.0.1:{server.server_port}"
        try:
            yield service
        finally:
            service.heal()
            server.shutdown()
            thread.join()


def reset(_asked, _ask):
    """Break the connection; the request never arrives."""
    raise ConnectionLost


def lose_answer(asked, ask):
    """Do what is asked, and break the connection before anybody hears of it."""
    ask(asked)
    raise ConnectionLost


def cut_off(asked, ask):
    """Break the connection in the middle of the body."""
    response = ask(asked)
    response.sent = len(response.body) // 2
    return response


def refuse(status, code):
    """Return a fault that answers with an error, and does nothing else."""

    def refused(_asked, _ask):
        document = f"<Error><Code>{code}</Code><Message>not now</Message></Error>"
        return Response(status, {"Content-Type": "application/xml"}, document.encode())

    refused.__name__ = code
    return refused


def misdate(seconds):
    """Return a fault that lets the service's clock be wrong."""

    def misdated(asked, ask):
        response = ask(asked)
        shown = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        response.headers = {k: v for k, v in response.headers.items() if k.lower() != "date"}
        response.headers["Date"] = shown
        return response

    return misdated


def disorder(page_size, *, repeat):
    """Return a fault that lists short pages in no order, each one twice if ``repeat``."""

    def disordered(asked, ask):
        token = asked.query.get("continuation-token", "")
        is_second = token.startswith("again.")
        query = {**asked.query, "max-keys": str(page_size)}
        query.pop("continuation-token", None)
        if token.removeprefix("again."):
            query["continuation-token"] = token.removeprefix("again.")
        response = ask(Asked(asked.method, asked.path, query, asked.headers, asked.body))
        text = response.body.decode()
        if repeat and not is_second:
            text = _followed_by(text, f"again.{query.get('continuation-token', '')}")
        response.body = _shuffled(text).encode()
        return response

    return disordered


def _followed_by(text, token):
    text = re.sub(r"<NextContinuationToken>.*?</NextContinuationToken>", "", text)
    text = re.sub(r"<IsTruncated>.*?</IsTruncated>", "", text)
    more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
    return text.replace("</ListBucketResult>", f"{more}</ListBucketResult>")


def _shuffled(text):
    pattern = re.compile(r"<Contents>.*?</Contents>", re.DOTALL)
    found = pattern.findall(text)
    random.Random(len(found)).shuffle(found)
    shuffled = iter(found)
    return pattern.sub(lambda _: next(shuffled), text)
