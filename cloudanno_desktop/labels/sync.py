"""Exchange of a project's labels between this computer and the bucket.

Labeling does not need it: edits are durable in the database, and every step may be retried after
any failure.
"""

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock

from cloudanno_desktop import log
from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.labels.annotations.format import AnnotationsForeign, Content
from cloudanno_desktop.labels.annotations.sync import AnnotationSync, FileAhead
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.journal.journal_sync import AT_ONCE, Exchange
from cloudanno_desktop.labels.journal.lost_history import AHEAD, FILE_AHEAD, LostHistory
from cloudanno_desktop.labels.journal.skipped import skipped_objects, store_skipped
from cloudanno_desktop.labels.multi_label import adopt, check_single
from cloudanno_desktop.labels.naming_rules import RuleProfile
from cloudanno_desktop.labels.project_file import change_project, create_project, read_project
from cloudanno_desktop.labels.snapshot.store import USUAL, Snapshots, Thresholds
from cloudanno_desktop.labels.store import LabelStore, ProjectReadOnly, ProjectSettings
from cloudanno_desktop.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class SyncReport:
    """Own operations sent, operations of others taken in, whether a file was written."""

    pushed: int
    pulled: int
    written: bool


class Sync:
    """Exchanges the journal and the annotation files of one project; safe from any thread.

    Several processes may each have one for the same database, with an ``exchange_lock``. Every
    method raises the bucket's errors; what was not exchanged is retried next time.
    """

    def __init__(
        self,
        bucket: Bucket,
        store: LabelStore,
        *,
        parallel: int = AT_ONCE,
        thresholds: Thresholds = USUAL,
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._bucket = bucket
        self._store = store
        self._exchange = Exchange(bucket, store, parallel)
        self._snapshots = Snapshots(bucket, store, thresholds)
        self._annotations = AnnotationSync(bucket, store)
        self._history = LostHistory(bucket, store)
        self._lock = lock or threading.Lock()
        self._has_looked = False

    def open(self) -> None:
        """Find or create the project in the bucket and take in what is there.

        Reading order: journal, ``_annotations.json``, CSV pair, empty. A bucket that holds
        something unknown becomes read-only (see ``LabelStore.read_only_reason``). Unreadable parts
        of the journal are skipped; where it is gone nothing is done (see ``warnings``).
        """
        with self._lock:
            if self._history.check():
                return
            self._take_snapshot()
            self._exchange.pull()
            self._open_project()

    def warnings(self) -> tuple[str, ...]:
        """Return sentences about what is wrong in the bucket; mostly empty."""
        skipped = skipped_objects(self._store.database.reader())
        lost = self._history.problem()
        if lost:
            return (str(lost),)
        sentences = [str(skipped[0].error())] if skipped else []
        if len(skipped) > 1:
            sentences.append(
                "There is 1 more." if len(skipped) == 2 else f"There are {len(skipped) - 1} more."
            )
        if not self.is_whole:
            sentences.append("Until then the annotation files are not updated.")
        if local_journal.get_state(self._store.database.reader(), AHEAD):
            sentences.append(FILE_AHEAD)
        return (*sentences, *self._exchange.far)

    def resend(self) -> int:
        """Send the history again that is no longer in the bucket; return the number of objects."""
        with self._lock:
            sent = self._history.resend()
        self.open()
        return sent

    def start_anew(self) -> None:
        """Start over with the bucket's content; the history known here is forgotten if it is lost.

        Labels of the annotation files are taken in, whoever wrote them.
        """
        with self._lock:
            if self._history.check():
                self._history.forget()
                self._has_looked = False
        self.open()
        with self._lock:
            if not self._store.read_only_reason:
                self._annotations.take_as_outside()
                self._set_state(AHEAD, 0)

    @property
    def is_lost(self) -> bool:
        """Whether the history was gone from the bucket at the last check."""
        return self._history.problem() is not None

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the journal is missing that the user did not leave out."""
        return not self.is_lost and all(
            item.is_left_out for item in skipped_objects(self._store.database.reader())
        )

    def check_whole(self) -> None:
        """Raise ``JournalBroken`` or ``HistoryLost`` unless ``is_whole``."""
        lost = self._history.problem()
        if lost:
            raise lost
        for item in skipped_objects(self._store.database.reader()):
            if not item.is_left_out:
                raise item.error()

    def leave_out_damaged(self) -> None:
        """Go on without what is unreadable now; it is read once it can be."""
        with self._lock, self._store.taking() as writing:
            skipped = skipped_objects(writing.connection)
            left_out = [msgspec.structs.replace(item, is_left_out=True) for item in skipped]
            store_skipped(writing.connection, left_out)

    def push(self) -> int:
        with self._lock:
            return 0 if self._store.read_only_reason or self.is_lost else self._exchange.push()

    def pull(self) -> int:
        """Take in the operations of others; return their number."""
        with self._lock:
            return 0 if self.is_lost else self._exchange.pull()

    def write_annotations(self) -> bool:
        """Bring the annotation files up to date; return whether one was written.

        Before, outside changes are taken in and the journal is sent. The files stay as they are
        while the labels are not fully known (see ``check_whole``).

        Raises:
            AnnotationsForeign: a file was replaced by something unknown, which is left as it is.
        """
        with self._lock:
            if self._store.read_only_reason or self._history.check():
                return False
            self._annotations.take_in()
            self._exchange.push()
            return self.is_whole and self._write_known()

    def write_snapshot(self, *, closing: bool = False) -> bool:
        """Write a snapshot if the journal grew enough (less if ``closing``); say whether."""
        with self._lock:
            if self.is_lost or skipped_objects(self._store.database.reader()):
                return False
            return self._snapshots.write_if_due(closing=closing)

    def write_files(self, *, closing: bool = False) -> bool:
        """Write the derived files; return whether an annotation file was written."""
        written = self.write_annotations()
        self.write_snapshot(closing=closing)
        return written

    def fetch_history(self, progress: Progress = silent) -> int:
        """Read the part of the journal that a snapshot replaced; return the number of objects.

        Raises:
            JournalBroken: one is damaged; what was read before stays.
        """
        with self._lock:
            return self._exchange.fetch_history(progress)

    def use_multi_label(self, *, multi_label: bool) -> None:
        """Allow one label an image, or several, for all users of the project.

        The setting lives in the bucket, so the bucket must be reachable; a project that is not in
        it yet is created. Other computers follow at their next ``open``. Labels that users gave to
        one image while apart all show once several are allowed.

        Raises:
            MultiLabelInUse: images carry several labels, so one is not enough.
            ProjectReadOnly: nothing may be changed here.
            JournalBroken: a part of the journal is damaged, so the labels are not fully known.
        """
        with self._lock:
            self._open_to_change()
            self.check_whole()
            if not multi_label:
                check_single(self._store)
            adopt(self._store, change_project(self._bucket, multi_label=multi_label))

    def use_rules(self, profile: RuleProfile, pattern: str = "") -> None:
        """Change the rules for new label names, for all users of the project.

        Raises what ``use_multi_label`` raises.
        """
        with self._lock:
            self._open_to_change()
            adopt(self._store, change_project(self._bucket, profile=profile, pattern=pattern))

    def _write_known(self) -> bool:
        """Write the annotation files unless that would lose labels of unknown history."""
        try:
            written = self._annotations.write()
        except FileAhead:
            self._exchange.pull()  # another computer may just have written both
            try:
                written = self._annotations.write()
            except FileAhead:
                self._set_state(AHEAD, 1)
                return False
        self._set_state(AHEAD, 0)
        return written

    def _open_to_change(self) -> None:
        self._history.check()
        self.check_whole()
        self._exchange.pull()
        self._open_project()
        if self._store.read_only_reason:
            raise ProjectReadOnly(self._store.read_only_reason)

    def _take_snapshot(self) -> None:
        """Join the newest snapshot, once; later the journal is read step by step."""
        if self._has_looked:
            return
        with log.passing_over(AnnotationsForeign):  # reported when the project is opened
            settings = read_project(self._bucket)  # before millions of assignments come in
            if settings:
                adopt(self._store, settings)
        self._snapshots.take_newest()
        self._has_looked = True

    def _open_project(self) -> None:
        try:
            settings = read_project(self._bucket) or self._create()
        except AnnotationsForeign as error:
            self._set_state("read_only", str(error))
            return
        self._set_state("read_only", "")
        adopt(self._store, settings)
        self._take_in_known()

    def _create(self) -> ProjectSettings:
        first = self._annotations.first_file().content
        settings = msgspec.structs.replace(
            self._store.project, multi_label=self._store.project.multi_label or _needs_many(first)
        )
        return create_project(self._bucket, settings)

    def _take_in_known(self) -> None:
        """Take in outside changes; a foreign file is reported when it is to be written."""
        with log.passing_over(AnnotationsForeign):
            self._annotations.take_in()

    def _set_state(self, name: str, value: object) -> None:
        with self._store.taking() as writing:
            if local_journal.get_state(writing.connection, name) != value:
                local_journal.set_state(writing.connection, name, value)


def exchange_lock(database: Path) -> FileLock:
    """Return the lock that lets one process at a time exchange a database."""
    return FileLock(database.with_suffix(".exchange"))


def _needs_many(content: Content) -> bool:
    return any(len(names) > 1 for names in content.images.values())
