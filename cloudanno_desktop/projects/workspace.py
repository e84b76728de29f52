"""An open project: the one object that both front ends hold."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from filelock import FileLock

from cloudanno_desktop import log, paths
from cloudanno_desktop.bucket.bucket import Bucket
from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.errors import DeleteFailure
from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.database import Database
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.pending_deletions import Deletions, Waiting
from cloudanno_desktop.index.scanner import ScanReport, scan
from cloudanno_desktop.labels.edits.assign import Applied, CreateLabel, Edit
from cloudanno_desktop.labels.edits.label_uploads import LabelUploads
from cloudanno_desktop.labels.image_files import ImageFiles
from cloudanno_desktop.labels.label import Label
from cloudanno_desktop.labels.moved_outside import compare_content, look_for_gone
from cloudanno_desktop.labels.schema import PROJECT_MIGRATIONS
from cloudanno_desktop.labels.store import LabelStore, LabelUnknown, ProjectReadOnly
from cloudanno_desktop.labels.sync import Sync, SyncReport, exchange_lock
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.projects.seat import take_seat
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.model import FileState
from cloudanno_desktop.transfers.store import TransferStore

_log = logging.getLogger(__name__)

CHECKPOINT_PAGES = 50_000  # no user waits while the media process moves them into the file


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open project with its bucket, index and labels.

    Safe to use from several threads: the bucket and the index by themselves, edits through the
    database's one writer.
    """

    address: ProjectAddress
    folder: Path
    lock: FileLock
    bucket: Bucket
    database: Database
    index: ImageIndex
    labels: LabelStore
    sync: Sync
    settings: Settings

    @classmethod
    def open(
        cls, address: ProjectAddress, settings: Settings, secret: Secret | None = None
    ) -> Self:
        """Open the project from what this machine knows of it; the network is not asked yet.

        Raises:
            FileProblem: the local database is damaged.
            DatabaseTooNew: a newer version of the program wrote it.
            Failed: too many windows show this project.
        """
        with ExitStack() as opened:
            folder, lock = take_seat(paths.project_dir(address.identity))
            opened.callback(lock.release)
            path = folder / "project.db"
            database = Database(path, PROJECT_MIGRATIONS, CHECKPOINT_PAGES)
            opened.callback(database.close)
            index = ImageIndex(database)
            labels = LabelStore(database, index, settings.author_name)
            _label_stored(labels, TransferStore(database))
            bucket = open_bucket(address, secret)
            sync = Sync(bucket, labels, lock=exchange_lock(path))
            if address.is_folder:
                index.content = partial(_content, bucket)
            opened.pop_all()
        return cls(address, folder, lock, bucket, database, index, labels, sync, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def title(self) -> str:
        return self.address.title

    @property
    def was_scanned(self) -> bool:
        return self.index.was_scanned

    @property
    def deletions(self) -> Deletions:
        return Deletions(self.database)

    def flush_deletions(self) -> list[DeleteFailure]:
        """Delete in the bucket what was deleted here; return what could not be."""
        return self.deletions.flush(self.bucket, self._delete)

    @property
    def image_files(self) -> ImageFiles:
        return ImageFiles(self.bucket, self.index, self.labels, self.labels.author)

    def refresh(self, progress: Progress = silent) -> ScanReport:
        report = scan(self.bucket, self.index, progress)
        self.sync.open()
        self.sync.pull()
        while compare_content(self.bucket, self.labels) and self.address.is_folder:
            pass  # what was labeled on another computer is read once; elsewhere a few each time
        look_for_gone(self.bucket, self.labels)
        return report

    def apply(self, edit: Edit) -> Applied:
        return edit.apply(self.labels)

    def label_named(self, name: str) -> Label:
        try:
            return self.labels.label_named(name)
        except LabelUnknown:
            self.apply(CreateLabel(name))
            return self.labels.label_named(name)

    @property
    def queue(self) -> TransferStore:
        return TransferStore(self.database)

    def synchronise(self, *, closing: bool = False) -> SyncReport:
        """Exchange operations, then write the files that follow from them."""
        pushed, pulled = self.exchange()
        return SyncReport(pushed, pulled, self.sync.write_files(closing=closing))

    def exchange(self) -> tuple[int, int]:
        """Flush own operations and take in those of others; return how many of each."""
        self.sync.open()
        sent, taken_in = self.sync.push(), self.sync.pull()
        _log.info("sync: %d sent, %d taken in", sent, taken_in)
        return sent, taken_in

    def close(self) -> None:
        self.bucket.close()
        self.database.close()
        self.lock.release()

    def _delete(self, waiting: Sequence[Waiting]) -> list[DeleteFailure]:
        files = self.image_files
        failures: list[DeleteFailure] = []
        for into_trash in (False, True):
            ids = [one.image_id for one in waiting if one.into_trash == into_trash]
            images = files.describe(np.array(ids, np.int32))
            failed = files.delete(images, uses_trash=into_trash).failed
            failures += [DeleteFailure(key, reason) for key, reason in failed]
        return failures


def _label_stored(labels: LabelStore, queue: TransferStore) -> None:
    """Give uploads their labels that a kill kept from them; if that is refused they wait."""
    stored = queue.files(FileState.STORED)
    if stored:
        with log.passing_over(ProjectReadOnly):
            LabelUploads(stored, queue).apply(labels)


def _content(bucket: Bucket, key: str, etag: str) -> bytes | None:
    """Return a file's bytes if it is still the one that was listed."""
    try:
        found = bucket.get(key)
    except CloudAnnoError as error:
        _log.debug("“%s” cannot be read: %s", key, error)
        return None
    return found.body if found.entry.etag == etag else None
