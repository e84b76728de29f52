"""Random histories in which other programs delete, replace, rename and restore what is in a bucket.

No picture ever carries a label that was not given to its bytes without being marked, and all
computers agree in the end. ``CLOUDANNO_OUTSIDE_HISTORIES`` says how many (60 by default, 1,000 by
``make histories``), ``CLOUDANNO_HISTORY`` one seed to look at.
"""

import os
import random

import pytest

from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.scanner import scan
from cloudanno_desktop.labels.edits.assign import Assign, ClearLabels, CreateLabel, SetLabels
from cloudanno_desktop.labels.edits.confirm import KeepLabels
from cloudanno_desktop.labels.edits.undo import UndoStack
from cloudanno_desktop.labels.moved_outside import compare_content, look_for_gone, renamed
from cloudanno_desktop.labels.store import LabelStore
from cloudanno_desktop.labels.sync import Sync
from tests.support.memory_bucket import MemoryBucket
from tests.support.quick_database import QuickDatabase
from tests.support.world import EAGER

HISTORIES = int(os.environ.get("CLOUDANNO_OUTSIDE_HISTORIES", "60"))
PARTS = 4
STEPS = 30
KEYS = ("a.jpg", "b.jpg", "c.jpg")
BODIES = (b"heron", b"stork", b"crane", b"a frog")
NAMES = ("bird", "other")


class Computer:
    def __init__(self, bucket, name):
        self.bucket = bucket
        self.database = QuickDatabase()
        self.index = ImageIndex(self.database)
        self.store = LabelStore(self.database, self.index, name)
        self.sync = Sync(bucket, self.store, thresholds=EAGER)
        self.undo = UndoStack()
        self.bodies = {}  # what lay under each key at the last scan

    def refresh(self):
        scan(self.bucket, self.index)
        self.bodies = photos(self.bucket)
        self.sync.open()
        self.sync.push()
        self.sync.pull()
        compare_content(self.bucket, self.store)
        look_for_gone(self.bucket, self.store)

    def write(self):
        self.refresh()
        self.sync.write_files()

    def do(self, edit):
        self.undo.push(edit.text, edit.apply(self.store))

    def shown(self):
        """Return the label of each present picture, and whether it is marked as changed."""
        names = {one.id: one.name for one in self.store.catalog.shown}
        changed = set(self.store.changed_ids().tolist())
        rows = self.index.rows(self.store.labeled_ids())
        carried = self.store.labels_of([row.id for row in rows])
        return {
            row.key: (tuple(names[x] for x in carried[row.id]), row.id in changed) for row in rows
        }


def photos(bucket):
    return {key: bucket.objects[key] for key in KEYS if key in bucket.objects}


class History:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.bucket = MemoryBucket()
        self.computers = [Computer(self.bucket, name) for name in ("Ada", "Bob")]
        self.given = set()  # bytes and the name of the label that they were given
        self.taken = {}  # objects that were deleted outside and may be restored
        for key, body in zip(KEYS, BODIES, strict=False):
            self.bucket.put(key, body)
        for one in self.computers:
            one.refresh()

    def run(self):
        acts = (
            *(self.label,) * 4,
            *(self.refresh,) * 4,
            *(self.replace,) * 3,
            *(self.clear, self.undo, self.redo, self.keep, self.drop, self.take_renamed),
            *(self.delete, self.rename, self.delete_own, self.restore, self.write, self.join),
        )
        for _ in range(STEPS):
            self.dice.choice(acts)()
            self.check()
        self.finish()

    def check(self):
        for one in self.computers:
            for key, (names, is_changed) in one.shown().items():
                unsaid = {(one.bodies[key], name) for name in names} - self.given
                assert is_changed or not unsaid, (key, unsaid)

    def finish(self):
        for _ in range(2):
            for one in self.computers:
                one.refresh()
                if one.sync.is_lost:
                    one.sync.resend()
        for one in self.computers * 2:
            one.write()
        self.check()
        first, *others = [one.shown() for one in self.computers]
        assert all(other == first for other in others), (first, others)

    def computer(self):
        return self.dice.choice(self.computers)

    def label(self):
        one, name = self.computer(), self.dice.choice(NAMES)
        keys = [key for key in KEYS if key in one.bodies and self.dice.random() < 0.6]
        if one.store.catalog.named(name) is None:
            one.do(CreateLabel(name))
        label = one.store.label_named(name).id
        ids = tuple(one.index.id_of(key) for key in keys)
        one.do(self.dice.choice((SetLabels(ids, (label,)), Assign((label,), ids))))
        self.given |= {(one.bodies[key], name) for key in keys}

    def clear(self):
        one = self.computer()
        one.do(ClearLabels(one.store.labeled_ids()[:1]))

    def undo(self):
        one = self.computer()
        if one.undo.can_undo:
            one.undo.undo(one.store)

    def redo(self):
        one = self.computer()
        if one.undo.can_redo:
            one.undo.redo(one.store)

    def keep(self):
        one = self.computer()
        shown = one.shown().items()
        self.given |= {
            (one.bodies[key], name) for key, (names, changed) in shown if changed for name in names
        }
        one.do(KeepLabels(one.store.changed_ids()))

    def drop(self):
        one = self.computer()
        one.do(ClearLabels(one.store.changed_ids()))

    def take_renamed(self):
        one = self.computer()
        if edit := renamed(one.store):
            one.do(edit)

    def refresh(self):
        self.computer().refresh()

    def write(self):
        self.computer().write()

    def join(self):
        """A computer that never saw the project opens it."""
        if len(self.computers) < 4:
            self.computers.append(Computer(self.bucket, f"{len(self.computers)}"))
            self.computers[-1].refresh()

    def replace(self):
        self.bucket.put(self.dice.choice(KEYS), self.dice.choice(BODIES))

    def delete(self):
        self._delete([self.dice.choice(KEYS)])

    def rename(self):
        old, new = self.dice.sample(KEYS, 2)
        if old in self.bucket.objects:
            self.bucket.put(new, self.bucket.objects[old])
            self._delete([old])

    def delete_own(self):
        own = sorted(key for key in self.bucket.objects if key.startswith("_"))
        self._delete(self.dice.sample(own, min(len(own), self.dice.choice((1, 2, 99)))))

    def _delete(self, keys):
        self.taken |= {k: self.bucket.objects[k] for k in keys if k in self.bucket.objects}
        self.bucket.delete(keys)

    def restore(self):
        for key, body in self.taken.items():
            if key in KEYS or key not in self.bucket.objects:
                self.bucket.put(key, body)
        self.taken.clear()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_label_passes_to_other_bytes_unsaid_and_all_computers_agree(part):
    only = os.environ.get("CLOUDANNO_HISTORY")
    for seed in [int(only)] if only else range(part, HISTORIES, PARTS):
        try:
            History(seed).run()
        except Exception as error:
            raise AssertionError(f"history {seed}") from error
