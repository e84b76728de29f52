"""Keys and local names: how one becomes the other without losing or colliding.

A key is Unicode text. A name on a POSIX disk is bytes; bytes that are not UTF-8 stand in the key as
``%XX``, and where there are any, ``%25`` stands for a ``%`` that would be taken for one. A key with
a clash gets a number, `` (2)``, before its suffix.
"""

import os
import re
from pathlib import PurePosixPath
from urllib.parse import unquote_to_bytes

NAME_LIMIT_BYTES = 255
KEY_LIMIT_BYTES = 1024

_BAD_BYTE = re.compile("[\udc80-\udcff]")
_ESCAPED_BYTE = re.compile("%[89A-F][0-9A-F]")
_MISLEADING = "(?=(?:25)*[89A-F][0-9A-F])"  # what follows a ``%`` that is one
_ESCAPED = re.compile(f"%25{_MISLEADING}|{_ESCAPED_BYTE.pattern}".encode())
_WINDOWS_CHARACTERS = re.compile(r'[<>:"\\|?*\x00-\x1f]')
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def escape_name(name: str) -> str:
    """Return a file name as valid text: each byte that is not UTF-8 becomes ``%XX``."""
    text = os.fsencode(name).decode("utf-8", "surrogateescape")
    if _BAD_BYTE.search(text):
        text = re.sub(f"%{_MISLEADING}", "%25", text)
    return _BAD_BYTE.sub(lambda match: f"%{ord(match[0]) - 0xDC00:02X}", text)


def unescape_name(segment: str) -> str | None:
    """Return the file name that ``escape_name`` turns into ``segment``, if it changes any byte."""
    if not _ESCAPED_BYTE.search(segment):
        return None
    raw = _ESCAPED.sub(
        lambda match: unquote_to_bytes(match[0]), segment.encode("utf-8", "surrogatepass")
    )
    try:
        name = os.fsdecode(raw)
    except UnicodeDecodeError:
        return None
    return name if name != segment and escape_name(name) == segment else None


def key_problem(key: str) -> str | None:
    """Return why no kind of bucket can hold ``key``; ``None`` if one can."""
    if not key:
        return "the name is empty"
    try:
        raw = key.encode()
    except UnicodeEncodeError:
        return "the name is not valid text"
    if len(raw) > KEY_LIMIT_BYTES:
        return f"the name is longer than {KEY_LIMIT_BYTES} bytes"
    return None


def segment_problem(segment: str, *, windows: bool = os.name == "nt") -> str | None:
    """Return why a disk cannot hold a file named ``segment``; ``None`` if it can."""
    if segment in {"", ".", ".."}:
        return "it has an empty part, “.” or “..”"
    if "\0" in segment:
        return "it holds a null character"
    if len(segment.encode("utf-8", "surrogateescape")) > NAME_LIMIT_BYTES:
        return f"a part of the name is longer than {NAME_LIMIT_BYTES} bytes"
    return _windows_problem(segment) if windows else None


def _windows_problem(segment: str) -> str | None:
    if _WINDOWS_CHARACTERS.search(segment) or segment[-1] in ". ":
        return "Windows does not allow such a name"
    if _WINDOWS_DEVICE.fullmatch(segment):
        return "Windows keeps this name for a device"
    return None


def numbered(key: str, number: int) -> str:
    """Return ``key`` with `` (number)`` before its suffix, shortened to what a disk can hold."""
    if number == 1:
        return key
    folder, slash, name = key.rpartition("/")
    return f"{folder}{slash}{_shortened(name, f' ({number})')}"


def local_segments(key: str) -> list[str]:
    """Return the folder names and the file name under which a disk can hold any ``key``."""
    return [_local_name(segment) for segment in key.split("/")]


def _local_name(segment: str) -> str:
    name = segment.replace("\0", "_")
    if name in {"", ".", ".."}:
        return "_" * max(1, len(name))
    if os.name == "nt":
        name = _windows_name(name)
    if len(name.encode()) <= NAME_LIMIT_BYTES:
        return name
    return _shortened(name)


def _shortened(name: str, addition: str = "") -> str:
    """Return a name with ``addition`` before its suffix, cut to what a disk can hold."""
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix) < 32 else ""
    tail = addition + suffix
    stem = name.removesuffix(suffix).encode()[: NAME_LIMIT_BYTES - len(tail.encode())]
    return stem.decode(errors="ignore") + tail


def _windows_name(name: str) -> str:
    allowed = _WINDOWS_CHARACTERS.sub("_", name).rstrip(". ") or "_"
    return f"_{allowed}" if _WINDOWS_DEVICE.fullmatch(allowed) else allowed
