"""Uploads and downloads of a project, run to their end; uploads get their labels on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.files import check_writable
from cloudanno_desktop.labels.edits.assign import Assign, OneLabelOnly
from cloudanno_desktop.labels.edits.label_uploads import LabelUploads
from cloudanno_desktop.labels.edits.states import TakeOut
from cloudanno_desktop.labels.naming_rules import LabelNameRefused, check_name
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
    required: Sequence[str] = ()  # names without which nothing goes up


def folder_label(item: PlannedUpload) -> Sequence[str]:
    """Label a file by the folder in which it was found, whatever a link leads to."""
    return (item.path.parent.name,)


def upload(
    workspace: Workspace, files: LocalFiles, progress: Progress = silent, choice: Choice = BOTH
) -> TransferReport:
    """Upload files and folders; each one carries its labels as soon as it is in the bucket.

    What cannot be taken is listed as failed, and so is a file whose folder has no name for a label:
    it goes up without one. What an upload that was cut short has sent already is not sent again.
    ``progress`` counts bytes; ``choice`` says what to do with a name that other bytes have.

    Raises:
        LabelNameRefused: one that is required cannot be a label.
        OneLabelOnly: a file would get several labels in a single-label project.
    """
    plan = plan_uploads(files.paths, files.prefix, is_image_key)
    names = dict.fromkeys(name for item in plan.uploads for name in files.labels_for(item))
    label_ids, refused = _label_ids(workspace, files, list(names))

    def ids_for(item: PlannedUpload) -> tuple[str, ...]:
        found = (label_ids[name] for name in files.labels_for(item) if name in label_ids)
        return tuple(dict.fromkeys(found))

    if not workspace.labels.project.multi_label and any(
        len(ids_for(item)) > 1 for item in plan.uploads
    ):
        raise OneLabelOnly
    specs = upload_specs(plan.uploads, ids_for)
    report = _moved(workspace, Direction.UP, specs, progress, choice)
    left_out = plan.left_out + [
        (item.path, f"uploaded without a label: {refused[name]}")
        for item in plan.uploads
        for name in files.labels_for(item)
        if name in refused
    ]
    report.failed.extend(TransferFailure(path, path.name, reason) for path, reason in left_out)
    return report


def _label_ids(
    workspace: Workspace, files: LocalFiles, names: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the label id of each name, and why some can be none; all are checked before."""
    rules = workspace.labels.project
    known = workspace.labels.catalog
    refused: dict[str, str] = {}
    for name in names:
        try:
            if known.named(name) is None:
                check_name(name, rules.profile, rules.pattern)
        except LabelNameRefused as problem:
            if name in files.required:
                raise
            refused[name] = problem.reason
    return {x: workspace.label_named(x).id for x in names if x not in refused}, refused


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
