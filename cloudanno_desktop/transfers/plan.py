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
from cloudanno_desktop.files import local_errors, local_problem
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.transfers.model import TransferSpec

MOST_NAMES = 10_000
# Why a file or a key cannot be part of a plan.
NO_IMAGE = "its name does not end like an image’s"
NOT_HERE = "it is not in this project"


@dataclass(frozen=True, slots=True)
class PlannedUpload:
    path: Path
    key: str


def plan_uploads(
    paths: Iterable[Path], prefix: str = "", accept: Callable[[str], bool] | None = None
) -> list[PlannedUpload]:
    """Return the files at and below ``paths`` with their keys, in the order of their names.

    A file becomes ``prefix/name``, a file of a folder ``prefix/folder/…/name``. Linked folders and
    what is no regular file are left out, and so is every key that ``accept`` denies.
    Raises ``FileProblem`` for a path that cannot be read.
    """
    above = f"{prefix.rstrip('/')}/" if prefix else ""
    planned: list[PlannedUpload] = []
    for path in paths:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 links keep their name
        planned += _planned(absolute, above + escape_name(absolute.name))
    return [upload for upload in planned if accept is None or accept(upload.key)]


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


def _planned(path: Path, key: str) -> Iterator[PlannedUpload]:
    with local_errors(path):
        mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        yield PlannedUpload(path, key)
    if not stat.S_ISDIR(mode):
        return

    def refuse(error: OSError) -> None:
        raise local_problem(Path(error.filename), error) from error

    for above, folders, names in os.walk(path, onerror=refuse):
        folders.sort()
        inside = Path(above)
        keys = [key, *map(escape_name, inside.relative_to(path).parts)]
        for name in sorted(names):
            if (inside / name).is_file():
                yield PlannedUpload(inside / name, "/".join([*keys, escape_name(name)]))


def _folders(name: str) -> Iterator[str]:
    parts = name.split("/")
    for count in range(1, len(parts)):
        yield "/".join(parts[:count])


def _size(path: Path) -> int:
    with log.passing_over(OSError):
        return path.stat().st_size
    return 0  # reported when its turn comes
