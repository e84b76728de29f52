"""Deleting images with their files, and restoring them from the trash with their labels."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.pending_deletions import record_deletion
from cloudanno_desktop.labels.edits.assign import Assign, CompositeEdit, Edit, Ids, UndeleteLabel
from cloudanno_desktop.labels.edits.delete_label import forget_images
from cloudanno_desktop.labels.edits.states import PinSplit, SetState
from cloudanno_desktop.labels.image_states import NO_MARKS, PARTS, Part, State
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.trash import (
    FILES_IN_LOT,
    Deletion,
    Trashed,
    TrashedImage,
    delete_lot,
    restore_file,
)
from cloudanno_desktop.progress import Cancelled, Progress, silent

RESTORED_AT_ONCE = 100


@dataclass(slots=True)
class Restoration:
    """Ids of the restored images; key and reason of those that stayed in the trash."""

    back: list[int] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """The files of a project’s images with their labels; ``author`` goes into the trash list."""

    bucket: Bucket
    index: ImageIndex
    store: LabelStore
    author: str

    def describe(self, ids: Ids) -> list[TrashedImage]:
        names = {label.id: label.name for label in self.store.catalog.shown}
        carried, marks = self.store.labels_of(ids), self.store.marks_of(ids)
        described = []
        for row in self.index.rows(ids):
            labels, marked = carried[row.id], marks.get(row.id, NO_MARKS)
            states = tuple(state.value for state in marked.states)
            known = tuple(names[label] for label in labels)
            image = TrashedImage(row.key, row.size, labels, known, states, marked.part or "")
            described.append(image)
        return described

    def delete(
        self,
        images: Sequence[TrashedImage],
        progress: Progress = silent,
        *,
        uses_trash: bool,
    ) -> Deletion:
        """Delete files and, batch by batch, the annotations of those that are gone.

        When ``progress`` cancels, the rest stays.
        """
        done = Deletion()
        for start in range(0, len(images), FILES_IN_LOT):
            try:
                progress(start, len(images))
            except Cancelled:
                break
            lot = images[start : start + FILES_IN_LOT]
            part = delete_lot(self.bucket, lot, self.author if uses_trash else None)
            self._forget([image.key for image in part.gone])
            done.gone += part.gone
            done.failed += part.failed
        return done

    def restore(self, trashed: Sequence[Trashed], progress: Progress = silent) -> Restoration:
        """Restore files from the trash with their labels; labels deleted since come back too."""
        done = Restoration()
        for start in range(0, len(trashed), RESTORED_AT_ONCE):
            try:
                progress(start, len(trashed))
            except Cancelled:
                break
            self._restore_some(trashed[start : start + RESTORED_AT_ONCE], done)
        return done

    def _forget(self, keys: Sequence[str]) -> None:
        with self.store.database.transaction():
            ids = list(self.index.ids_of(keys).values())
            record_deletion(self.index, keys)
            forget_images(ids).apply(self.store)

    def _restore_some(self, trashed: Iterable[Trashed], done: Restoration) -> None:
        back: list[tuple[int, TrashedImage]] = []
        for one in trashed:
            try:
                entry = restore_file(self.bucket, one)
            except CloudAnnoError as error:
                done.failed.append((one.image.key, str(error)))
            else:
                back.append((self.index.record_upload(entry), one.image))
        CompositeEdit(tuple(self._remember(back)), "Restore pictures").apply(self.store)
        done.back += [image_id for image_id, _ in back]

    def _remember(self, back: Sequence[tuple[int, TrashedImage]]) -> Iterator[Edit]:
        """Yield the edits that restore annotations."""
        catalog = self.store.catalog
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for image_id, image in back:
            groups[tuple(x for x in image.labels if x in catalog.rows)].append(image_id)
        for label_id in dict.fromkeys(label for labels in groups for label in labels):
            if catalog.rows[label_id].created and catalog.rows[label_id].deleted:
                yield UndeleteLabel(label_id)
        for labels, ids in groups.items():
            if labels:
                yield Assign(labels, np.array(ids, np.int32))
        for state in State:
            yield SetState([i for i, image in back if state in image.states], state)
        for part in PARTS:
            yield PinSplit([i for i, image in back if image.part == part], Part(part))
