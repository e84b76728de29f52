"""Uploads and downloads of a project, run to their end; uploads get their labels on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.files import check_writable
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.labels.edits.label_uploads import LabelUploads
from cloudanno_desktop.labels.edits.states import TakeOut
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.project_keys import is_image_key
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.transfers.model import (
    Direction,
    FileState,
    Transfer,
    TransferContext,
    TransferLimits,
    TransferSpec,
)
from cloudanno_desktop.transfers.plan import (
    NO_IMAGE,
    NOT_HERE,
    PlannedUpload,
    download_specs,
    plan_uploads,
    upload_specs,
)
from cloudanno_desktop.transfers.run_once import (
    BOTH,
    COMMAND_RETRIES,
    Choice,
    Listeners,
    TransferFailure,
    TransferReport,
    run_batch,
)

LabelsFor = Callable[[PlannedUpload], Sequence[str]]


def no_labels(_item: PlannedUpload) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """Files and folders of this computer that go into a project."""

    paths: Sequence[Path]
    labels_for: LabelsFor = no_labels  # label names of one file
    prefix: str = ""  # where in the project they go; empty or ending in ``/``


def upload(
    workspace: Workspace, files: LocalFiles, progress: Progress = silent, choice: Choice = BOTH
) -> TransferReport:
    """Upload files and folders; each one carries its labels as soon as it is in the bucket.

    What is no image is left where it is; if it was named itself, it is listed as failed. What an
    upload that was cut short has sent already is not sent again.
    ``progress`` counts bytes; ``choice`` says what to do with a name that other bytes have.
    """
    plan = plan_uploads(files.paths, files.prefix, is_image_key)
    names = dict.fromkeys(name for item in plan for name in files.labels_for(item))
    label_ids = {name: workspace.label_named(name).id for name in names}

    def ids_for(item: PlannedUpload) -> tuple[str, ...]:
        return tuple(label_ids[name] for name in files.labels_for(item))

    specs = upload_specs(plan, ids_for)
    report = _moved(workspace, Direction.UP, specs, progress, choice)
    report.failed.extend(_no_images(files.paths))
    return report


def download(
    workspace: Workspace,
    keys: Sequence[str],
    folder: Path,
    progress: Progress = silent,
    choice: Choice = BOTH,
) -> TransferReport:
    """Save images into a folder; no file that is there is lost unless ``choice`` says so.

    Keys that are not in the index are listed as failed; ``progress`` counts bytes.
    Raises ``DiskFull``; ``FileProblem`` if nothing can be written into the folder.
    """
    ids = workspace.index.ids_of(keys)
    rows = workspace.index.rows([ids[key] for key in dict.fromkeys(keys) if key in ids])
    specs = download_specs(rows, folder)
    report = _moved(workspace, Direction.DOWN, specs, progress, choice)
    if report.failed and not report.done:
        check_writable(folder)  # says once what is true of each
    unknown = [key for key in dict.fromkeys(keys) if key not in ids]
    report.failed.extend(TransferFailure(folder, key, NOT_HERE) for key in unknown)
    return report


def record_upload(workspace: Workspace, entry: StoredObject, label_ids: Sequence[str]) -> int:
    """Note a finished upload and its labels in one durable step; return the image's id."""
    with workspace.database.transaction():
        image_id = workspace.index.record_upload(entry)
        if workspace.labels.is_taken_out(image_id):  # whoever uploads it wants it
            workspace.apply(TakeOut((image_id,), is_out=False))
        if label_ids:
            workspace.apply(Assign(tuple(label_ids), (image_id,)))
    return image_id


def labels_of_uploads(workspace: Workspace) -> LabelUploads | None:
    """Return the edit that labels the uploads that wait for it; ``None`` if none does."""
    queue = workspace.queue
    stored = queue.files(FileState.STORED)
    return LabelUploads(stored, queue) if stored else None


def _moved(
    workspace: Workspace,
    direction: Direction,
    specs: Sequence[TransferSpec],
    progress: Progress,
    choice: Choice,
) -> TransferReport:
    if not specs:
        return TransferReport()

    def record(transfer: Transfer, entry: StoredObject) -> None:
        record_upload(workspace, entry, transfer.spec.labels)

    queue = workspace.queue
    ends = TransferContext(workspace.bucket, lambda key: bool(workspace.index.ids_of([key])))
    terms = TransferLimits.of(workspace.settings, COMMAND_RETRIES)
    queued = queue.add_again(direction, "", choice.existing, specs)
    return run_batch(queue, ends, terms, queued, Listeners(record, progress, choice.ask))


def _no_images(files: Sequence[Path]) -> list[TransferFailure]:
    return [
        TransferFailure(path, path.name, NO_IMAGE)
        for path in files
        if not path.is_dir() and not is_image_key(path.name)
    ]
