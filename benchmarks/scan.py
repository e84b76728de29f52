"""Time of a scan beside a bare boto3 paginator loop over the same bucket, in the same run.

Usage: python benchmarks/scan.py [KEYS]

The bucket is a server in a process of its own with every answer prepared, so that the figures show
the client's cost alone: processor time, which a busy machine does not falsify. Over a network the
wait for each page comes on top of both sides alike, but the scan lists folders side by side. The
keys come in no order. A folder is measured beside a bare loop of ``os.scandir`` and ``stat``, and
the index alone with pages that cost nothing, for ten times as many keys too: its work for each key
should not grow.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from cloudanno_desktop.bucket.bucket import Page, StoredObject
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.scanner import scan

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

KEYS = 100_000
SECRETS = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
LIMIT = 0.35

SERVER = """
import hashlib, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

count = int(sys.argv[1])

def entry(number):
    etag = hashlib.md5(str(number).encode()).hexdigest()
    return (f"<Contents><Key>photos/{number % 37:02}/IMG_{number:07}.jpg</Key>"
            f"<LastModified>2026-03-04T12:00:00.000Z</LastModified><ETag>&quot;{etag}&quot;</ETag>"
            f"<Size>{2_000_000 + number}</Size><StorageClass>STANDARD</StorageClass></Contents>")

folders = {"": range(count), "photos/": range(count)}
folders |= {f"photos/{n:02}/": range(n, count, 37) for n in range(min(37, count))}
levels = {"": ["photos/"], "photos/": [name for name in folders if len(name) > 7]}

def page(numbers, start, names=()):
    end = min(start + 1000, len(numbers))
    more = end < len(numbers)
    token = f"<NextContinuationToken>{end}</NextContinuationToken>" if more else ""
    return ('<?xml version="1.0" encoding="UTF-8"?><ListBucketResult '
            'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix>'
            f"<KeyCount>{end - start}</KeyCount><MaxKeys>1000</MaxKeys>"
            "<EncodingType>url</EncodingType>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}"
            + "".join(f"<CommonPrefixes><Prefix>{n}</Prefix></CommonPrefixes>" for n in names)
            + "".join(map(entry, numbers[start:end])) + "</ListBucketResult>").encode()

pages = {(prefix, start): page(numbers, start) for prefix, numbers in folders.items()
         for start in range(0, max(len(numbers), 1), 1000)}
pages |= {(prefix, "/"): page([], 0, names) for prefix, names in levels.items()}

class Listing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        prefix = query.get("prefix", "")
        is_level = "delimiter" in query and prefix in levels
        start = "/" if is_level else int(query.get("continuation-token", 0))
        body = pages[prefix, start]
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Listing)
print(server.server_port, flush=True)
server.serve_forever()
"""


def main() -> None:
    """Print one table."""
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else KEYS
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(keys)], stdout=subprocess.PIPE)
    assert server.stdout
    try:
        seconds = _measure(f"http://127.0.0.1:{int(server.stdout.readline())}", keys)
    finally:
        server.kill()
    _print(keys, seconds)
    _print(keys, _measure_folder(keys))
    for many in (keys, 10 * keys):
        _print(many, _measure_index(many))


def _measure(endpoint: str, keys: int) -> dict[str, float]:
    plain = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **SECRETS)
    connection = Connection(endpoint_url=endpoint, access_key_id="x")
    bucket = S3Bucket(make_service(connection, Secret("x")), "b")
    bare = _timed(lambda: _bare(plain))
    with _new_index() as index:
        seconds = {
            "first scan": _timed(lambda: scan(bucket, index)),
            "scan again, unchanged": _timed(lambda: scan(bucket, index)),
            "Bucket.list_pages": _timed(lambda: sum(1 for _ in bucket.list_pages())),
        }
        assert index.counts().images == keys
    return {"bare paginator loop": min(bare, _timed(lambda: _bare(plain))), **seconds}


def _measure_folder(keys: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, _new_index() as index:
        root = Path(folder)
        for number in range(keys):
            path = root / f"{number % 20}" / f"{number % 400}" / f"IMG_{number:07}.jpg"
            if number < 400:
                path.parent.mkdir(parents=True)
            path.touch()
        bucket = FolderBucket(root)
        _walk(folder)
        return {
            "bare scandir and stat": _timed(lambda: _walk(folder)),
            "folder, first scan": _timed(lambda: scan(bucket, index)),
            "folder, unchanged": _timed(lambda: scan(bucket, index)),
        }


def _measure_index(keys: int) -> dict[str, float]:
    now = datetime.now(UTC)
    numbers = random.Random(1).sample(range(keys), keys)
    entries = [StoredObject(f"{n % 37}/IMG_{n:07}.jpg", n, f"{n:032x}", now) for n in numbers]
    pages = [Page(entries[start : start + 1000], []) for start in range(0, keys, 1000)]
    with _new_index() as index:
        listed = _Listed(pages)
        return {
            "index alone, first scan": _timed(lambda: scan(listed, index)),
            "index alone, unchanged": _timed(lambda: scan(listed, index)),
        }


def _walk(folder: str) -> int:
    count, waiting = 0, [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    count += entry.stat().st_size >= 0
    return count


class _Listed:
    """A bucket whose pages are in memory."""

    def __init__(self, pages: list[Page]) -> None:
        self._pages = pages

    def list_pages(self, prefix: str = "", delimiter: str = "") -> Iterator[Page]:
        """Yield the pages."""
        yield from self._pages


@contextmanager
def _new_index() -> Iterator[ImageIndex]:
    with tempfile.TemporaryDirectory() as folder:
        index = ImageIndex(Database(Path(folder) / "index.db", INDEX_MIGRATIONS))
        yield index
        index.database.close()


def _print(keys: int, seconds: dict[str, float]) -> None:
    first = next(iter(seconds.values()))
    print(f"\n{keys:,} keys; the limit over S3 is {LIMIT} × the bare loop\n")
    print("what                     CPU seconds   µs a key   ratio to the first line")
    for name, spent in seconds.items():
        print(f"{name:24} {spent:11.2f} {spent / keys * 1e6:10.1f} {spent / first:7.2f}")


def _bare(client: "S3Client") -> int:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="b")
    return sum(len(page.get("Contents", [])) for page in pages)


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
