"""Moving pictures to other keys of a project, with their labels.

Copy, check the copy, write the labels of the new key here and to the bucket, and only then delete
the old key: if the program is killed meanwhile no label is lost, and at worst a picture is under
both keys.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cloudanno_desktop.bucket.bucket import Bucket, StoredObject
from cloudanno_desktop.bucket.bulk import CopyFailure, copy_objects, delete_objects
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.pending_deletions import record_deletion
from cloudanno_desktop.labels.edits.copy_annotations import CopyLabels
from cloudanno_desktop.labels.edits.delete_label import forget_images
from cloudanno_desktop.labels.ids import IdArray
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.progress import Cancelled, Progress, silent
from cloudanno_desktop.project_keys import is_image_key


@dataclass(frozen=True, slots=True)
class Place:
    """The bucket of a project and its local state; ``push`` sends the journal."""

    bucket: Bucket
    index: ImageIndex
    labels: LabelStore
    push: Callable[[], object]


@dataclass(slots=True)
class MoveReport:
    """What was moved."""

    moved: list[tuple[StoredObject, str]] = field(default_factory=list)  # new object, old key
    failed: list[CopyFailure] = field(default_factory=list)  # under the old key, perhaps under both
    was_stopped: bool = False


def move_objects(
    place: Place, moves: Sequence[tuple[StoredObject, str]], progress: Progress = silent
) -> MoveReport:
    """Move objects to new keys, which must be free.

    If ``progress`` cancels, what was already copied is still moved to the end.

    Raises:
        ProjectReadOnly: the labels cannot follow; nothing was moved.
        CloudAnnoError: the storage failed, or the journal cannot be sent; copied objects are under
            both keys.
    """
    with place.labels.writing():
        pass  # a project that can only be looked at is refused before anything is copied
    possible = [(e, key) for e, key in moves if is_image_key(key) or not is_image_key(e.key)]
    report = MoveReport()
    report.failed += [
        CopyFailure(entry.key, f"“{key}” would not be a picture of the project")
        for entry, key in moves
        if is_image_key(entry.key) and not is_image_key(key)
    ]
    copied: list[tuple[StoredObject, StoredObject]] = []

    def on_copied(old: StoredObject, new: StoredObject) -> None:
        copied.append((old, new))

    try:
        report.failed += copy_objects(place.bucket, possible, on_copied, progress)
    except Cancelled:
        report.was_stopped = True
    carried = _carry(place, copied)
    place.push()
    _delete_old(place, copied, report)
    _resolve(place, carried, {old for _, old in report.moved})
    return report


@dataclass(frozen=True, slots=True)
class _Carried:
    sources: IdArray
    targets: IdArray
    labels: dict[int, tuple[str, ...]]


def _carry(place: Place, copied: Sequence[tuple[StoredObject, StoredObject]]) -> _Carried:
    """Copy the annotations to the new images in one durable step."""
    images = [(old, new) for old, new in copied if is_image_key(new.key)]
    with place.index.database.transaction() as connection:
        sources = place.index.ensure(connection, [old.key for old, _ in images])
        targets = [place.index.record_upload(new) for _, new in images]
        ids = np.array(sources, np.int32)
        labels = place.labels.labels_of(ids)
        carried = _Carried(ids, np.array(targets, np.int32), labels)
        CopyLabels(carried.sources, carried.targets).apply(place.labels)
    return carried


def _delete_old(
    place: Place, copied: Sequence[tuple[StoredObject, StoredObject]], report: MoveReport
) -> None:
    left = {f.key: f.reason for f in delete_objects(place.bucket, [old.key for old, _ in copied])}
    report.failed += [
        CopyFailure(key, f"it was copied, but the original could not be deleted ({reason})")
        for key, reason in left.items()
    ]
    report.moved = [(new, old.key) for old, new in copied if old.key not in left]
    record_deletion(place.index, [old for _, old in report.moved])


def _resolve(place: Place, carried: _Carried, gone: set[str]) -> None:
    """Carry over what was labeled meanwhile; clear the labels of old keys."""
    with place.index.database.transaction():
        now = place.labels.labels_of(carried.sources)
        changed = [now[int(i)] != carried.labels[int(i)] for i in carried.sources]
        mask = np.array(changed, np.bool_)
        CopyLabels(carried.sources[mask], carried.targets[mask]).apply(place.labels)
        rows = place.index.rows(carried.sources)
        old = np.array([row.id for row in rows if row.key in gone], np.int32)
        forget_images(old).apply(place.labels)
