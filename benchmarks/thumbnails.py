"""Thumbnails a second beside the fastest decoders of this machine, in the same run.

Usage: python benchmarks/thumbnails.py [--photos 60] [--rounds 9]

Three tables: one thumbnail in processor time; thumbnails a second through the whole pipeline (read,
decode, shrink, encode, store) from a folder; the same from an S3 service on loopback that only
hands out bytes. Photos are generated JPEGs of 12 megapixels with the detail and noise of a camera;
none has a small picture inside, so that each is fetched and decoded whole. Peers that are not
installed are left out: pip install simplejpeg PyTurboJPEG opencv-python-headless "pyvips[binary]"
"""

import argparse
import importlib
import io
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QSize
from PySide6.QtGui import QImageReader

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.bucket.s3.bucket import S3Bucket
from cloudanno_desktop.bucket.s3.client import make_service
from cloudanno_desktop.images.render import render
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache
from cloudanno_desktop.images.thumbnail_fetcher import ThumbnailFetcher, ThumbnailOutcome
from cloudanno_desktop.media_messages.commands import Picture

WIDTH, HEIGHT = 4000, 3000
SIZE_PX = 256
SMALL = (SIZE_PX, SIZE_PX * HEIGHT // WIDTH)
OURS = "thumbnails.render"
Decoder = Callable[[bytes], object]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        _serve(asked.serve)
        return
    photo = _photo(0)
    decoders = _decoders()
    best = _print_decoders(photo, {OURS: lambda body: render(body, SIZE_PX), **decoders}, asked)
    with tempfile.TemporaryDirectory() as folder:
        photos = [photo if n == 0 else _photo(n % 4) for n in range(asked.photos)]
        _print_pipelines(photos, (best, decoders[best]), Path(folder), asked.rounds)


def _print_decoders(photo: bytes, ways: dict[str, Decoder], asked: argparse.Namespace) -> str:
    """Print processor times; return the name of the fastest decoder that is not ours."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(asked.rounds):
        for name, way in ways.items():
            started = time.process_time()
            way(photo)
            spent[name].append(time.process_time() - started)
    medians = {name: statistics.median(times) * 1000 for name, times in spent.items()}
    print(f"{WIDTH} × {HEIGHT} JPEG of {len(photo) / 1e6:.1f} MB to {SIZE_PX} px, one thread")
    print("(ours also shrinks and encodes; the others only decode)\n")
    print("what                         CPU ms   ours is … of it")
    for name, milliseconds in sorted(medians.items(), key=lambda pair: pair[1]):
        print(f"{name:26} {milliseconds:8.1f} {medians[OURS] / milliseconds:12.2f}")
    return min((name for name in medians if name != OURS), key=medians.__getitem__)


def _print_pipelines(
    photos: list[bytes], best: tuple[str, Decoder], folder: Path, rounds: int
) -> None:
    """Print thumbnails a second, ours beside the best decoder that reads the same files."""
    keys = [f"{number:05}.jpg" for number in range(len(photos))]
    for key, body in zip(keys, photos, strict=True):
        (folder / key).write_bytes(body)
    print(f"\n{len(photos)} photos, whole pipeline, thumbnails a second\n")
    print(f"from                   ours   {best[0]:>22}   best/ours")
    with _service(dict(zip(keys, photos, strict=True))) as s3:
        for name, bucket in (("a folder", FolderBucket(folder)), ("S3 on loopback", s3)):
            ours, limit = [], []
            for _ in range(max(1, rounds // 3)):
                ours.append(len(keys) / _pipeline(bucket, photos, keys))
                limit.append(len(keys) / _limit(bucket, keys, best[1]))
            own, peer = statistics.median(ours), statistics.median(limit)
            print(f"{name:18} {own:8.1f} {peer:22.1f} {peer / own:12.2f}")


def _pipeline(bucket: Bucket, photos: list[bytes], keys: list[str]) -> float:
    """Return the seconds in which the program makes all thumbnails and keeps them."""
    reported: queue.SimpleQueue[ThumbnailOutcome] = queue.SimpleQueue()
    images = [
        Picture(number, key, f"etag-{number}", len(photos[number]))
        for number, key in enumerate(keys)
    ]
    with tempfile.TemporaryDirectory() as folder:
        cache = ThumbnailCache(Path(folder) / "thumbnails.db", 10**9)
        fetcher = ThumbnailFetcher(bucket, cache, reported.put)
        started = time.perf_counter()
        fetcher.want(images, SIZE_PX, generation=1)
        outcomes = [reported.get(timeout=600) for _ in keys]
        seconds = time.perf_counter() - started
        fetcher.stop()
        for thread in fetcher.threads:
            thread.join()
        cache.close()
    if any(outcome.thumbnail is None for outcome in outcomes):
        raise SystemExit(f"a thumbnail failed: {outcomes[0].error}")
    return seconds


def _limit(bucket: Bucket, keys: list[str], decode: Decoder) -> float:
    """Return the seconds in which the best decoder decodes all, with as many threads as cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        started = time.perf_counter()
        list(pool.map(lambda key: decode(bucket.get(key).body), keys))
        return time.perf_counter() - started


def _decoders() -> dict[str, Decoder]:
    decoders: dict[str, Decoder] = {"Pillow, draft": _pillow_draft, "Qt, scaled": _qt}
    if simplejpeg := _module("simplejpeg"):
        decoders["simplejpeg"] = lambda body: simplejpeg.decode_jpeg(
            body, min_width=SMALL[0], min_height=SMALL[1], fastdct=True, fastupsample=True
        )
    if turbojpeg := _module("turbojpeg"):
        decoders |= _turbojpeg(turbojpeg)
    if cv2 := _module("cv2"):
        cv2.setNumThreads(1)
        decoders["OpenCV, reduced"] = lambda body: cv2.imdecode(
            np.frombuffer(body, np.uint8), cv2.IMREAD_REDUCED_COLOR_8
        )
    if pyvips := _module("pyvips"):
        pyvips.cache_set_max(0)
        decoders["pyvips, thumbnail"] = lambda body: pyvips.Image.thumbnail_buffer(
            body, SIZE_PX
        ).write_to_memory()
    return decoders


def _turbojpeg(module: ModuleType) -> dict[str, Decoder]:
    try:
        reader = module.TurboJPEG()
    except RuntimeError:  # the library itself is not installed
        return {}
    return {"PyTurboJPEG": lambda body: reader.decode(body, scaling_factor=(1, 8))}


def _pillow_draft(body: bytes) -> object:
    image = Image.open(io.BytesIO(body))
    image.draft(None, (SIZE_PX, SIZE_PX))
    image.load()
    return image


def _qt(body: bytes) -> object:
    source = QBuffer()
    source.setData(body)
    reader = QImageReader(source)
    reader.setScaledSize(QSize(*SMALL))
    return reader.read()


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _photo(seed: int) -> bytes:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = (np.sin(x / 97) + np.cos(y / 53)) * 60 + 128, np.sin(x / 31 + y / 77) * 80 + 128
    pixels = np.stack([*waves, x / WIDTH * 255], axis=-1)
    noise = np.random.default_rng(seed).normal(0, 8, pixels.shape)
    body = io.BytesIO()
    Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)).save(body, "JPEG", quality=88)
    return body.getvalue()


@contextmanager
def _service(objects: dict[str, bytes]) -> Iterator[Bucket]:
    """Serve objects by the part of S3 that reading takes, from memory, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for key, body in objects.items():
            (Path(folder) / key).write_bytes(body)
        arguments = [sys.executable, __file__, "--serve", folder]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
            address = child.stdout.readline().strip() if child.stdout else ""
            connection = Connection(name="here", endpoint_url=address, access_key_id="test")
            bucket = S3Bucket(make_service(connection, Secret("test")), "photos")
            try:
                yield bucket
            finally:
                bucket.close()
                child.terminate()


class _Handler(BaseHTTPRequestHandler):
    """Answers GET of an object, whole or its first bytes."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_GET(self) -> None:
        """Send a file."""
        body = (self.folder / self.path.rpartition("/")[2]).read_bytes()
        whole, needed = len(body), self.headers.get("Range", "")
        if needed:
            body = body[: int(needed.rpartition("-")[2]) + 1]
        self.send_response(206 if needed else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"etag"')
        if needed:
            self.send_header("Content-Range", f"bytes 0-{len(body) - 1}/{whole}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def _serve(folder: Path) -> None:
    _Handler.folder = folder
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
