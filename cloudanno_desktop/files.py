"""Files that are written aside and put into place whole.

A part lies beside its target, so that the last step is one rename in one file system. Its name is
unmistakably ours: a user's own ``*.part`` file is a file like any other.
"""

import errno
import hashlib
import logging
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from cloudanno_desktop.errors import DiskFull, FileProblem

_log = logging.getLogger(__name__)

PART_NAME = re.compile(r"\.cloudanno-[0-9a-f]{16}\.part")
ABANDONED_S = 24 * 3600
BLOCK = 1 << 20
MOST_UNWRITTEN_KB = 32 << 10
Result = TypeVar("Result")
Value = TypeVar("Value")
FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


@contextmanager
def part_beside(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Open a new part beside ``path``; remove it at the end unless it was renamed.

    Raises ``OSError`` as the file system does.
    """
    part = path.parent / f".cloudanno-{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            yield part, file
    finally:
        part.unlink(missing_ok=True)


def finish(file: BinaryIO) -> None:
    stamp(file)
    os.fsync(file.fileno())


def stamp(file: BinaryIO) -> None:
    """Give a part, once it is filled, a time of nanosecond resolution.

    The kernel's own time stamp has the resolution of its clock tick, in which two writes may fall.
    """
    file.flush()
    now = time.time_ns()
    if os.utime in os.supports_fd:
        os.utime(file.fileno(), ns=(now, now))
    else:
        os.utime(file.name, ns=(now, now))


def begin_writing(file: BinaryIO) -> None:
    """Let the system write out what a part has, so that less is left to be forced at once.

    Linux does so where a program says that it will not read the file soon.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def force(part: Path) -> None:
    """Force the bytes of a closed part to the disk. Raises ``OSError`` as the file system does."""
    with part.open("r+b") as file:
        os.fsync(file.fileno())


def force_disks(folders: Iterable[Path]) -> bool:
    """Force all that was written to the disks of some folders; say whether that could be done.

    Where there is no such call, or a disk says no, each file has to be forced by itself; so it has
    while other programs have much to be written, which all who commit would have to wait for.
    Source: https://man7.org/linux/man-pages/man2/syncfs.2.html
    """
    syncfs = _syncfs()
    if syncfs is None:
        return False
    try:
        if _unwritten_kb() > MOST_UNWRITTEN_KB:
            return False
        disks = {folder.stat().st_dev: folder for folder in folders}
        return all(_on_folder(folder, syncfs) == 0 for folder in disks.values())
    except OSError:
        _log.debug("writeback was not started", exc_info=True)
        return False


@cache
def _syncfs() -> Callable[[int], int] | None:
    """Return a call of Linux that Python does not know; ``None`` elsewhere."""
    if sys.platform != "linux":
        return None
    import ctypes

    return getattr(ctypes.CDLL(None), "syncfs", None)


def _unwritten_kb() -> int:
    """Return what all programs have written and no disk has yet; for Linux."""
    with Path("/proc/meminfo").open() as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith("Dirty:")), 0)


def _on_folder(folder: Path, call: Callable[[int], Result]) -> Result:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return call(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    if os.name != "nt":
        _on_folder(folder, os.fsync)


def make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    missing = [above for above in (folder, *folder.parents) if not above.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_folder(made.parent)


def check_writable(folder: Path) -> None:
    with local_errors(folder):
        make_folder(folder)
        with part_beside(folder / "any"):
            return


def remove_if_abandoned(part: Path) -> None:
    """Remove a part not written to for a day: its writer was killed."""
    try:
        if part.stat().st_mtime < time.time() - ABANDONED_S:
            part.unlink()
    except OSError:
        _log.debug("%s stays", part, exc_info=True)
        return  # another process cleaned, or may; a listing must not fail over it


@contextmanager
def local_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise local_problem(path, error) from error


def give_name(part: Path, path: Path) -> bool:
    """Let a part have its name unless that is taken; say whether it has it now.

    Where a disk has no hard links the caller has to prevent others from taking the name.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:
        if os.path.lexists(path):
            return False
        part.replace(path)
        return True
    part.unlink()
    return True


def save_stream(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a new file and put it at ``path`` when whole.

    Raises ``DiskFull``, ``FileProblem``.
    """
    with local_errors(path):
        make_folder(path.parent)
        with part_beside(path) as (part, file):
            write(file)
            finish(file)
            file.close()
            part.replace(path)
        sync_folder(path.parent)


def write_file(path: Path, body: bytes) -> None:
    """Write a small file; a reader sees the old or the new one, never a part.

    Raises ``DiskFull``, ``FileProblem``.
    """
    save_stream(path, lambda file: file.write(body))


def read_json(path: Path, kind: type[Value], missing: Value | None = None) -> Value:
    """Read a JSON file; ``missing`` is returned if there is none. Raises ``FileProblem``."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        if missing is not None:
            return missing
        raise local_problem(path, error) from error
    except OSError as error:
        raise local_problem(path, error) from error
    except msgspec.MsgspecError as error:
        raise FileProblem(str(path), str(error)) from error


def write_json(path: Path, value: object) -> None:
    """Write a value as readable JSON. Raises ``DiskFull``, ``FileProblem``."""
    write_file(path, msgspec.json.format(msgspec.json.encode(value), indent=2))


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield the name under which a library writes a file; then it takes the place of ``path``.

    The name has the ending of ``path``, by which libraries choose the format.
    """
    part = path.with_name(f"part-{path.name}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def local_problem(path: Path, error: OSError) -> DiskFull | FileProblem:
    shown = os.fsencode(path).decode(errors="replace")
    if error.errno in FULL:
        return DiskFull(shown)
    return FileProblem(shown, error.strerror or type(error).__name__)
