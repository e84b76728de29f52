"""Several computers on one bucket, with everything that goes wrong: one history for each seed.

The real store, exchange and files are driven; only the bucket and the disk are in memory. A
computer may die at any request, before or after it took effect; answers get lost, requests are
repeated at once or late; clocks are wrong and jump; another program rewrites ``_annotations.json``
without looking.
"""

import json
import random
from contextlib import contextmanager

import msgspec

from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.labels.edits.assign import (
    Assign,
    ClearLabels,
    CreateLabel,
    DeleteLabel,
    MergeLabels,
    SetLabels,
    Unassign,
    UndeleteLabel,
)
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.labels.edits.resolve_conflict import ResolveConflict
from cloudanno_desktop.labels.journal import hlc
from cloudanno_desktop.labels.journal import local_journal as ledger
from cloudanno_desktop.labels.journal.local_journal import EXTERNAL
from cloudanno_desktop.labels.journal.operations import (
    LabelCreated,
    decode_object,
    decode_operation,
    parse_key,
)
from cloudanno_desktop.labels.snapshot.store import Thresholds
from cloudanno_desktop.labels.store import LabelStore, ProjectSettings
from cloudanno_desktop.labels.sync import Sync
from cloudanno_desktop.project_keys import JOURNAL
from tests.support.fold import fold
from tests.support.memory_bucket import MODES, MemoryBucket, PowerLoss
from tests.support.quick_database import QuickDatabase

FILE = "_annotations.json"
IMAGES = ("a.jpg", "b.jpg")
NAMES = ("cat", "dog")
START_MS = 1_795_000_000_000
HOUR_MS = 3_600_000
CENTURY_MS = 75 * 365 * 24 * HOUR_MS
ETERNITY_MS = 10_000 * 365 * 24 * HOUR_MS
EAGER = Thresholds(objects=1, bytes=10**9, read=1)


class FaultyBucket(MemoryBucket):
    """A bucket whose requests fail by chance while ``chance`` is set."""

    def __init__(self, mode, dice):
        super().__init__(mode)
        self.dice = dice
        self.is_faulty = False
        self.late = []

    def put(self, key, body, options=PutOptions()):
        if self.is_faulty and key.startswith("_cloudanno/journal/") and self.dice.random() < 0.1:
            self.late.append((key, body, options))
        return super().put(key, body, options)

    def repeat_late(self):
        """Let requests that were sent once arrive once more."""
        is_faulty, self.is_faulty = self.is_faulty, False
        for key, body, options in self.late:
            try:
                super().put(key, body, options)
            except CloudAnnoError:
                continue
        self.late.clear()
        self.is_faulty = is_faulty

    def _call(self, act):
        fault = self.dice.random() if self.is_faulty else 1.0
        if fault < 0.02:
            raise PowerLoss
        if fault < 0.04:
            raise Unreachable("memory", "no answer")
        result = act()
        if fault < 0.06:
            raise PowerLoss
        if fault < 0.08:
            raise Unreachable("memory", "lost answer")
        return act() if fault < 0.11 else result


