"""Which file of a folder a key means, and which keys a folder holds.

Keys never leave the folder: symbolic links that point outside are neither read nor listed, and
linked folders are not walked. A name on disk that is not valid UTF-8 has a key with ``%XX``; where
a file has exactly that text as its name, the text wins and the other file is not listed.
"""

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.bucket.errors import KeyRefused, Unreachable
from cloudanno_desktop.bucket.folder.errors import folder_problem, require_folder
from cloudanno_desktop.bucket.keys import escape_name, key_problem, segment_problem, unescape_name
from cloudanno_desktop.files import PART_NAME, remove_if_abandoned

_log = logging.getLogger(__name__)

LOCK_NAME = ".cloudanno.lock"


def entry_of(key: str, status: os.stat_result) -> StoredObject:
    """Describe a file; its ETag is inode, time and size (see ``FolderBucket``)."""
    return StoredObject(
        key,
        status.st_size,
        f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}",
        datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC),
    )


@dataclass(frozen=True, slots=True)
class FolderTree:
    """The files below ``root``, an absolute path without symbolic links."""

    root: Path

    def find(self, key: str) -> Path | None:
        if self._problem(key):
            return None
        path = self._located(key)
        try:
            is_file = stat.S_ISREG(path.stat().st_mode)
        except OSError as error:
            _log.debug("%s is no picture: %s", path, error)
            return None
        return path if is_file and self._is_inside(path) else None

    def target(self, key: str) -> Path:
        problem = self._problem(key)
        if problem:
            raise KeyRefused(key, problem)
        path = self._located(key)
        if not self._is_inside(path.parent):
            raise KeyRefused(key, "it would leave the folder")
        return path

    def walk(self, prefix: str = "") -> Iterator[StoredObject]:
        """Yield every object whose key starts with ``prefix``. Raises if that is not all."""
        before = self._identity()
        stack = [self._start(prefix)]
        while stack:
            path, above = stack.pop()
            for entry in self._entries(path):
                key = above + _key_name(entry)
                if entry.is_dir(follow_symlinks=False):
                    if f"{key}/".startswith(prefix):
                        stack.append((entry.path, f"{key}/"))
                elif key.startswith(prefix):
                    found = self._object(entry, key)
                    if found is not None:
                        yield found
        if self._identity() != before:
            raise Unreachable(str(self.root), "the folder was taken away while it was read")

    def level(self, prefix: str) -> tuple[list[StoredObject], list[str]]:
        """Return the objects and the folders (``…/``) directly below ``prefix``."""
        require_folder(self.root)
        path, above = self._start(prefix)
        objects: list[StoredObject] = []
        folders: list[str] = []
        for entry in self._entries(path):
            key = above + _key_name(entry)
            if not key.startswith(prefix):
                continue
            if not entry.is_dir(follow_symlinks=False):
                found = self._object(entry, key)
                objects += [found] if found else []
            elif any(True for _ in self.walk(f"{key}/")):
                folders.append(f"{key}/")
        return objects, folders

    def _problem(self, key: str) -> str | None:
        segments = key.split("/")
        own = segments[-1] == LOCK_NAME or PART_NAME.fullmatch(segments[-1])
        return (
            key_problem(key)
            or next(filter(None, map(segment_problem, segments)), None)
            or ("the program uses that name itself" if own else None)
        )

    def _located(self, key: str) -> Path:
        """Return the path of ``key``, through names that are not UTF-8 where the disk has them."""
        path = self.root / key
        if "%" not in key or os.path.lexists(path):
            return path
        path = self.root
        for segment in key.split("/"):
            other = unescape_name(segment)
            literal = path / segment
            is_other = other and os.path.lexists(path / other) and not os.path.lexists(literal)
            path = path / other if other and is_other else literal
        return path

    def _is_inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.root)

    def _start(self, prefix: str) -> tuple[str, str]:
        """Return the folder that holds everything below ``prefix``, and its key with ``/``."""
        folder, slash, _ = prefix.rpartition("/")
        if not folder:
            # A key never starts with "/": nothing in the root matches such a prefix.
            return str(self.root), ""
        if self._problem(folder):
            return "", ""
        path = self._located(folder)
        return (str(path) if self._is_inside(path) else "", folder + slash)

    def _entries(self, path: str) -> Iterator[os.DirEntry[str]]:
        """Yield the entries of one folder that are not the program's own files."""
        if not path:
            return
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.name.startswith(".cloudanno") and _is_own(entry):
                        continue
                    if not _is_hidden_by_text(entry):
                        yield entry
        except (FileNotFoundError, NotADirectoryError):
            require_folder(self.root)  # a folder below it may vanish meanwhile, like an object
        except OSError as error:
            raise folder_problem(self.root, f"list “{escape_name(path)}”", error) from error

    def _object(self, entry: os.DirEntry[str], key: str) -> StoredObject | None:
        try:
            status = entry.stat()
        except OSError as error:
            _log.debug("%s is left out: %s", entry.path, error)
            return None  # vanished meanwhile, or a link to nothing
        if not stat.S_ISREG(status.st_mode):
            return None
        if entry.is_symlink() and not self._is_inside(Path(entry.path)):
            return None
        return entry_of(key, status)

    def _identity(self) -> tuple[int, int]:
        require_folder(self.root)
        status = self.root.stat()
        return status.st_dev, status.st_ino


def _key_name(entry: os.DirEntry[str]) -> str:
    return entry.name if entry.name.isascii() else escape_name(entry.name)


def _is_hidden_by_text(entry: os.DirEntry[str]) -> bool:
    name = _key_name(entry)
    return name != entry.name and Path(entry.path).with_name(name).exists()


def _is_own(entry: os.DirEntry[str]) -> bool:
    if entry.name == LOCK_NAME:
        return True
    if not PART_NAME.fullmatch(entry.name):
        return False
    remove_if_abandoned(Path(entry.path))
    return True
