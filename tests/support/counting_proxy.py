"""Stands before a service and writes down what it really received and sent."""

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class CountingProxy(ThreadingHTTPServer):
    """Passes requests on.

    Attributes:
        seen: method, bytes of the body that came and of the body that was answered.
        refusals: how many of the next requests are answered with 503.
    """

    daemon_threads = True

    def __init__(self, service):
        super().__init__(("127.0.0.1", 0), _Pass)
        self.service = urlsplit(service).netloc
        self.seen = []
        self.refusals = 0

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Pass(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _pass_on(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.refusals:
            self.server.refusals -= 1
            status, headers, body = 503, [], b""
        else:
            status, headers, body = self._answer_of_service(sent)
        length = next((v for name, v in headers if name.lower() == "content-length"), "0")
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        self.server.seen.append((self.command, len(sent), len(body)))  # before anybody knows of it
        self.wfile.write(body)

    def _answer_of_service(self, sent):
        connection = http.client.HTTPConnection(self.server.service)
        headers = {name: value for name, value in self.headers.items() if name != "Expect"}
        connection.request(self.command, self.path, sent, headers)
        response = connection.getresponse()
        result = response.status, response.getheaders(), response.read()
        connection.close()
        return result

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass_on  # noqa: N815 names of http.server

    def log_message(self, *_args):
        """Say nothing."""


@contextmanager
def counting_proxy(service):
    with CountingProxy(service) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()