class Computer:
    """One writer with a disk that survives and a clock that may be wrong."""

    def __init__(self, world, name):
        self.world = world
        self.name = name
        self.skew_ms = world.dice.choice((0, 0, 0, HOUR_MS, -5 * HOUR_MS, CENTURY_MS))
        self.backup = None
        self.database = QuickDatabase()
        with self.database.transaction() as connection:  # it was here before
            settings = ProjectSettings("p", multi_label=world.many)
            ledger.set_state(connection, "project", msgspec.json.encode(settings))
        self.start()

    def start(self):
        """Start the program on what the disk holds."""
        self.index = ImageIndex(self.database)
        self.store = LabelStore(self.database, self.index, self.name)
        self.sync = Sync(self.world.bucket, self.store, parallel=1, thresholds=EAGER)

    @contextmanager
    def acting(self):
        """Do something that may end by an error of the world, or by the death of the program."""
        try:
            with self.on_time():
                yield
        except PowerLoss:
            self.database.crash()
            self.start()
        except CloudAnnoError:
            pass

    @contextmanager
    def on_time(self):
        """Let this computer's clock be the one that the program reads."""
        self.world.now_ms += self.world.dice.randint(0, 2000)
        hlc.wall_ms = lambda: self.world.now_ms + self.skew_ms
        yield

    def ids(self, keys):
        with self.database.transaction() as connection:
            return self.index.ensure(connection, keys)

    def acknowledged(self):
        """Return the ids of the operations that this computer has made and has not sent yet."""
        rows = self.database.reader().execute(
            """SELECT body FROM label_operation JOIN label_object USING (writer_no, sequence)
            WHERE flushed = 0"""
        )
        return {decode_operation(body).id for (body,) in rows}

    def shown(self):
        keys = dict(self.database.reader().execute("SELECT id, key FROM image").fetchall())
        carried = self.store.labels_of(list(keys))
        return {keys[image]: labels for image, labels in carried.items() if labels}


