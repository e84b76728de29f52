"""Uploads in parts, several at a time, and the ETag that they leave.

An object written in one request has the MD5 of its bytes as ETag; one written in parts has the MD5
of the parts' MD5s and their number. Encrypted objects may have something else entirely.

An upload that ended early can resume: the service lists the parts that it has, and those that are
the same here are not sent again.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.exceptions as boto

from cloudanno_desktop import log
from cloudanno_desktop.bucket.bucket import PartsMemory
from cloudanno_desktop.bucket.s3.errors import error_code
from cloudanno_desktop.bucket.s3.file_body import FileSlice, Interrupted
from cloudanno_desktop.errors import FileProblem
from cloudanno_desktop.files import local_errors
from cloudanno_desktop.progress import Progress

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_log = logging.getLogger(__name__)

PART_SIZE = 8 << 20
MOST_PARTS = 10_000
PARTS_AT_ONCE = 8

_ETAG = re.compile(r"[0-9a-f]{32}(-(?P<parts>[0-9]+))?")


def part_size_of(size: int) -> int:
    """Return the bytes of a part: 8 MiB, in whole MiB more if they would be too many parts."""
    least = -(-size // MOST_PARTS)
    return max(PART_SIZE, -(-least // (1 << 20)) * (1 << 20))


@dataclass(frozen=True, slots=True)
class PartsRequest:
    """A multipart upload.

    Attributes:
        create: bucket, key and headers.
        complete: bucket, key and conditions.
        memory: the upload that was begun before; without one, no parts stay behind on a failure.
    """

    create: Mapping[str, Any]
    complete: Mapping[str, Any]
    path: Path
    memory: PartsMemory | None


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    start: int
    length: int


def upload_parts(
    client: "S3Client", request: PartsRequest, threads: Executor, progress: Progress
) -> tuple[Mapping[str, Any], int]:
    """Upload a file in parts; return the service's last response and the bytes sent.

    ``client`` watches bodies. ``progress`` counts bytes, from any thread, and may raise to stop.
    """
    size, _ = before = _state_of(request.path)
    upload = _Upload(client, request, size, progress)
    try:
        upload.open()
        upload.send_all(threads)
        if _state_of(request.path) != before:
            raise FileProblem(str(request.path), "it was changed while it was uploaded")
        return upload.complete(), size
    except BaseException as error:
        if request.memory is None or _makes_parts_useless(error):
            upload.abort()
        if isinstance(error, Interrupted):
            raise error.error from error
        raise


def _makes_parts_useless(error: BaseException) -> bool:
    """Return whether the parts cannot become the object: file or condition changed."""
    if isinstance(error, boto.ClientError):
        return error.response["ResponseMetadata"].get("HTTPStatusCode") in {400, 409, 412, 501}
    return isinstance(error, FileProblem)


def abort_upload(client: "S3Client", place: Mapping[str, str], upload_id: str) -> None:
    """Drop the parts of an abandoned upload, as far as the service allows it."""
    with log.passing_over(boto.BotoCoreError, boto.ClientError):
        client.abort_multipart_upload(**place, UploadId=upload_id)  # type: ignore[arg-type]  # two str


class _Upload:
    def __init__(
        self, client: "S3Client", request: PartsRequest, size: int, progress: Progress
    ) -> None:
        self._client = client
        self._request = request
        self._size = size
        self._progress = progress
        self._place = {"Bucket": request.create["Bucket"], "Key": request.create["Key"]}
        self._id = request.memory.upload_id if request.memory else ""
        self._sent = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._done: dict[int, str] = {}

    def open(self) -> None:
        """Resume the upload that was begun before, or begin one."""
        memory = self._request.memory
        if memory and self._id:
            self._done = self._parts_there()
            self._sent = sum(part.length for part in self._parts() if part.number in self._done)
            memory.kept(self._sent)
        if not self._id:
            self._id = self._client.create_multipart_upload(**self._request.create)["UploadId"]
            if memory:
                memory.begun(self._id)

    def send_all(self, threads: Executor) -> None:
        """Send the parts that the service does not have; the first error ends all of them."""
        missing = [part for part in self._parts() if part.number not in self._done]
        futures = [threads.submit(self._send, part) for part in missing]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            self._stop.set()
            for future in futures:
                future.cancel()
            wait(futures)
        _raise_first(futures)

    def complete(self) -> Mapping[str, Any]:
        parts: list[CompletedPartTypeDef] = [
            {"ETag": etag, "PartNumber": number} for number, etag in sorted(self._done.items())
        ]
        return self._client.complete_multipart_upload(
            **self._request.complete, UploadId=self._id, MultipartUpload={"Parts": parts}
        )

    def abort(self) -> None:
        if self._id:
            abort_upload(self._client, self._place, self._id)

    def _parts(self) -> Iterator[_Part]:
        step = part_size_of(self._size)
        for number, start in enumerate(range(0, self._size, step), start=1):
            yield _Part(number, start, min(step, self._size - start))

    def _parts_there(self) -> dict[int, str]:
        """Return the ETags of the parts that the service has and that are the same here."""
        try:
            paginator = self._client.get_paginator("list_parts")
            pages = paginator.paginate(**self._place, UploadId=self._id)
            there = {p["PartNumber"]: p for page in pages for p in page.get("Parts", [])}
        except boto.ClientError as error:
            if error_code(error) not in {"NoSuchUpload", "404"}:
                raise
            _log.info("%s: the upload in parts starts again: %s", self._place["Key"], error)
            self._id = ""  # it was completed, dropped, or has run out
            return {}
        return {
            part.number: found["ETag"]
            for part in self._parts()
            if (found := there.get(part.number))
            and found["Size"] == part.length
            and self._is_same(part, found["ETag"])
        }

    def _is_same(self, part: _Part, etag: str) -> bool:
        """Compare by MD5 if the ETag is one; else rely on the file's modification time."""
        plain = etag.strip('"')
        if not _ETAG.fullmatch(plain):
            return True
        with local_errors(self._request.path), self._request.path.open("rb") as file:
            file.seek(part.start)
            return hashlib.md5(file.read(part.length), usedforsecurity=False).hexdigest() == plain

    def _send(self, part: _Part) -> None:
        with FileSlice(self._request.path, part.start, part.length, self._count) as body:
            if self._stop.is_set():
                return
            response = self._client.upload_part(
                **self._place,
                UploadId=self._id,
                PartNumber=part.number,
                ContentLength=part.length,
                Body=body,  # type: ignore[arg-type]  # a RawIOBase is read like any file
            )
        self._done[part.number] = response["ETag"]

    def _count(self, fresh: int) -> None:
        with self._lock:
            self._sent += fresh
            done = self._sent
        self._progress(done, self._size)


def _state_of(path: Path) -> tuple[int, int]:
    with local_errors(path):
        status = path.stat()
    return status.st_size, status.st_mtime_ns


def _raise_first(futures: list[Future[None]]) -> None:
    """Raise the first error; that the others were stopped for it is none of its own."""
    for future in futures:
        if not future.cancelled():
            future.result()


def has_etag(path: Path, etag: str) -> bool:
    """Return whether uploading ``path`` gives ``etag``.

    If not, the bytes may still be the same: encryption and other part sizes change the ETag.
    """
    match = _ETAG.fullmatch(etag)
    if match is None:
        return False
    return etag == (_etag_in_parts(path) if match["parts"] else _md5_of(path))


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _etag_in_parts(path: Path) -> str:
    size = part_size_of(path.stat().st_size)
    digests = []
    with path.open("rb") as file:
        while body := file.read(size):
            digests.append(hashlib.md5(body, usedforsecurity=False).digest())
    whole = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
    return f"{whole}-{len(digests)}"
