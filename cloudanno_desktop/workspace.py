"""An open project: the one object that both front ends hold.

A workspace takes a *seat*: a folder of its own with a database that no other program uses. The
first window on a project gets seat 1, a second one seat 2, so that two running programs are two
writers of the journal and never share a sequence.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from filelock import FileLock, Timeout

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.address import ProjectAddress
from cloudanno_desktop.bucket.bucket import Bucket, DeleteFailure, StoredObject
from cloudanno_desktop.bucket.cost import estimate_download
from cloudanno_desktop.bucket.credentials import Secret
from cloudanno_desktop.bucket.opening import open_bucket
from cloudanno_desktop.bucket.part_file import check_writable
from cloudanno_desktop.bucket.usage import Usage
from cloudanno_desktop.dataset.run_folder import RunFolder, Split, TrainOptions
from cloudanno_desktop.dataset.snapshot import LabeledImage, build_job
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.index.database import Database
from cloudanno_desktop.index.deletions import Deletions, Waiting
from cloudanno_desktop.index.image_index import ImageIndex, ImageRow
from cloudanno_desktop.index.image_keys import is_image_key
from cloudanno_desktop.index.scanner import ScanReport, scan
from cloudanno_desktop.labels.edits import Applied, Assign, CreateLabel, Edit
from cloudanno_desktop.labels.image_files import ImageFiles
from cloudanno_desktop.labels.label import Label
from cloudanno_desktop.labels.marked import NO_MARKS, Part
from cloudanno_desktop.labels.marking import TakeOut
from cloudanno_desktop.labels.schema import PROJECT_MIGRATIONS
from cloudanno_desktop.labels.store import LabelStore, LabelUnknown, ProjectReadOnly
from cloudanno_desktop.labels.sync import Sync, SyncReport, exchange_lock
from cloudanno_desktop.labels.uploads import LabelUploads
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.thumbnails.kept import FOLDER as KEPT_FOLDER
from cloudanno_desktop.thumbnails.originals import LocalOriginal, OriginalStore
from cloudanno_desktop.transfers.inline import (
    BOTH,
    Choice,
    InlineMoves,
    TransferFailure,
    TransferReport,
)
from cloudanno_desktop.transfers.plan import PlannedUpload, plan_uploads
from cloudanno_desktop.transfers.records import FileState, Transfer
from cloudanno_desktop.transfers.store import TransferStore
from cloudanno_desktop.transfers.terms import Ends

SEATS = 64
CHECKPOINT_PAGES = 50_000  # nobody waits while the media process moves them into the file
PINS: dict[Part | None, Split] = {Part.TRAIN: "train", Part.VAL: "val", Part.TEST: "test"}
NOT_HERE = "it is not in this project"

LabelsFor = Callable[[PlannedUpload], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open project with its bucket, index and labels.

    Safe to use from several threads: the bucket and the index by themselves, edits through the
    database's one writer.

    Attributes:
        folder: the seat; holds ``project.db``.
        bucket: narrowed to the project's root.
        sync: exchanges the label journal with the bucket.
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
        folder, lock = _take_seat(paths.project_dir(address.identity))
        try:
            database = Database(folder / "project.db", PROJECT_MIGRATIONS, CHECKPOINT_PAGES)
            index = ImageIndex(database)
            labels = LabelStore(database, index, settings.author_name)
            _label_stored(labels, TransferStore(database))
            bucket = open_bucket(address, secret)
        except BaseException:
            lock.release()
            raise
        sync = Sync(bucket, labels, lock=exchange_lock(database.path))
        return cls(address, folder, lock, bucket, database, index, labels, sync, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def title(self) -> str:
        """What the window's title and the recent list call this project."""
        return self.address.title

    @property
    def was_scanned(self) -> bool:
        """Whether this seat has seen the whole project before."""
        return self.index.was_scanned

    @property
    def deletions(self) -> Deletions:
        """The pictures that are deleted here and not in the bucket yet."""
        return Deletions(self.database)

    def flush_deletions(self) -> list[DeleteFailure]:
        """Delete in the bucket what was deleted here; return what could not be."""
        return self.deletions.flush(self.bucket, self._delete)

    @property
    def image_files(self) -> ImageFiles:
        """The files of the images, to be deleted and restored."""
        return ImageFiles(self.bucket, self.index, self.labels, self.settings.author_name)

    @property
    def runs_dir(self) -> Path:
        """The folder of this project's training runs, shared by all seats."""
        return self.folder.parent / "runs"

    def refresh(self, progress: Progress = silent) -> ScanReport:
        """Bring the index and the labels up to date with the bucket."""
        report = scan(self.bucket, self.index, progress)
        self.sync.open()
        self.sync.pull()
        return report

    def apply(self, edit: Edit) -> Applied:
        """Carry out an edit; it is on disk when this returns."""
        return edit.apply(self.labels)

    def label_named(self, name: str) -> Label:
        """Return the label of that name, created if the project has none."""
        try:
            return self.labels.label_named(name)
        except LabelUnknown:
            self.apply(CreateLabel(name))
            return self.labels.label_named(name)

    @property
    def queue(self) -> TransferStore:
        """The uploads and downloads that are not through."""
        return TransferStore(self.database)

    def upload(
        self,
        files: Sequence[Path],
        labels_for: LabelsFor,
        prefix: str = "",
        progress: Progress = silent,
        choice: Choice = BOTH,
    ) -> TransferReport:
        """Upload files and folders; each one carries its labels as soon as it is in the bucket.

        What is no image is left where it is; if it was named itself, it is listed as failed. What
        an upload that was cut short has sent already is not sent again.

        Args:
            files: local files and folders.
            labels_for: label names of one file.
            prefix: where in the project they go; empty or ending in ``/``.
            progress: counts bytes.
            choice: what to do with a name that other bytes have.
        """
        plan = plan_uploads(files, prefix, is_image_key)
        label_ids = {
            name: self.label_named(name).id
            for name in dict.fromkeys(name for item in plan for name in labels_for(item))
        }

        def ids_for(item: PlannedUpload) -> tuple[str, ...]:
            return tuple(label_ids[name] for name in labels_for(item))

        report = self._moves().upload(plan, ids_for, progress, choice)
        report.failed.extend(_no_images(files))
        return report

    def download(
        self,
        keys: Sequence[str],
        folder: Path,
        progress: Progress = silent,
        choice: Choice = BOTH,
    ) -> TransferReport:
        """Save images into a folder; no file that is there is lost unless ``choice`` says so.

        Args:
            keys: of images of the index; others are listed as failed.
            folder: made if missing.
            progress: counts bytes.
            choice: what to do with a name that other bytes have.

        Raises ``DiskFull``; ``FileProblem`` if nothing can be written into the folder.
        """
        ids = self.index.ids_of(keys)
        rows = self.index.rows([ids[key] for key in dict.fromkeys(keys) if key in ids])
        report = self._moves().download(rows, folder, progress, choice)
        if report.failed and not report.done:
            check_writable(folder)  # says once what is true of each
        unknown = [key for key in dict.fromkeys(keys) if key not in ids]
        report.failed.extend(TransferFailure(folder, key, NOT_HERE) for key in unknown)
        return report

    def record_upload(self, entry: StoredObject, label_ids: Sequence[str]) -> int:
        """Note a finished upload and its labels in one durable step; return the image's id."""
        with self.database.transaction():
            image_id = self.index.record_upload(entry)
            if self.labels.is_taken_out(image_id):  # whoever uploads it wants it
                self.apply(TakeOut((image_id,), is_out=False))
            if label_ids:
                self.apply(Assign(tuple(label_ids), (image_id,)))
        return image_id

    def labels_of_uploads(self) -> LabelUploads | None:
        """Return the edit that labels the uploads that wait for it; ``None`` if none does."""
        stored = self.queue.files(FileState.STORED)
        return LabelUploads(stored, self.queue) if stored else None

    def synchronise(self, *, closing: bool = False) -> SyncReport:
        """Exchange operations, then write the files that follow from them.

        Args:
            closing: nobody waits any more, so that a snapshot is worth its writing sooner.
        """
        pushed, pulled = self.exchange()
        return SyncReport(pushed, pulled, self.sync.write_files(closing=closing))

    def exchange(self) -> tuple[int, int]:
        """Flush own operations and take in those of others; return how many of each."""
        self.sync.open()
        return self.sync.push(), self.sync.pull()

    def labeled_rows(self) -> list[ImageRow]:
        """Return the labeled images that are not excluded, in the order of their keys."""
        rows = self.index.rows(self.labels.training_ids().tolist())
        return sorted(rows, key=lambda row: row.key)

    def prepare_run(
        self, options: TrainOptions, path: Path | None = None, progress: Progress = silent
    ) -> RunFolder:
        """Freeze the labeled images into a new run folder; fetch what is not here yet.

        Raises:
            NotReady: fewer than two labels, or too few images of one.
            JournalBroken: it is not known what all people labeled.
        """
        self.sync.check_whole()
        files = self._originals().fetch(self.labeled_rows(), progress)
        return self.write_run(options, files, path)

    def estimate_originals(self) -> Usage:
        """Return what it takes to fetch the labeled originals that are not on this computer."""
        if self.address.is_folder:
            return Usage()
        originals = self._originals()
        missing = [row.size for row in self.labeled_rows() if originals.path_of(row) is None]
        return estimate_download(len(missing), sum(missing))

    def write_run(
        self, options: TrainOptions, files: Mapping[int, LocalOriginal], path: Path | None = None
    ) -> RunFolder:
        """Write the run folder for originals that are already on this machine.

        Raises what ``prepare_run`` raises.
        """
        self.sync.check_whole()
        counts = self.labels.labels()
        position = {count.label.id: i for i, count in enumerate(counts)}
        rows = [row for row in self.labeled_rows() if row.id in files]
        carried = self.labels.labels_of([row.id for row in rows])
        marks = self.labels.marks_of([row.id for row in rows])
        images = [
            LabeledImage(
                key=row.key,
                path=str(files[row.id].path),
                digest=files[row.id].digest,
                labels=tuple(sorted(position[label] for label in carried[row.id])),
                pin=PINS.get(marks.get(row.id, NO_MARKS).part),
            )
            for row in rows
        ]
        names = [count.label.name for count in counts]
        run = RunFolder(path or self._new_run_path())
        multi_label = self.labels.project.multi_label
        run.write_job(build_job(self.title, names, images, options, multi_label=multi_label))
        return run

    def close(self) -> None:
        """Close the database and the bucket and leave the seat."""
        self.bucket.close()
        self.database.close()
        self.lock.release()

    def _moves(self) -> InlineMoves:
        def record(transfer: Transfer, entry: StoredObject) -> None:
            self.record_upload(entry, transfer.wish.labels)

        ends = Ends(self.bucket, lambda key: bool(self.index.ids_of([key])))
        return InlineMoves(self.queue, ends, self.settings, record)

    def _originals(self) -> OriginalStore:
        kept = self.folder.parent / KEPT_FOLDER
        return OriginalStore(paths.originals_dir(), self.bucket, kept)

    def _delete(self, waiting: Sequence[Waiting]) -> list[DeleteFailure]:
        files = self.image_files
        failures: list[DeleteFailure] = []
        for into_trash in (False, True):
            ids = [one.image_id for one in waiting if one.into_trash == into_trash]
            images = files.describe(np.array(ids, np.int32))
            failed = files.delete(images, uses_trash=into_trash).failed
            failures += [DeleteFailure(key, reason) for key, reason in failed]
        return failures

    def _new_run_path(self) -> Path:
        name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        return self.runs_dir / name


def _label_stored(labels: LabelStore, queue: TransferStore) -> None:
    """Give uploads their labels that a kill kept from them; if that is refused they wait."""
    stored = queue.files(FileState.STORED)
    if stored:
        with suppress(ProjectReadOnly):
            LabelUploads(stored, queue).apply(labels)


def _no_images(files: Sequence[Path]) -> list[TransferFailure]:
    reason = "its name does not end like an image’s"
    return [
        TransferFailure(path, path.name, reason)
        for path in files
        if not path.is_dir() and not is_image_key(path.name)
    ]


def _take_seat(project: Path) -> tuple[Path, FileLock]:
    for number in range(1, SEATS + 1):
        folder = project / str(number)
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            continue
        return folder, lock
    raise Failed(f"This project is already open in {SEATS} windows. Close one of them.")
