"""Operations on many objects of a bucket: count them, copy them to other keys, delete them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import ClassVar

from cloudanno_desktop.bucket.bucket import Bucket, StoredObject
from cloudanno_desktop.bucket.errors import (
    AccessDenied,
    BucketMissing,
    DeleteFailure,
    ObjectMissing,
    Unreachable,
)
from cloudanno_desktop.errors import CloudAnnoError, DiskFull
from cloudanno_desktop.progress import Cancelled, Progress, silent

PARALLEL = 4  # requests that carry no bytes; more would only take the window's time
DELETE_STEP = 1000  # keys between two looks whether to stop
TICK_S = 0.1
HOPELESS = (AccessDenied, BucketMissing, Unreachable, DiskFull)  # the next one would fare alike


@dataclass(frozen=True, slots=True)
class Amount:
    objects: int = 0
    bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.objects + other.objects, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class CopyFailure:
    key: str
    reason: str


@dataclass(eq=False)
class TargetTaken(CloudAnnoError):
    sentence: ClassVar[str] = "There is already an object “{key}”. Choose another name."
    key: str


@dataclass(eq=False)
class CopyDiffers(CloudAnnoError):
    sentence: ClassVar[str] = (
        "“{key}” was not copied completely, or has changed since. It was not moved; try again."
    )
    key: str


@dataclass(eq=False)
class ObjectsLeft(CloudAnnoError):
    sentence: ClassVar[str] = (
        "Not everything could be deleted: {count:,} left, the first is “{key}” ({reason})."
    )
    count: int
    key: str
    reason: str


def objects_below(
    bucket: Bucket, prefix: str = "", progress: Progress = silent
) -> Iterator[StoredObject]:
    """Yield every object below a prefix once; ``progress`` counts them."""
    seen: set[str] = set()
    for page in bucket.list_pages(prefix):
        for entry in page.objects:
            if entry.key not in seen:
                seen.add(entry.key)
                yield entry
        progress(len(seen), None)


def find(bucket: Bucket, key: str) -> StoredObject | None:
    try:
        return bucket.head(key)
    except ObjectMissing:
        return None


def exists(bucket: Bucket, key: str) -> bool:
    return find(bucket, key) is not None


def amount_of(entries: Iterable[StoredObject]) -> Amount:
    sizes = [entry.size for entry in entries]
    return Amount(len(sizes), sum(sizes))


def copy_verified(bucket: Bucket, entry: StoredObject, target: str) -> StoredObject:
    """Copy one object on the server to a free key, and verify its size.

    Raises ``TargetTaken``, ``CopyDiffers``, ``ObjectMissing``, ``KeyRefused``.
    """
    if exists(bucket, target):
        raise TargetTaken(target)
    copied = bucket.copy(entry.key, target)
    if copied.size != entry.size and copied.size != bucket.head(entry.key).size:
        bucket.delete([target])
        raise CopyDiffers(entry.key)
    return copied


def copy_objects(
    bucket: Bucket,
    moves: Sequence[tuple[StoredObject, str]],
    on_copied: Callable[[StoredObject, StoredObject], None],
    progress: Progress = silent,
) -> list[CopyFailure]:
    """Copy objects to new keys, several at a time; return those that failed.

    ``on_copied`` takes the original and its verified copy, on this thread. What was copied stays
    when ``progress``, which counts objects, stops the work.
    """
    failures: list[CopyFailure] = []
    with ThreadPoolExecutor(PARALLEL, "copies") as pool:
        left = {pool.submit(copy_verified, bucket, entry, target): entry for entry, target in moves}
        try:
            while left:
                progress(len(moves) - len(left), len(moves))
                ended, _ = wait(left, timeout=TICK_S, return_when=FIRST_COMPLETED)
                for future in ended:
                    failures += _end(future, left.pop(future), on_copied)
        except Cancelled:
            pool.shutdown(cancel_futures=True)
            for future, entry in left.items():
                if future.done() and not future.cancelled():
                    _end(future, entry, on_copied)
            raise
        finally:
            pool.shutdown(cancel_futures=True)
    progress(len(moves), len(moves))
    return failures


def delete_objects(
    bucket: Bucket, keys: Sequence[str], progress: Progress = silent
) -> list[DeleteFailure]:
    """Delete objects in batches; return those that could not be deleted."""
    failures: list[DeleteFailure] = []
    for start in range(0, len(keys), DELETE_STEP):
        progress(start, len(keys))
        failures += bucket.delete(keys[start : start + DELETE_STEP])
    progress(len(keys), len(keys))
    return failures


def delete_below(bucket: Bucket, prefix: str, progress: Progress = silent) -> Amount:
    """Delete every object below a prefix; return their amount. Raises ``ObjectsLeft``."""
    entries = list(objects_below(bucket, prefix, progress))
    failures = delete_objects(bucket, [entry.key for entry in entries], progress)
    if failures:
        raise ObjectsLeft(len(failures), failures[0].key, failures[0].reason)
    return amount_of(entries)


def _end(
    future: Future[StoredObject],
    entry: StoredObject,
    on_copied: Callable[[StoredObject, StoredObject], None],
) -> list[CopyFailure]:
    try:
        copied = future.result()
    except HOPELESS:
        raise
    except CloudAnnoError as error:
        return [CopyFailure(entry.key, str(error))]
    on_copied(entry, copied)
    return []