class World:
    """A history, told by its seed."""

    def __init__(self, seed):
        self.dice = dice = random.Random(seed)
        self.now_ms = START_MS
        self.bucket = FaultyBucket(dice.choice(MODES), dice)
        self.many = dice.random() < 0.5
        self.theme = dice.choice(("work", "rewrite_outside", "jump", "put_disk_back", "exchange"))
        self.outside = 0
        self.remembered = None
        self.promised = set()
        project = {
            "schema": 1,
            "id": "p",
            "created": "2026-01-01T00:00:00Z",
            "multi_label": self.many,
            "profile": "free",
        }
        self.bucket.objects["_cloudanno/project.json"] = json.dumps(project).encode()
        self.computers = [Computer(self, name) for name in "ABCDE"[: dice.choice((3, 3, 3, 4))]]

    def run(self, steps):
        """Let things happen, then let everybody synchronise in peace."""
        self.bucket.is_faulty = True
        acts = (self.work,) * 6 + (self.exchange,) * 2
        acts += (self.rewrite_outside, self.late_request, self.jump, self.join, self.put_disk_back)
        acts += (self.join,)
        acts += (getattr(self, self.theme),) * 3
        for _ in range(steps):
            self.dice.choice(acts)()
        self.bucket.is_faulty = False
        self.late_request()
        first, *_, last = self.computers
        self.in_peace("push")
        self.in_peace("pull", "write_annotations", of=[first])
        self.in_peace("pull")
        self.in_peace("write_annotations", of=[last])

    def in_peace(self, *names, of=None):
        """Let computers exchange while nothing goes wrong."""
        for computer in of or self.computers:
            with computer.on_time():
                for name in names:
                    getattr(computer.sync, name)()

    def work(self):
        """Let somebody look at the news, label, and send."""
        computer = self.dice.choice(self.computers)
        if self.dice.random() < 0.5:
            with computer.acting():
                computer.sync.pull()
        for _ in range(self.dice.randint(1, 2)):
            with computer.acting():
                self.random_edit(computer).apply(computer.store)
                self.promised |= computer.acknowledged()
        if self.dice.random() < 0.7:
            with computer.acting():
                computer.sync.push()
                computer.sync.write_snapshot()

    def random_edit(self, computer):
        dice = self.dice
        labels = [label.id for label in computer.store.catalog.shown]
        images = computer.ids(dice.sample(IMAGES, dice.choice((1, 1, 2))))
        if not labels or dice.random() < 0.15:
            return CreateLabel(dice.choice(NAMES))
        label = dice.choice(labels)
        return dice.choice(
            (
                Assign((label,), images),
                Assign((label,), images),
                SetLabels(images, (label,)),
                ResolveConflict(images, label),
                Unassign((label,), images),
                ClearLabels(images),
                RenameLabel(label, dice.choice(NAMES)),
                DeleteLabel(label),
                UndeleteLabel(dice.choice(sorted(computer.store.catalog.rows))),
                MergeLabels(label, dice.choice(labels)),
            )
        )

    def exchange(self):
        computer = self.dice.choice(self.computers)
        act = self.dice.choice(
            ("push", "pull", "write_annotations", "write_snapshot", "all", "all")
        )
        with computer.acting():
            if act == "all":
                self.exchange_all(computer)
            else:
                getattr(computer.sync, act)()

    def exchange_all(self, computer):
        computer.sync.open()
        computer.sync.push()
        computer.sync.pull()
        computer.sync.write_annotations()
        computer.sync.write_snapshot()

    def rewrite_outside(self):
        """Do what the original program does: read the file, change it, write it, never look."""
        body = self.bucket.objects.get(FILE)
        if body is None:
            return
        if self.remembered and self.dice.random() < 0.5:
            body = self.remembered  # it never looks again at what it has in memory
        file = json.loads(body)
        name = f"outside {self.outside + 1}"
        file["labels"].append(name)
        file["annotations"][self.dice.choice(IMAGES)] = [{"label": name}]
        file["annotations"].pop(self.dice.choice(IMAGES), None)
        self.remembered = self.bucket.objects[FILE] = json.dumps(file).encode()
        self.outside += 1

    def late_request(self):
        self.bucket.repeat_late()

    def jump(self):
        """Let time go by, or a clock be set."""
        computer = self.dice.choice(self.computers)
        jumps = (0, -30 * HOUR_MS, 30 * HOUR_MS, CENTURY_MS, ETERNITY_MS)
        computer.skew_ms = self.dice.choice(jumps)
        self.now_ms += self.dice.choice((HOUR_MS, 30 * HOUR_MS))

    def join(self):
        """Let somebody new come, who reads the newest snapshot."""
        if len(self.computers) < 5:
            self.computers.append(Computer(self, f"N{len(self.computers)}"))
            with self.computers[-1].acting():
                self.computers[-1].sync.open()

    def put_disk_back(self):
        """Make a backup of a computer's disk; or go on from it, though it did more since."""
        computer = self.dice.choice(self.computers)
        if computer.backup is None:
            computer.backup = computer.database.copy()
            return
        self.promised -= computer.acknowledged()  # what was nowhere else is lost with the disk
        computer.database.restore(computer.backup)
        self.promised |= computer.acknowledged()
        computer.start()

    def journal(self):
        """Return the operations in the bucket with their stamps; no sequence has a gap."""
        found = []
        sequences = {}
        for key in self.bucket.objects:
            if key.startswith(JOURNAL):
                writer, sequence = parse_key(key)
                sequences.setdefault(writer, set()).add(sequence)
                found += decode_object(self.bucket.objects[key], writer, sequence).stamped()
        for numbers in sequences.values():
            assert numbers == set(range(1, len(numbers) + 1))
        return found

    def close(self):
        for computer in self.computers:
            computer.database.close()

    def check(self):
        """All computers and the file say what the journal says; nothing promised is missing."""
        operations = self.journal()
        ids = [operation.id for _, operation in operations]
        assert self.promised <= set(ids)
        created = {one.act.name for _, one in operations if isinstance(one.act, LabelCreated)}
        assert created >= {f"outside {number + 1}" for number in range(self.outside)}
        if not self.outside:
            assert all(operation.author != EXTERNAL for _, operation in operations)
        state = fold(operations)
        shown = state.assignments(multi_label=self.many)
        labels = state.catalog().shown
        for computer in self.computers:
            assert computer.shown() == shown
            assert computer.store.catalog.shown == labels
            assert computer.store.pending() == 0
        names = {label.id: label.name for label in labels}
        file = json.loads(self.bucket.objects.get(FILE, b'{"labels": [], "annotations": {}}'))
        assert file["labels"] == list(dict.fromkeys(names.values()))
        said = {
            key: {entry["label"] for entry in entries}
            for key, entries in file["annotations"].items()
        }
        assert said == {key: {names[x] for x in found} for key, found in shown.items()}
