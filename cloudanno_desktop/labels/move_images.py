"""Move pictures to other keys of a project; their labels follow them.

The order is copy, look at the copy, labels at the new key on this computer and in the bucket, only
then delete the old key. Whoever kills the program meanwhile finds no label lost, and at worst a
picture under both keys.
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
    """Where objects are moved: a project's bucket, and what is known of it here.

    Attributes:
        push: sends the journal to the bucket.
    """

    bucket: Bucket
    index: ImageIndex
    labels: LabelStore
    push: Callable[[], object]


@dataclass(slots=True)
class MoveReport:
    """What was moved.

    Attributes:
        moved: each object as it is now, and its old key.
        failed: what stayed, or stayed under its old key too.
        was_stopped: the person stopped it before everything was moved.
    """

    moved: list[tuple[StoredObject, str]] = field(default_factory=list)
    failed: list[CopyFailure] = field(default_factory=list)
    was_stopped: bool = False


def move_objects(
    place: Place, moves: Sequence[tuple[StoredObject, str]], progress: Progress = silent
) -> MoveReport:
    """Give objects other keys.

    Args:
        place: the project.
        moves: each object and its new key, which must be free.
        progress: counts objects while they are copied; what was copied when it stops the work is
            moved to the end.

    Raises:
        ProjectReadOnly: the labels cannot follow; nothing was moved.
        CloudAnnoError: the storage does not answer, or the journal cannot be sent; what was
            copied is there under both keys.
    """
    with place.labels.writing():
        pass  # a project that can only be looked at is refused before anything is copied
    possible = [(e, key) for e, key in moves if is_image_key(key) or not is_image_key(e.key)]
    report = MoveReport()
    report.failed += [
        CopyFailure(entry.key, f"it would not be a picture of the project any more as “{key}”")
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
    """Images whose labels were carried to others."""

    sources: IdArray
    targets: IdArray
    labels: dict[int, tuple[str, ...]]


def _carry(place: Place, copied: Sequence[tuple[StoredObject, StoredObject]]) -> _Carried:
    """Let the copies carry the labels, durably and in one step."""
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
        CopyFailure(key, f"it was copied, but the old one could not be deleted ({reason})")
        for key, reason in left.items()
    ]
    report.moved = [(new, old.key) for old, new in copied if old.key not in left]
    record_deletion(place.index, [old for _, old in report.moved])


def _resolve(place: Place, carried: _Carried, gone: set[str]) -> None:
    """Carry over what was labeled meanwhile; forget the labels of keys that are no more."""
    with place.index.database.transaction():
        now = place.labels.labels_of(carried.sources)
        changed = [now[int(i)] != carried.labels[int(i)] for i in carried.sources]
        mask = np.array(changed, np.bool_)
        CopyLabels(carried.sources[mask], carried.targets[mask]).apply(place.labels)
        rows = place.index.rows(carried.sources)
        old = np.array([row.id for row in rows if row.key in gone], np.int32)
        forget_images(old).apply(place.labels)
