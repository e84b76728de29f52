"""Which files go where: names are given before anything is moved."""

import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudanno_desktop import log
from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.bucket.keys import escape_name, local_segments, numbered
from cloudanno_desktop.files import local_errors
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.transfers.local_files import Found, files_below, problem_of
from cloudanno_desktop.transfers.model import TransferSpec

MOST_NAMES = 10_000
# Why a file or a key cannot be part of a plan.
NO_IMAGE = "its name does not end like an image’s"
NOT_HERE = "it is not in this project"


@dataclass(frozen=True, slots=True)
class PlannedUpload:
    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """What goes up, and each path that does not, with the reason."""

    uploads: list[PlannedUpload]
    left_out: list[tuple[Path, str]]


def plan_uploads(
    paths: Iterable[Path], prefix: str = "", accept: Callable[[str], bool] | None = None
) -> UploadPlan:
    """Return the files at and below ``paths`` with their keys, in the order of their names.

    A file becomes ``prefix/name``, a file of a folder ``prefix/folder/…/name``. What systems left
    below a folder is passed over; what else cannot be taken, or ``accept`` denies, is listed.
    Raises ``FileProblem`` for a path that cannot be read.
    """
    above = f"{prefix.rstrip('/')}/" if prefix else ""
    plan = UploadPlan([], [])
    for path in paths:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 links keep their name
        for names, file, problem in _found(absolute):
            key = above + "/".join(map(escape_name, (absolute.name, *names)))
            if problem:
                plan.left_out.append((file, problem))
            elif accept is None or accept(key):
                plan.uploads.append(PlannedUpload(file, key))
            else:
                plan.left_out.append((file, NO_IMAGE))
    return plan


def upload_specs(
    plan: Iterable[PlannedUpload], labels_for: Callable[[PlannedUpload], tuple[str, ...]]
) -> list[TransferSpec]:
    return [
        TransferSpec(upload.path, upload.key, _size(upload.path), "", labels_for(upload))
        for upload in plan
    ]


def download_specs(entries: Sequence[StoredObject | ImageRow], folder: Path) -> list[TransferSpec]:
    """Return a file below ``folder`` for each object, no two of the same name.

    A key's folders become folders. What a disk cannot hold is replaced (``..`` by ``__``); names
    that a disk may not tell apart are one, and get numbers in the order of ``entries``.
    """
    base = Path(os.path.abspath(folder))  # noqa: PTH100 links keep their name
    names = ["/".join(local_segments(entry.key)) for entry in entries]
    taken = {folded(above) for name in names for above in _folders(name)}
    specs = []
    for entry, name in zip(entries, names, strict=True):
        free = next(
            one
            for number in range(1, MOST_NAMES)
            if folded(one := numbered(name, number)) not in taken
        )
        taken.add(folded(free))
        specs.append(TransferSpec(base / free, entry.key, entry.size, entry.etag))
    return specs


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _found(path: Path) -> Iterator[Found]:
    with local_errors(path):
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    yield from files_below(path) if is_folder else [((), path, problem_of(path))]


def _folders(name: str) -> Iterator[str]:
    parts = name.split("/")
    for count in range(1, len(parts)):
        yield "/".join(parts[:count])


def _size(path: Path) -> int:
    with log.passing_over(OSError):
        return path.stat().st_size
    return 0  # reported when its turn comes
