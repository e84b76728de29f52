"""An S3 service on loopback for benchmarks: any number of photos, every answer at almost no cost.

``python benchmarks/window_parts/prepared_bucket.py KEYS [PORT [FOLDER]]`` prints its port. The
bucket ``photos`` lists KEYS photos; each of them is one of a few noisy JPEGs. What is written is
kept in memory, or in FOLDER for the next time, and listed too, below its own prefix. It stands for
a service that is faster than its clients.
"""

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "photos"
PICTURES = 40
PAGE = 1000
STAMP = "2026-03-04T12:00:00.000Z"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<EncodingType>url</EncodingType>"
)
MISSING = b"<Error><Code>NoSuchKey</Code></Error>"


@contextmanager
def serving(keys: int, port: int = 0, folder: Path | None = None) -> Iterator[str]:
    """Run the service in a process of its own; yield its address."""
    command = [sys.executable, __file__, str(keys), str(port), *([str(folder)] if folder else [])]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert server.stdout
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.kill()
        server.wait()


def photo_key(number: int) -> str:
    """Return the key of the ``number``-th photo; keys are in order."""
    return f"{number // 2500:03}/IMG_{number:07}.jpg"


class Photos:
    """What the bucket holds.

    Args:
        count: number of photos that are there from the beginning.
        folder: where to keep what is written.
    """

    def __init__(self, count: int, folder: Path | None = None) -> None:
        from PIL import Image

        self.count = count
        self._folder = folder
        self.written: dict[str, bytes] = {}
        for file in folder.iterdir() if folder else ():
            self.written[unquote(file.name)] = file.read_bytes()
        self.bodies = []
        for number in range(PICTURES):
            file = io.BytesIO()
            Image.effect_noise((640, 480), 20 + number).save(file, "JPEG", quality=80)
            self.bodies.append(file.getvalue())
        self.etags = [hashlib.md5(body).hexdigest() for body in self.bodies]
        self._pages: dict[int, bytes] = {}

    def body(self, key: str) -> bytes | None:
        """Return an object's bytes."""
        if key in self.written:
            return self.written[key]
        number = key.rpartition("IMG_")[2].removesuffix(".jpg")
        if number.isdecimal() and photo_key(int(number)) == key and int(number) < self.count:
            return self.bodies[int(number) % PICTURES]
        return None

    def write(self, key: str, body: bytes) -> None:
        """Keep an object."""
        self.written[key] = body
        if self._folder:
            (self._folder / quote(key, safe="")).write_bytes(body)

    def delete(self, key: str) -> None:
        """Forget an object that was written."""
        if self.written.pop(key, None) is not None and self._folder:
            (self._folder / quote(key, safe="")).unlink()

    def page(self, start: int) -> bytes:
        """Return one page of the whole listing, which the written objects end."""
        if start not in self._pages:
            end = min(start + PAGE, self.count)
            entries = (
                entry(photo_key(n), self.etags[n % PICTURES], len(self.bodies[n % PICTURES]))
                for n in range(start, end)
            )
            self._pages[start] = "".join(entries).encode()
        if start + PAGE < self.count:
            return answer(self._pages[start], str(start + PAGE))
        return answer(self._pages[start] + self.written_below(""))

    def written_below(self, prefix: str) -> bytes:
        """Return the entries of what was written."""
        found = [
            (key, body) for key, body in sorted(self.written.items()) if key.startswith(prefix)
        ]
        entries = (entry(key, hashlib.md5(body).hexdigest(), len(body)) for key, body in found)
        return "".join(entries).encode()


def entry(key: str, etag: str, size: int) -> str:
    """Return one object of a listing."""
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{STAMP}</LastModified>"
        f"<ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def answer(entries: bytes, token: str = "") -> bytes:
    """Return a whole page."""
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    start = f"{HEAD}<IsTruncated>{str(bool(token)).lower()}</IsTruncated>{more}"
    return start.encode() + entries + b"</ListBucketResult>"


class Handler(BaseHTTPRequestHandler):
    """Speaks as much S3 as the program asks for."""

    protocol_version = "HTTP/1.1"
    photos: Photos

    def do_GET(self) -> None:
        """List, or read."""
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").removeprefix("/")
        if not key:
            self._list({name: values[0] for name, values in parse_qs(parts.query).items()})
            return
        body = self.photos.body(key)
        if body is None:
            self._answer(404, MISSING)
            return
        span = self.headers.get("Range")
        if span:
            first, _, last = span.removeprefix("bytes=").partition("-")
            part = body[int(first) : int(last) + 1 if last else None]
            where = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
            self._answer(206, part, body, {"Content-Range": where})
        else:
            self._answer(200, body)

    def do_HEAD(self) -> None:
        """Describe."""
        self.do_GET()

    def do_PUT(self) -> None:
        """Write one object."""
        key = unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        old = self.photos.body(key)
        needed = (self.headers.get("If-Match") or "").strip('"')
        is_other = needed and (old is None or hashlib.md5(old).hexdigest() != needed)
        if is_other or (self.headers.get("If-None-Match") and old is not None):
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            return
        self.photos.write(key, body)
        self._answer(200, b"", body)

    def do_DELETE(self) -> None:
        """Delete one object."""
        self.photos.delete(unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/"))
        self._answer(204, b"")

    def do_POST(self) -> None:
        """Delete many, which is not needed here, or refuse to take parts."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if urlsplit(self.path).query.startswith("delete"):
            self._answer(200, b"<DeleteResult/>")
        else:
            self._answer(501, b"<Error><Code>NotImplemented</Code></Error>")

    def _list(self, asked: dict[str, str]) -> None:
        prefix = asked.get("prefix", "")
        if prefix:
            self._answer(200, answer(self.photos.written_below(prefix)))
        else:
            self._answer(200, self.photos.page(int(asked.get("continuation-token", "0"))))

    def _answer(
        self, status: int, body: bytes, whole: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(whole or body).hexdigest()}"')
        self.send_header("Last-Modified", "Wed, 04 Mar 2026 12:00:00 GMT")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until killed, at a low priority: another computer would not take our time."""
    if hasattr(os, "nice"):
        os.nice(10)
    keys, port, folder = (*sys.argv[1:], *("0", "0", "")[len(sys.argv) - 1 :])
    Handler.photos = Photos(int(keys), Path(folder) if folder else None)
    ThreadingHTTPServer.request_queue_size = 128  # a service makes nobody knock again
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
