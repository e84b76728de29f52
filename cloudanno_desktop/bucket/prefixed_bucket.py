"""A bucket narrowed to a project's prefix."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudanno_desktop.bucket.bucket import (
    Bucket,
    Fetched,
    Page,
    PartsMemory,
    PutOptions,
    Reading,
    StoredObject,
)
from cloudanno_desktop.bucket.errors import DeleteFailure
from cloudanno_desktop.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class RootedBucket:
    """A bucket narrowed to the keys below ``root`` (with its ``/``), which callers never see."""

    bucket: Bucket
    root: str

    @property
    def name(self) -> str:
        return self.bucket.name

    @property
    def address(self) -> str:
        return f"{self.bucket.address}/{self.root}"

    def list_pages(self, prefix: str = "", delimiter: str = "") -> Iterator[Page]:
        for page in self.bucket.list_pages(self.root + prefix, delimiter):
            yield Page(
                [self._inside(entry) for entry in page.objects],
                [text.removeprefix(self.root) for text in page.prefixes],
            )

    def get(self, key: str, if_none_match: str | None = None) -> Fetched:
        fetched = self.bucket.get(self.root + key, if_none_match)
        return Fetched(self._inside(fetched.entry), fetched.body)

    def get_start(self, key: str, length: int) -> Fetched:
        fetched = self.bucket.get_start(self.root + key, length)
        return Fetched(self._inside(fetched.entry), fetched.body)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self.bucket.get_range(self.root + key, start, length)

    def download(self, key: str, path: Path, progress: Progress = silent) -> StoredObject:
        return self._inside(self.bucket.download(self.root + key, path, progress))

    @contextmanager
    def stream(self, key: str, start: int = 0, if_match: str | None = None) -> Iterator[Reading]:
        with self.bucket.stream(self.root + key, start, if_match) as reading:
            yield Reading(self._inside(reading.entry), reading.start, reading.blocks)

    def head(self, key: str) -> StoredObject:
        return self._inside(self.bucket.head(self.root + key))

    def content_type(self, key: str) -> str:
        return self.bucket.content_type(self.root + key)

    def put(self, key: str, body: bytes, options: PutOptions = PutOptions()) -> StoredObject:
        return self._inside(self.bucket.put(self.root + key, body, options))

    def upload(
        self,
        key: str,
        path: Path,
        options: PutOptions = PutOptions(),
        progress: Progress = silent,
        memory: PartsMemory | None = None,
    ) -> StoredObject:
        return self._inside(self.bucket.upload(self.root + key, path, options, progress, memory))

    def abandon(self, key: str, upload_id: str) -> None:
        self.bucket.abandon(self.root + key, upload_id)

    def holds_same_bytes(self, entry: StoredObject, path: Path) -> bool:
        there = StoredObject(self.root + entry.key, entry.size, entry.etag, entry.modified)
        return self.bucket.holds_same_bytes(there, path)

    def copy(self, source: str, target: str) -> StoredObject:
        return self._inside(self.bucket.copy(self.root + source, self.root + target))

    def delete(self, keys: Sequence[str]) -> list[DeleteFailure]:
        failures = self.bucket.delete([self.root + key for key in keys])
        return [DeleteFailure(f.key.removeprefix(self.root), f.reason) for f in failures]

    def presign(self, key: str, expires_s: int) -> str:
        return self.bucket.presign(self.root + key, expires_s)

    def close(self) -> None:
        self.bucket.close()

    def _inside(self, entry: StoredObject) -> StoredObject:
        key = entry.key.removeprefix(self.root)
        return StoredObject(key, entry.size, entry.etag, entry.modified)
