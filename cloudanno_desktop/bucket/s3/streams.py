"""Streams of files into a bucket of an S3 service and of objects out of it, which can resume."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from cloudanno_desktop.bucket.bucket import PartsMemory, PutOptions, Reading, StoredObject
from cloudanno_desktop.bucket.errors import KeyRefused, ObjectMissing
from cloudanno_desktop.bucket.keys import key_problem
from cloudanno_desktop.bucket.s3.conditional_writes import ConditionRule
from cloudanno_desktop.bucket.s3.conversion import (
    entry_of,
    etag_of,
    has_condition,
    headers_of,
    responded_at,
)
from cloudanno_desktop.bucket.s3.errors import FailedRequest, reporting
from cloudanno_desktop.bucket.s3.file_body import FileSlice, Interrupted, watch_bodies
from cloudanno_desktop.bucket.s3.listing import S3Listing
from cloudanno_desktop.bucket.s3.multipart import (
    PART_SIZE,
    PARTS_AT_ONCE,
    PartsRequest,
    abort_upload,
    upload_parts,
)
from cloudanno_desktop.bucket.s3.service import S3Service
from cloudanno_desktop.files import local_errors
from cloudanno_desktop.progress import Progress, silent

READ_BYTES = 1 << 18  # few steps for a photo, and no long silence by a bound on bytes a second
# Read whole before it is sent: one system call for the body, and no `Expect` before it.
SMALL_BYTES = 1 << 20


class S3Streams:
    """Moves bytes between local files and one bucket."""

    def __init__(self, service: S3Service, name: str, rule: ConditionRule | None = None) -> None:
        self.name = name
        self.address = f"{service.endpoint}/{name}"
        self._service = service
        self._client = service.client
        self._endpoint = service.endpoint
        self._rule = rule or ConditionRule()
        self._listing = S3Listing(service, name)
        self._threads = ThreadPoolExecutor(PARTS_AT_ONCE, "parts")  # starts none before its use
        watch_bodies(service.client)

    def upload(
        self,
        key: str,
        path: Path,
        options: PutOptions = PutOptions(),
        progress: Progress = silent,
        memory: PartsMemory | None = None,
    ) -> StoredObject:
        with self._writing(key, options):
            with local_errors(path):
                size = path.stat().st_size
            progress(0, size)
            if size > PART_SIZE:
                response, sent = self._upload_parts(key, path, options, progress, memory)
            else:
                response, sent = self._put(key, path, options, progress)
        return StoredObject(key, sent, etag_of(response), responded_at(response))

    def abandon(self, key: str, upload_id: str) -> None:
        abort_upload(self._client, self._params(key), upload_id)

    @contextmanager
    def stream(self, key: str, start: int = 0, if_match: str | None = None) -> Iterator[Reading]:
        self._require_possible(key)
        params = self._params(key, **({"Range": f"bytes={start}-"} if start else {}))
        if if_match:
            params["IfMatch"] = f'"{if_match}"'
        request = FailedRequest(
            self._endpoint, self.name, f"read “{key}”", key, conditional=bool(if_match)
        )
        with reporting(request):
            response = self._service.get(params)
        with closing(response["Body"]) as body:
            blocks = _blocks(body.iter_chunks(READ_BYTES), request)
            if response.get("ContentLength") is None:
                response = {**response, "ContentLength": self._listed(key).size}
            with reporting(request):
                reading = _reading(key, start, response, blocks)
            yield reading

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._service.close()

    def _listed(self, key: str) -> StoredObject:
        """Describe an object by its row in a listing: some services tell no length elsewhere."""
        for page in self._listing.pages(key, ""):
            for entry in page.objects:
                if entry.key == key:
                    return entry
        raise ObjectMissing(key)

    def _params(self, key: str, **more: object) -> dict[str, Any]:
        return {"Bucket": self.name, "Key": key, **more}

    def _require_possible(self, key: str) -> None:
        """Spare the service a request for a key that no bucket can hold."""
        if key_problem(key):
            raise ObjectMissing(key)

    def _writing(self, key: str, options: PutOptions) -> AbstractContextManager[None]:
        problem = key_problem(key)
        if problem:
            raise KeyRefused(key, problem)
        conditional = has_condition(options)
        action = f"write “{key}”"
        return reporting(FailedRequest(self._endpoint, self.name, action, key, True, conditional))

    def _put(
        self, key: str, path: Path, options: PutOptions, progress: Progress
    ) -> tuple[Mapping[str, Any], int]:
        with local_errors(path):
            size = path.stat().st_size
            body: bytes | FileSlice
            if size <= SMALL_BYTES:
                body = path.read_bytes()
                size = len(body)
            else:
                body = FileSlice(path, 0, size, _counted(progress, size))
        try:
            condition = self._rule.condition_of(key, options)
            headers = headers_of(key, options)
            response = self._service.put(self._params(key, Body=body, **headers, **condition))
        except Interrupted as stopped:
            raise stopped.error from stopped
        finally:
            if isinstance(body, FileSlice):
                body.close()
        progress(size, size)
        return response, size

    def _upload_parts(
        self,
        key: str,
        path: Path,
        options: PutOptions,
        progress: Progress,
        memory: PartsMemory | None,
    ) -> tuple[Mapping[str, Any], int]:
        place = self._params(key)
        condition = self._rule.condition_of(key, options, in_parts=True)
        request = PartsRequest(
            {**place, **headers_of(key, options)}, {**place, **condition}, path, memory
        )
        return upload_parts(self._client, request, self._threads, progress)


def _blocks(chunks: Iterator[bytes], request: FailedRequest) -> Iterator[bytes]:
    """Yield a body; convert its errors here, for some of boto3's look like a disk's."""
    with reporting(request):
        yield from chunks


def _counted(progress: Progress, size: int) -> Callable[[int], None]:
    done = 0

    def count(fresh: int) -> None:
        nonlocal done
        done += fresh
        progress(done, size)

    return count


def _reading(key: str, start: int, response: Mapping[str, Any], blocks: Iterator[bytes]) -> Reading:
    """Describe a response; a service that does not support ranges begins at 0."""
    entry = entry_of(key, response)
    content_range = response.get("ContentRange", "")
    if not content_range:
        return Reading(entry, 0, blocks)
    whole = content_range.rpartition("/")[2]
    size = int(whole) if whole.isdigit() else start + entry.size
    return Reading(replace(entry, size=size), start, blocks)
