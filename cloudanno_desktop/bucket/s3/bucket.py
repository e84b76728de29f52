"""A bucket of any service that speaks S3."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path

import botocore

from cloudanno_desktop.bucket.bucket import Fetched, Page, PutOptions, StoredObject, pour
from cloudanno_desktop.bucket.errors import (
    DeleteFailure,
    KeyRefused,
    ObjectMissing,
    PresignImpossible,
    StorageFailed,
)
from cloudanno_desktop.bucket.keys import key_problem
from cloudanno_desktop.bucket.s3.conversion import (
    entry_of,
    etag_of,
    headers_of,
    responded_at,
    whole_entry_of,
)
from cloudanno_desktop.bucket.s3.copy import copy_object
from cloudanno_desktop.bucket.s3.errors import FailedRequest, read_whole, reporting
from cloudanno_desktop.bucket.s3.multipart import has_etag
from cloudanno_desktop.bucket.s3.streams import S3Streams
from cloudanno_desktop.files import BLOCK, local_errors, save_stream
from cloudanno_desktop.progress import Progress, silent

DELETE_BATCH = 1000
NO_LINKS = (
    "only an access key with its secret key can sign links, which this connection does not have "
    "(at IBM, create the service credential with HMAC keys)"
)
_NOT_IN_XML = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")


class S3Bucket(S3Streams):
    """The objects in one bucket of an S3 service, which is closed with it.

    Without a rule for conditions they are sent as they are.
    """

    def list_pages(self, prefix: str = "", delimiter: str = "") -> Iterator[Page]:
        return self._listing.pages(prefix, delimiter)

    def get(self, key: str, if_none_match: str | None = None) -> Fetched:
        self._require_possible(key)
        condition = {"IfNoneMatch": f'"{if_none_match}"'} if if_none_match else {}
        return read_whole(lambda: self._get(key, condition))

    def get_start(self, key: str, length: int) -> Fetched:
        """Read an empty object whole: it has no range."""
        self._require_possible(key)
        try:
            return read_whole(lambda: self._get_start(key, length))
        except StorageFailed as error:
            if error.code in {"InvalidRange", "416"}:
                return self.get(key)
            raise

    def get_range(self, key: str, start: int, length: int) -> bytes:
        self._require_possible(key)
        end = start + max(length, 1) - 1
        try:
            return read_whole(lambda: self._get_range(key, start, end))[: max(length, 0)]
        except StorageFailed as error:
            if error.code in {"InvalidRange", "416"}:
                return b""
            raise

    def download(self, key: str, path: Path, progress: Progress = silent) -> StoredObject:
        with self.stream(key) as reading:
            size = reading.entry.size
            save_stream(path, lambda file: pour(reading.blocks, file, size, progress))
            return reading.entry

    def head(self, key: str) -> StoredObject:
        self._require_possible(key)
        with self._reporting("read", key):
            response = self._service.head(self._params(key))
            if "ContentLength" in response:
                return entry_of(key, response)
        return self._listed(key)

    def content_type(self, key: str) -> str:
        self._require_possible(key)
        with self._reporting("read", key):
            content_type: str = self._service.head(self._params(key)).get("ContentType", "")
            return content_type

    def put(self, key: str, body: bytes, options: PutOptions = PutOptions()) -> StoredObject:
        with self._writing(key, options):
            condition = self._rule.condition_of(key, options)
            headers = headers_of(key, options)
            response = self._service.put(self._params(key, Body=body, **headers, **condition))
        return StoredObject(key, len(body), etag_of(response), responded_at(response))

    def holds_same_bytes(self, entry: StoredObject, path: Path) -> bool:
        """Compare by the ETag; if that does not settle it, read the object."""
        with local_errors(path):
            if path.stat().st_size != entry.size:
                return False
            return has_etag(path, entry.etag) or self._reads_the_same(entry.key, path)

    def copy(self, source: str, target: str) -> StoredObject:
        self._require_possible(source)
        problem = key_problem(target)
        if problem:
            raise KeyRefused(target, problem)
        with self._reporting("copy", source):
            copy_object(self._client, self.name, source, target)
        return self.head(target)

    def delete(self, keys: Sequence[str]) -> list[DeleteFailure]:
        """Delete in batches; keys that XML cannot carry one by one."""
        possible = [key for key in keys if not key_problem(key)]
        plain = [key for key in possible if not _NOT_IN_XML.search(key)]
        failures: list[DeleteFailure] = []
        for start in range(0, len(plain), DELETE_BATCH):
            failures += self._delete_batch(plain[start : start + DELETE_BATCH])
        for key in possible:
            if _NOT_IN_XML.search(key):
                failures += self._delete_one(key)
        return failures

    def presign(self, key: str, expires_s: int) -> str:
        if self._client.meta.config.signature_version is botocore.UNSIGNED:  # type: ignore[attr-defined]  # set by its __init__
            raise PresignImpossible(NO_LINKS)
        with self._reporting("create a link to", key):
            return self._client.generate_presigned_url(
                "get_object", Params={"Bucket": self.name, "Key": key}, ExpiresIn=expires_s
            )

    def _get(self, key: str, condition: dict[str, str]) -> Fetched:
        with self._reporting("read", key):
            response = self._service.get(self._params(key, **condition))
            with closing(response["Body"]) as body:
                read = body.read()
                return Fetched(entry_of(key, {"ContentLength": len(read), **response}), read)

    def _get_start(self, key: str, length: int) -> Fetched:
        with self._reporting("read", key):
            response = self._service.get(self._params(key, Range=f"bytes=0-{length - 1}"))
            with closing(response["Body"]) as body:
                return Fetched(whole_entry_of(key, response), body.read(length))

    def _get_range(self, key: str, start: int, end: int) -> bytes:
        with self._reporting("read", key):
            response = self._service.get(self._params(key, Range=f"bytes={start}-{end}"))
            with closing(response["Body"]) as body:
                is_part = response.get("ContentRange")
                read: bytes = body.read() if is_part else body.read(end + 1)
                return read if is_part else read[start:]  # the service ignored the range

    def _reads_the_same(self, key: str, path: Path) -> bool:
        with self._reporting("read", key), path.open("rb") as file:
            response = self._service.get(self._params(key))
            with closing(response["Body"]) as body:
                return all(block == file.read(len(block)) for block in body.iter_chunks(BLOCK))

    def _delete_batch(self, keys: list[str]) -> list[DeleteFailure]:
        with self._reporting("delete objects"):
            response = self._client.delete_objects(
                Bucket=self.name, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        return [
            DeleteFailure(problem.get("Key", ""), problem.get("Code", "unknown reason"))
            for problem in response.get("Errors", [])
            if problem.get("Code") != "NoSuchKey"
        ]

    def _delete_one(self, key: str) -> list[DeleteFailure]:
        try:
            with self._reporting("delete", key):
                self._client.delete_object(Bucket=self.name, Key=key)
        except ObjectMissing:
            return []
        except StorageFailed as error:
            return [DeleteFailure(key, error.code)]
        return []

    def _reporting(self, verb: str, key: str = "") -> AbstractContextManager[None]:
        action = f"{verb} “{key}”" if key else verb
        return reporting(FailedRequest(self._endpoint, self.name, action, key))
