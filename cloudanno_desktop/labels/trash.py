"""Deleted files that can be restored: ``_cloudanno/trash/<time>-<id>/``.

One folder holds one batch: ``list.json`` describes it, and file number ``n`` of the list is stored
under ``n`` as eight digits, so that a key of any length or form fits and nothing there looks like
an image. The list is written first, then each file is copied on the server and checked, then the
originals are deleted: wherever it is interrupted, no file is gone from both places.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import msgspec

from cloudanno_desktop.bucket.bucket import Bucket, PutOptions, StoredObject
from cloudanno_desktop.bucket.bulk import exists, objects_below
from cloudanno_desktop.bucket.errors import ObjectMissing
from cloudanno_desktop.bucket.keys import key_problem, numbered
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.project_keys import OWN, TRASH

_log = logging.getLogger(__name__)

FILE = re.compile(TRASH + r"(?P<lot>[0-9A-Za-z-]{1,64})/(?P<number>[0-9]{8})")
LIST_NAME = "list.json"
FORMAT = 1
FILES_IN_LOT = 1000  # as many as one request deletes
AT_ONCE = 4


class TrashedImage(msgspec.Struct, frozen=True, array_like=True):
    """What was known of an image when its file was deleted."""

    key: str
    size: int
    labels: tuple[str, ...] = ()  # ids
    names: tuple[str, ...] = ()  # of the labels at that time
    states: tuple[str, ...] = ()
    part: str = ""  # pinned to; may be empty


class TrashBatch(msgspec.Struct, frozen=True):
    """The list of one batch as it is stored."""

    format: int
    deleted: datetime
    author: str
    images: tuple[TrashedImage, ...]


@dataclass(frozen=True, slots=True)
class Trashed:
    """One file in the trash; ``place`` is its key there."""

    place: str
    image: TrashedImage
    deleted: datetime
    author: str


@dataclass(slots=True)
class Deletion:
    """Images whose files are gone; key and reason of those that stayed."""

    gone: list[TrashedImage] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def delete_lot(bucket: Bucket, images: Sequence[TrashedImage], author: str | None) -> Deletion:
    """Delete at most ``FILES_IN_LOT`` files, into the trash if there is an ``author``."""
    done = Deletion()
    copied = images if author is None else _copy_away(bucket, images, author, done)
    left = {failure.key: failure.reason for failure in bucket.delete([x.key for x in copied])}
    done.gone += [image for image in copied if image.key not in left]
    done.failed += left.items()
    return done


def list_trash(bucket: Bucket) -> list[Trashed]:
    """Return the files in the trash, the latest first."""
    places: dict[str, list[str]] = {}
    for entry in objects_below(bucket, TRASH):
        found = FILE.fullmatch(entry.key)
        if found:
            places.setdefault(found["lot"], []).append(entry.key)
    return [
        one for lot in sorted(places, reverse=True) for one in _read_lot(bucket, lot, places[lot])
    ]


def restore_file(bucket: Bucket, one: Trashed) -> StoredObject:
    """Restore a file under its key, or a numbered one where that is taken.

    Raises:
        TrashLocked: the list of its batch is damaged.
        CloudAnnoError: ``Bucket.copy`` failed; the file is still in the trash.
    """
    key = one.image.key
    if key_problem(key) or key.startswith(OWN):
        raise TrashLocked("its list is damaged")
    entry = bucket.copy(one.place, _free_key(bucket, key))
    bucket.delete([one.place])
    return entry


def empty_trash(bucket: Bucket, progress: Progress = silent) -> int:
    """Delete everything in the trash for good; return the number of files."""
    keys = [entry.key for entry in objects_below(bucket, TRASH)]
    keys.sort(key=lambda key: key.endswith(LIST_NAME))  # the lists last
    for start in range(0, len(keys), FILES_IN_LOT):
        progress(start, len(keys))
        failures = bucket.delete(keys[start : start + FILES_IN_LOT])
        if failures:
            raise TrashLocked(failures[0].reason)
    return sum(FILE.fullmatch(key) is not None for key in keys)


@dataclass(eq=False)
class TrashLocked(CloudAnnoError):
    """The storage keeps what lies in the trash."""

    sentence = "The trash could not be emptied: {reason}"

    reason: str


def _copy_away(
    bucket: Bucket, images: Sequence[TrashedImage], author: str, done: Deletion
) -> list[TrashedImage]:
    """Copy files into a new batch; return those that are there now."""
    now = datetime.now(UTC)
    lot = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    body = msgspec.json.encode(TrashBatch(FORMAT, now, author, tuple(images)))
    bucket.put(f"{TRASH}{lot}/{LIST_NAME}", body, PutOptions("application/json"))

    def copy(numbered_image: tuple[int, TrashedImage]) -> str:
        number, image = numbered_image
        try:
            bucket.copy(image.key, _place(lot, number))
        except CloudAnnoError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(AT_ONCE, "trash") as pool:
        problems = list(pool.map(copy, enumerate(images)))
    pairs = list(zip(images, problems, strict=True))
    done.failed += [(image.key, problem) for image, problem in pairs if problem]
    return [image for image, problem in pairs if not problem]


def _read_lot(bucket: Bucket, lot: str, places: Iterable[str]) -> Iterator[Trashed]:
    try:
        body = bucket.get(f"{TRASH}{lot}/{LIST_NAME}").body
        listed = msgspec.json.decode(body, type=TrashBatch)
    except (ObjectMissing, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        _log.debug("%s in the trash cannot be read: %s", lot, error)
        return  # nothing is known of these files; they stay
    for place in sorted(places):
        number = int(place[-8:])
        if listed.format == FORMAT and number < len(listed.images):
            yield Trashed(place, listed.images[number], listed.deleted, listed.author)


def _free_key(bucket: Bucket, key: str) -> str:
    names = (numbered(key, number) for number in count(1))
    return next(name for name in names if not exists(bucket, name))


def _place(lot: str, number: int) -> str:
    return f"{TRASH}{lot}/{number:08d}"
