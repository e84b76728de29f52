"""A local folder as a bucket: the default without an account, and the offline mirror.

Objects are files, keys are relative paths with ``/``. Every write goes to a temporary file that is
renamed into place, so a reader never sees a part, and killing the program leaves the old object.
"""

import filecmp
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from cloudanno_desktop.bucket.bucket import (
    Fetched,
    Page,
    PartsMemory,
    PutOptions,
    Reading,
    StoredObject,
    pour,
)
from cloudanno_desktop.bucket.content_type import guess_content_type
from cloudanno_desktop.bucket.errors import (
    DeleteFailure,
    KeyRefused,
    NotModified,
    ObjectMissing,
    PreconditionFailed,
    PresignImpossible,
)
from cloudanno_desktop.bucket.folder.errors import folder_problem, reading, require_folder, writing
from cloudanno_desktop.bucket.folder.tree import LOCK_NAME, FolderTree, entry_of
from cloudanno_desktop.files import (
    BLOCK,
    finish,
    give_name,
    local_errors,
    local_problem,
    make_folder,
    part_beside,
    save_stream,
    sync_folder,
)
from cloudanno_desktop.progress import Progress, silent

PAGE_SIZE = 1000
LOCK_TIMEOUT_S = 30


class FolderBucket:
    """The objects in a folder.

    The ETag is inode, modification time in nanoseconds and size. Because objects are only ever
    replaced by new files, it is a strong validator for everything that this program writes, and
    a listing of a million photos needs to read none of them, as a hash of the content would.
    Content types and cache headers have no place in a folder and are not stored.
    """

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self.name = self._root.name or str(self._root)
        self.address = str(self._root)
        self._tree = FolderTree(self._root)
        self._threads = threading.Lock()
        self._processes = FileLock(
            self._root / LOCK_NAME, timeout=LOCK_TIMEOUT_S, poll_interval=0.01
        )

    def list_pages(self, prefix: str = "", delimiter: str = "") -> Iterator[Page]:
        """List files; the only delimiter is ``/``."""
        if delimiter:
            objects, folders = self._tree.level(prefix)
            yield Page(objects, folders)
            return
        objects_left = self._tree.walk(prefix)
        while objects := list(islice(objects_left, PAGE_SIZE)):
            yield Page(objects, [])

    def get(self, key: str, if_none_match: str | None = None) -> Fetched:
        with reading(self._root, f"read “{key}”", key), self._found(key).open("rb") as file:
            entry = entry_of(key, os.fstat(file.fileno()))
            if if_none_match == entry.etag:
                raise NotModified(key)
            return Fetched(entry, file.read())

    def get_start(self, key: str, length: int) -> Fetched:
        with reading(self._root, f"read “{key}”", key), self._found(key).open("rb") as file:
            return Fetched(entry_of(key, os.fstat(file.fileno())), file.read(length))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with reading(self._root, f"read “{key}”", key), self._found(key).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def download(self, key: str, path: Path, progress: Progress = silent) -> StoredObject:
        with reading(self._root, f"read “{key}”", key), self._found(key).open("rb") as source:
            entry = entry_of(key, os.fstat(source.fileno()))
            blocks = _blocks(source, self._read_problem)
            save_stream(path, lambda file: pour(blocks, file, entry.size, progress))
        return entry

    @contextmanager
    def stream(self, key: str, start: int = 0, if_match: str | None = None) -> Iterator[Reading]:
        with reading(self._root, f"read “{key}”", key):
            source = self._found(key).open("rb")
        with source:
            entry = entry_of(key, os.fstat(source.fileno()))
            if if_match not in {None, entry.etag}:
                raise PreconditionFailed(key)
            source.seek(start)
            yield Reading(entry, start, _blocks(source, self._read_problem))

    def head(self, key: str) -> StoredObject:
        with reading(self._root, f"read “{key}”", key):
            return entry_of(key, self._found(key).stat())

    def content_type(self, key: str) -> str:
        with reading(self._root, f"read “{key}”", key):
            self._found(key)
        return guess_content_type(key)

    def put(self, key: str, body: bytes, options: PutOptions = PutOptions()) -> StoredObject:
        return self._write(key, options, lambda file: file.write(body))

    def upload(
        self,
        key: str,
        path: Path,
        options: PutOptions = PutOptions(),
        progress: Progress = silent,
        memory: PartsMemory | None = None,
    ) -> StoredObject:
        """Copy from the beginning, also after a copy that ended early."""
        with local_errors(path):
            source = path.open("rb")
        with source:
            size = os.fstat(source.fileno()).st_size
            blocks = _blocks(source, lambda error: local_problem(path, error))
            return self._write(key, options, lambda file: pour(blocks, file, size, progress))

    def abandon(self, key: str, upload_id: str) -> None:
        """Do nothing: a copy that ended early leaves nothing behind."""

    def holds_same_bytes(self, entry: StoredObject, path: Path) -> bool:
        with local_errors(path):
            if path.stat().st_size != entry.size:
                return False
            return filecmp.cmp(self._found(entry.key), path, shallow=False)

    def copy(self, source: str, target: str) -> StoredObject:
        with reading(self._root, f"read “{source}”", source):
            opened = self._found(source).open("rb")
        with opened:
            return self._write(
                target, PutOptions(), lambda file: shutil.copyfileobj(opened, file, BLOCK)
            )

    def delete(self, keys: Sequence[str]) -> list[DeleteFailure]:
        """Delete files; their folders stay."""
        require_folder(self._root)
        failures = []
        for key in keys:
            path = self._tree.find(key)
            try:
                if path:
                    path.unlink(missing_ok=True)
            except OSError as error:
                failures.append(DeleteFailure(key, error.strerror or type(error).__name__))
        return failures

    def presign(self, key: str, expires_s: int) -> str:
        raise PresignImpossible("the project is a folder on this computer")

    def close(self) -> None: ...

    def _found(self, key: str) -> Path:
        path = self._tree.find(key)
        if path is None:
            require_folder(self._root)
            raise ObjectMissing(key)
        return path

    def _write(
        self, key: str, options: PutOptions, fill: Callable[[BinaryIO], object]
    ) -> StoredObject:
        target = self._tree.target(key)
        with writing(self._root, key):
            make_folder(target.parent)
            with part_beside(target) as (part, file):
                fill(file)
                finish(file)
                file.close()
                entry = entry_of(key, part.stat())
                with self._threads, self._processes:
                    self._place(part, target, key, options)
            sync_folder(target.parent)
        return entry

    def _place(self, part: Path, target: Path, key: str, options: PutOptions) -> None:
        if target.is_dir():
            raise KeyRefused(key, "a folder of that name is in the way")
        if options.if_match is not None:
            path = self._tree.find(key)
            if path is None or entry_of(key, path.stat()).etag != options.if_match:
                raise PreconditionFailed(key)
        if not options.if_absent:
            part.replace(target)
        elif not give_name(part, target):  # under the lock
            raise PreconditionFailed(key)

    def _read_problem(self, error: OSError) -> Exception:
        return folder_problem(self._root, "be read", error)


def _blocks(source: BinaryIO, problem: Callable[[OSError], Exception]) -> Iterator[bytes]:
    """Yield the bytes of a file, so that its errors are not taken for the target's."""
    try:
        while block := source.read(BLOCK):
            yield block
    except OSError as error:
        raise problem(error) from error
