"""The labels of an open project, in its local database.

Reading is safe from any thread and sees what is committed. Writing goes through edits; an operation
and its effect are one durable transaction, so what an edit returned is on disk.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.database import Database
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels import image_states as marked
from cloudanno_desktop.labels.catalog import Catalog
from cloudanno_desktop.labels.ids import IdArray, sorted_ids
from cloudanno_desktop.labels.image_states import Marks, Part, State
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.conflicts import Conflict, find_conflicts
from cloudanno_desktop.labels.label import Label, LabelCount
from cloudanno_desktop.labels.label_index import LabelIndex
from cloudanno_desktop.labels.naming_rules import RuleProfile
from cloudanno_desktop.labels.repair_stamps import needs_repair, repair_stamps
from cloudanno_desktop.labels.transaction import LabelUnknown, Transaction, read_catalog

__all__ = ["LabelStore", "LabelUnknown", "ProjectReadOnly", "ProjectSettings"]

LABELS_OF = """
SELECT ids.value, p.label_no FROM json_each(?) AS ids
JOIN label_pair AS p ON p.image_id = ids.value WHERE p.shown = 1
"""
CHANGED = """
SELECT group_concat(DISTINCT c.image_id) FROM label_changed AS c
CROSS JOIN label_pair AS p ON p.image_id = c.image_id AND p.label_no = c.label_no
WHERE p.shown = 1
"""


@dataclass(eq=False)
class ProjectReadOnly(CloudAnnoError):
    """The project holds something that this version must not touch."""

    sentence: ClassVar[str] = "This project is read-only: {reason}"

    reason: str


class ProjectSettings(msgspec.Struct, frozen=True):
    """What all users of a project share."""

    project_id: str
    multi_label: bool = False
    profile: RuleProfile = RuleProfile.FREE
    pattern: str = ""  # for the profile ``CUSTOM``


class LabelStore:
    """Labels, assignments and the operations that made them.

    The database has one writer id of the journal, so only one program at a time may hold it: a
    window with its media process. ``author`` is the user’s name in the journal.
    """

    def __init__(self, database: Database, index: ImageIndex, author: str) -> None:
        self.database = database
        self._index = index
        self.author = author
        self._membership = LabelIndex(database)
        self._catalog_lock = threading.Lock()
        self._present_lock = threading.Lock()  # may be held for a second: never for a view
        self._catalog: tuple[int, Catalog] | None = None
        self._present: tuple[tuple[int, int], NDArray[np.bool_]] | None = None
        with database.transaction() as connection:
            local_journal.own_writer(connection)
            if local_journal.get_state(connection, "project") is None:
                settings = ProjectSettings(str(uuid4()))
                local_journal.set_state(connection, "project", msgspec.json.encode(settings))
            needs = needs_repair(connection)
            if local_journal.get_state(connection, "tagged") is None:
                index.add_tags()
                local_journal.set_state(connection, "tagged", 1)
        if needs:
            with self.taking() as writing:
                repair_stamps(writing)

    @property
    def project(self) -> ProjectSettings:
        """The settings as last seen in the bucket."""
        body = local_journal.get_state(self.database.reader(), "project")
        return msgspec.json.decode(body, type=ProjectSettings)

    @property
    def read_only_reason(self) -> str | None:
        """Why nothing may be changed here; ``None`` where it may."""
        return local_journal.get_state(self.database.reader(), "read_only") or None

    @property
    def revision(self) -> int:
        return int(local_journal.get_state(self.database.reader(), "revision", 0))

    @property
    def catalog(self) -> Catalog:
        """The list of labels, merged and deleted ones included."""
        with self._catalog_lock:
            revision = self.revision
            if self._catalog is None or self._catalog[0] != revision:
                self._catalog = revision, read_catalog(self.database.reader())
            return self._catalog[1]

    def labels(self) -> list[LabelCount]:
        return [LabelCount(label, len(self.ids_with(label.id))) for label in self.catalog.shown]

    def label_named(self, name: str) -> Label:
        label = self.catalog.named(name)
        if label is None:
            raise LabelUnknown(name)
        return label

    def labels_of(self, ids: Sequence[int] | IdArray) -> dict[int, tuple[str, ...]]:
        """Return the label ids of each image in list order; empty tuples included."""
        needed = [int(image_id) for image_id in ids]
        catalog = self.catalog
        found: dict[int, list[str]] = defaultdict(list)
        for image_id, no in self.database.reader().execute(LABELS_OF, (json.dumps(needed),)):
            found[image_id].append(catalog.id_of(no))
        return {image_id: catalog.in_order(found.get(image_id, ())) for image_id in needed}

    def labels_among(self, ids: IdArray) -> list[LabelCount]:
        """Return the labels that some of these images carry, with their numbers."""
        chosen = np.zeros(int(ids.max(initial=-1)) + 1, np.bool_)
        chosen[ids] = True
        counts = []
        for label in self.catalog.shown:
            carried = self.ids_with(label.id)
            images = int(np.count_nonzero(chosen[carried[carried < len(chosen)]]))
            if images:
                counts.append(LabelCount(label, images))
        return counts

    def ids_with(self, label_id: str) -> IdArray:
        """Return the present images that carry a label, as sorted ids."""
        arrays = self._membership.arrays()
        parts = [arrays[row.no] for row in self.catalog.members(label_id) if row.no in arrays]
        if len(parts) == 1:
            return self._only_present(parts[0])
        return self._only_present(np.unique(np.concatenate([_no_ids(), *parts])))

    def image_ids(self) -> IdArray:
        """Return the images of the project in key order: present, not taken out."""
        ids = self._index.all_ids()
        if not len(marked.ids_taken_out(self.database.reader())):
            return ids
        mask = self._present_mask()
        present = mask[ids[ids < len(mask)]]
        return ids if present.all() and len(present) == len(ids) else ids[ids < len(mask)][present]

    def ids_in(self, state: State) -> IdArray:
        """Return the present images in a state, as sorted ids."""
        return self._only_present(marked.ids_in_state(self.database.reader(), state))

    def ids_pinned_to(self, part: Part) -> IdArray:
        """Return the present images that are pinned to a part, as sorted ids."""
        return self._only_present(marked.ids_pinned(self.database.reader(), part))

    def ids_taken_out(self) -> IdArray:
        """Return the present images that were taken out of the project, as sorted ids."""
        out = marked.ids_taken_out(self.database.reader())
        return np.intersect1d(out, self._index.all_ids(), assume_unique=True).astype(np.int32)

    def is_taken_out(self, image_id: int) -> bool:
        return image_id in marked.ids_taken_out(self.database.reader())

    def marks_of(self, ids: Sequence[int] | IdArray) -> dict[int, Marks]:
        return marked.marks_of(self.database.reader(), ids)

    def training_ids(self) -> IdArray:
        """Return the labeled images that are not excluded nor changed since, as sorted ids."""
        left_out = np.union1d(self.ids_in(State.EXCLUDED), self.changed_ids())
        return np.setdiff1d(self.labeled_ids(), left_out, assume_unique=True)

    def labeled_ids(self) -> IdArray:
        """Return the present images that carry a label, as sorted ids."""
        arrays = self._membership.arrays()
        catalog = self.catalog
        present = self._present_mask()
        mask = np.zeros_like(present)
        for row in catalog.rows.values():
            if row.no in arrays and catalog.root(row.label.id) is not None:
                ids = arrays[row.no]
                mask[ids[ids < len(mask)]] = True
        return np.flatnonzero(mask & present).astype(np.int32)

    def multi_labeled_ids(self) -> IdArray:
        """Return the present images that carry several labels, as sorted ids."""
        carried = np.zeros(len(self._present_mask()), np.int32)
        for label in self.catalog.shown:
            ids = self.ids_with(label.id)
            carried[ids[ids < len(carried)]] += 1
        return np.flatnonzero(carried > 1).astype(np.int32)

    def changed_ids(self) -> IdArray:
        """Return the labeled images whose bytes changed since, as sorted ids."""
        (text,) = self.database.reader().execute(CHANGED).fetchone()
        return np.intersect1d(self._only_present(sorted_ids(text or "")), self.labeled_ids())

    def pending(self) -> int:
        return local_journal.pending(self.database.reader())

    def conflicts(self) -> list[Conflict]:
        """List the images that users labeled differently while apart (single-label projects)."""
        if self.project.multi_label:
            return []
        return find_conflicts(self.database.reader(), self.catalog)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a durable transaction, nested or not, for an edit. Raises ``ProjectReadOnly``."""
        reason = self.read_only_reason
        if reason:
            raise ProjectReadOnly(reason)
        with self.taking() as writing:
            yield writing

    @contextmanager
    def taking(self) -> Iterator[Transaction]:
        """Open a durable transaction for what comes from the bucket."""
        try:
            with self.database.transaction() as connection:
                yield Transaction(connection, self._index, self._membership, self.author)
        except BaseException:
            self._membership.forget_notes()
            raise

    def _only_present(self, ids: IdArray) -> IdArray:
        mask = self._present_mask()
        ids = ids[ids < len(mask)]
        return ids[mask[ids]]

    def _present_mask(self) -> NDArray[np.bool_]:
        with self._present_lock:
            state = self._index.generation, self.revision
            if self._present is None or self._present[0] != state:
                ids = self._index.all_ids()
                mask = np.zeros(int(ids.max(initial=-1)) + 1, np.bool_)
                mask[ids] = True
                out = marked.ids_taken_out(self.database.reader())
                mask[out[out < len(mask)]] = False
                self._present = state, mask
            return self._present[1]


def _no_ids() -> IdArray:
    return np.zeros(0, np.int32)
