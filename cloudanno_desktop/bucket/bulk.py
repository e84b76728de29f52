"""Acts on many objects of a bucket: count them, copy them to other keys, delete them."""

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
    """How much there is."""

    objects: int = 0
    bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.objects + other.objects, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class CopyFailure:
    """An object that was not copied, and why."""

    key: str
    reason: str


@dataclass(eq=False)
class TargetTaken(CloudAnnoError):
    """There is an object under the new key already; nothing is ever overwritten."""

    sentence: ClassVar[str] = "There is already an object “{key}”. Choose another name."

    key: str


@dataclass(eq=False)
class CopyDiffers(CloudAnnoError):
    """A copy is not what its original is."""

    sentence: ClassVar[str] = (
        "“{key}” was not copied whole, or was changed meanwhile. It is kept; try again."
    )

    key: str


@dataclass(eq=False)
class ObjectsLeft(CloudAnnoError):
    """Some objects could not be deleted."""

    sentence: ClassVar[str] = (
        "{count} objects could not be deleted; the first is “{key}” ({reason})."
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
    """Describe an object, ``None`` if there is none."""
    try:
        return bucket.head(key)
    except ObjectMissing:
        return None


def exists(bucket: Bucket, key: str) -> bool:
    """Whether there is an object."""
    return find(bucket, key) is not None


def amount_of(entries: Iterable[StoredObject]) -> Amount:
    """Add up objects."""
    sizes = [entry.size for entry in entries]
    return Amount(len(sizes), sum(sizes))


def copy_verified(bucket: Bucket, entry: StoredObject, target: str) -> StoredObject:
    """Copy one object on the server to a free key, and look that the copy is whole.

    Raises:
        TargetTaken: the key is not free.
        CopyDiffers: the copy has another size than the original has now.
        ObjectMissing: there is no original (any more).
        KeyRefused: the bucket cannot hold the key.
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
    """Copy objects side by side; return those that could not be.

    Args:
        bucket: where they are and stay.
        moves: each object and its new key.
        on_copied: takes the original and its verified copy, on this thread.
        progress: counts objects; when it stops the work, what was copied stays.
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
    """Delete objects in batches; return those that could not be."""
    failures: list[DeleteFailure] = []
    for start in range(0, len(keys), DELETE_STEP):
        progress(start, len(keys))
        failures += bucket.delete(keys[start : start + DELETE_STEP])
    progress(len(keys), len(keys))
    return failures


def delete_below(bucket: Bucket, prefix: str, progress: Progress = silent) -> Amount:
    """Delete every object below a prefix; return how much that was. Raises ``ObjectsLeft``."""
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
