"""Rename, move and delete folders of any bucket; labels of the project around them follow.

A folder may lie in a project that is not open. The bucket decides: the project above it is
opened here for the move, as a second window would open it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    ExitStack,
    closing,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import structs

from cloudanno_desktop.bucket.bucket import Bucket, StoredObject
from cloudanno_desktop.bucket.bulk import (
    Amount,
    ObjectsLeft,
    amount_of,
    copy_objects,
    delete_objects,
    exists,
    objects_below,
)
from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.index.pending_deletions import record_deletion
from cloudanno_desktop.labels.annotations.format import CSV_KEYS, JSON_KEY
from cloudanno_desktop.labels.edits.delete_label import forget_images
from cloudanno_desktop.labels.move_images import MoveReport, Place, move_objects
from cloudanno_desktop.progress import Cancelled, Progress, silent
from cloudanno_desktop.project_keys import PROJECT_FILE
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings

Moves = Sequence[tuple[StoredObject, str]]
SIGNS = (PROJECT_FILE, JSON_KEY, CSV_KEYS[0])  # of a project's root


@dataclass(frozen=True, slots=True)
class CurrentProject:
    """The project in the window.

    Attributes:
        root: prefix of its keys in the whole bucket or folder in which something is done.
        is_online: whether its storage answered last.
        lock: held while something is done, so that the project is not let go of meanwhile.
    """

    root: str
    place: Place
    is_online: bool = True
    lock: AbstractContextManager[object] = field(default_factory=nullcontext)


@dataclass(frozen=True, slots=True)
class Folder:
    top: ProjectAddress  # the whole bucket, or the folder of a project on this computer
    prefix: str  # what the keys in the folder start with; ends with ``/``
    settings: Settings
    secret: Secret | None
    current: CurrentProject | None  # the open project, if it is in the same bucket


def current_in(top: ProjectAddress, workspace: Workspace) -> CurrentProject | None:
    """Return an open project as it lies in a bucket or folder; ``None`` if it lies elsewhere."""
    address = workspace.address
    root: str | None = None
    if top.is_folder and f"{address.location}/".startswith(f"{top.location}/"):
        root = f"{address.location.removeprefix(top.location)}/".removeprefix("/")
    elif not top.is_folder and (top.bucket_name, top.endpoint) == (
        address.bucket_name,
        address.endpoint,
    ):
        root = address.prefix
    if root is None:
        return None
    return CurrentProject(root, place_of(workspace))


def place_of(workspace: Workspace) -> Place:
    return Place(workspace.bucket, workspace.index, workspace.labels, workspace.sync.push)


def measure(folder: Folder, progress: Progress = silent) -> Amount:
    with closing(open_bucket(folder.top, folder.secret)) as bucket:
        return amount_of(objects_below(bucket, folder.prefix, progress))


def move_folder(folder: Folder, target: str, progress: Progress = silent) -> MoveReport:
    """Give a folder another prefix, which must be free.

    Raises:
        Failed: the prefix is taken, or the labels of the folder could not follow.
        CloudAnnoError: what ``move_objects`` raises.
    """
    with ExitStack() as opened:
        bucket = opened.enter_context(_opened(folder))
        if next(objects_below(bucket, target), None) is not None:
            raise Failed(f"There is already a folder “{target}”. Choose another name.")
        _send_what_waits(folder, bucket)
        entries = list(objects_below(bucket, folder.prefix))
        owners = list(_owners(bucket, folder.prefix))
        if len(owners) > 1:
            raise Failed(
                f"“{folder.prefix}” lies in several projects at once, so its labels could follow "
                "in one of them only. Open one of them and move the pictures there."
            )
        moves = [(e, target + e.key.removeprefix(folder.prefix)) for e in entries]
        if not owners:
            report = _move_plainly(bucket, moves, progress)
        elif not target.startswith(owners[0]):
            raise Failed(f"“{target}” lies outside the project whose labels the folder has.")
        else:
            place = _owner_place(folder, owners[0], opened)
            report = move_objects(place, _inside(owners[0], moves), progress)
    _remove_empty(folder)
    return report


def delete_folder(folder: Folder, progress: Progress = silent) -> Amount:
    """Delete everything in a folder; return how much that was.

    Raises ``ObjectsLeft``: some objects could not be deleted.
    """
    with _opened(folder) as bucket:
        entries = list(objects_below(bucket, folder.prefix))
        failures = delete_objects(bucket, [entry.key for entry in entries], progress)
        left = {failure.key for failure in failures}
        gone = [entry for entry in entries if entry.key not in left]
        if folder.current is not None:
            _forget(folder.current, [entry.key for entry in gone])
    _remove_empty(folder)
    if failures:
        raise ObjectsLeft(len(failures), failures[0].key, failures[0].reason)
    return amount_of(gone)


@contextmanager
def _opened(folder: Folder) -> Iterator[Bucket]:
    held = folder.current.lock if folder.current else nullcontext()
    with held, closing(open_bucket(folder.top, folder.secret)) as bucket:
        yield bucket


def _inside(root: str, moves: Moves) -> list[tuple[StoredObject, str]]:
    return [
        (structs.replace(entry, key=entry.key.removeprefix(root)), key.removeprefix(root))
        for entry, key in moves
    ]


def _remove_empty(folder: Folder) -> None:
    """Remove what is left of a folder on this computer: folders without any file."""
    if folder.top.is_folder:
        for path, _, _ in os.walk(Path(folder.top.location) / folder.prefix, topdown=False):
            with suppress(OSError):
                Path(path).rmdir()


def _forget(current: CurrentProject, keys: Sequence[str]) -> None:
    inside = [key.removeprefix(current.root) for key in keys if key.startswith(current.root)]
    index = current.place.index
    with index.database.transaction():
        record_deletion(index, inside)
        ids = list(index.ids_of(inside).values())
        if ids and not current.place.labels.read_only_reason:
            forget_images(ids).apply(current.place.labels)


def _owners(bucket: Bucket, prefix: str) -> Iterator[str]:
    parts = prefix.split("/")[:-2]
    for count in range(len(parts) + 1):
        root = "".join(f"{part}/" for part in parts[:count])
        if any(exists(bucket, root + name) for name in SIGNS):
            yield root


def _send_what_waits(folder: Folder, bucket: Bucket) -> None:
    """Send what waits for projects inside the folder: nothing would read it under the new name."""
    for entry in list(objects_below(bucket, folder.prefix)):
        if entry.key.endswith(f"/{PROJECT_FILE}"):
            root = entry.key.removesuffix(PROJECT_FILE)
            with Workspace.open(_address(folder, root), folder.settings, folder.secret) as inner:
                inner.sync.push()


def _owner_place(folder: Folder, root: str, opened: ExitStack) -> Place:
    current = folder.current
    if current is not None and current.root == root:
        return current.place
    workspace = Workspace.open(_address(folder, root), folder.settings, folder.secret)
    opened.enter_context(workspace)
    workspace.sync.open()
    workspace.sync.pull()
    workspace.sync.check_whole()
    opened.callback(workspace.synchronise)  # before it is closed
    return place_of(workspace)


def _address(folder: Folder, root: str) -> ProjectAddress:
    location = f"{folder.top.location}/{root}".removesuffix("/")
    return ProjectAddress(location, folder.top.connection)


def _move_plainly(bucket: Bucket, moves: Moves, progress: Progress) -> MoveReport:
    report = MoveReport()
    copied: list[tuple[StoredObject, StoredObject]] = []
    try:
        report.failed += copy_objects(
            bucket, moves, lambda old, new: copied.append((old, new)), progress
        )
    except Cancelled:
        report.was_stopped = True
    left = {failure.key for failure in delete_objects(bucket, [old.key for old, _ in copied])}
    report.moved = [(new, old.key) for old, new in copied if old.key not in left]
    return report
