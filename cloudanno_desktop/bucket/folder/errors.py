"""What an operating system's error means for a folder that is used as a bucket."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    BucketMissing,
    KeyRefused,
    ObjectDenied,
    ObjectMissing,
    StorageFailed,
)
from cloudanno_desktop.errors import CloudAnnoError, DiskFull
from cloudanno_desktop.files import FULL

_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EILSEQ}
_IN_THE_WAY = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST}
_BAD_NAME = {errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}


@dataclass(eq=False)
class FolderDenied(AccessDenied):
    sentence: ClassVar[str] = (
        "The folder “{endpoint}” does not allow to {action} ({code}). Check its permissions."
    )


@dataclass(eq=False)
class FileDenied(ObjectDenied):
    sentence: ClassVar[str] = FolderDenied.sentence


@contextmanager
def reading(root: Path, action: str, key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        require_folder(root)
        if error.errno in _MISSING:
            raise ObjectMissing(key) from error
        problem = folder_problem(root, action, error)
        if isinstance(problem, FolderDenied):
            raise FileDenied(problem.endpoint, action, problem.code) from error
        raise problem from error


@contextmanager
def writing(root: Path, key: str) -> Iterator[None]:
    require_folder(root)
    try:
        yield
    except OSError as error:
        if error.errno in _BAD_NAME:
            raise KeyRefused(key, "the disk does not allow such a name") from error
        if error.errno in _IN_THE_WAY:
            raise KeyRefused(key, "a file or folder of that name is in the way") from error
        raise folder_problem(root, f"write “{key}”", error) from error


def require_folder(root: Path) -> None:
    try:
        there = root.is_dir()
    except OSError as error:
        raise folder_problem(root, "be read", error) from error
    if not there:
        raise BucketMissing(root.name, str(root.parent))


def folder_problem(root: Path, action: str, error: OSError) -> CloudAnnoError:
    reason = error.strerror or type(error).__name__
    if error.errno in FULL:
        return DiskFull(str(root))
    if error.errno in _DENIED:
        return FolderDenied(str(root), action, reason)
    return StorageFailed(str(root), action, reason)
