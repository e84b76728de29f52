"""Move many files between this computer and a bucket, several at a time.

One bad file stops nothing: it is listed with its reason. A service that refuses or does not answer
for several files in a row ends the transfer with that error. A name that is taken by other bytes
gets a number; the same bytes are not moved twice.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudanno_desktop.bucket.bucket import (
    AccessDenied,
    Bucket,
    BucketMissing,
    StoredObject,
    Unreachable,
)
from cloudanno_desktop.bucket.download_job import Downloads
from cloudanno_desktop.bucket.keys import escape_name
from cloudanno_desktop.bucket.part_file import local_errors, local_problem
from cloudanno_desktop.bucket.transfer_pool import Meter, Outcome, run_jobs
from cloudanno_desktop.bucket.upload_job import Uploads
from cloudanno_desktop.errors import CloudAnnoError, DiskFull, FileProblem
from cloudanno_desktop.progress import Progress, silent

PARALLEL = 8
PATIENCE = 3

_HOPELESS = (AccessDenied, BucketMissing, Unreachable, DiskFull)


@dataclass(frozen=True, slots=True)
class PlannedUpload:
    """A local file and the key that it shall get."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """A local file and the object with the same bytes."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class TransferFailure:
    """A file that could not be moved, and why."""

    path: Path
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What became of each file.

    Attributes:
        done: moved.
        skipped: the other side had the same bytes already.
        failed: not moved.
    """

    done: list[Transferred] = field(default_factory=list)
    skipped: list[Transferred] = field(default_factory=list)
    failed: list[TransferFailure] = field(default_factory=list)


def plan_uploads(
    paths: Iterable[Path], prefix: str = "", accept: Callable[[str], bool] | None = None
) -> list[PlannedUpload]:
    """Return the files at and below ``paths`` with their keys, in the order of their names.

    A file becomes ``prefix/name``, a file of a folder ``prefix/folder/…/name``. Linked folders and
    what is no regular file are left out, and so is every key that ``accept`` denies.

    Raises ``FileProblem`` for a path that cannot be read.
    """
    above = f"{prefix.rstrip('/')}/" if prefix else ""
    planned: list[PlannedUpload] = []
    for path in paths:
        name = escape_name(Path(os.path.abspath(path)).name)  # noqa: PTH100 links keep their name
        planned += _planned(path, above + name)
    return [upload for upload in planned if accept is None or accept(upload.key)]


def upload_files(
    bucket: Bucket,
    plan: Sequence[PlannedUpload],
    *,
    parallel: int = PARALLEL,
    progress: Progress = silent,
    on_done: Callable[[PlannedUpload, StoredObject, bool], None] | None = None,
) -> TransferReport:
    """Upload files; a key that other bytes have becomes ``name (2).jpg`` and so on.

    Args:
        bucket: where to.
        plan: from ``plan_uploads``; several files may want the same key.
        parallel: number of threads.
        progress: called in this thread with bytes; its error stops everything cleanly.
        on_done: called in this thread with each file that is in the bucket, its object, and
            whether the bucket had it already.

    Raises ``AccessDenied``, ``BucketMissing``, ``Unreachable``, ``DiskFull`` if that is the answer
    for several files in a row or for all.
    """

    def tell(outcome: Outcome, entry: StoredObject) -> None:
        if on_done:
            on_done(PlannedUpload(outcome.path, outcome.key), entry, outcome.skipped)

    tally = _Tally(tell)
    meter = Meter(sum(_size(upload.path) for upload in plan))
    jobs = Uploads(bucket, meter).jobs((upload.path, upload.key) for upload in plan)
    run_jobs(jobs, parallel, meter, progress, tally.note)
    return tally.closed()


def download_objects(  # noqa: PLR0913 three of them by name
    bucket: Bucket,
    entries: Sequence[StoredObject],
    folder: Path,
    *,
    parallel: int = PARALLEL,
    progress: Progress = silent,
    on_done: Callable[[StoredObject, Path, bool], None] | None = None,
) -> TransferReport:
    """Download objects below ``folder``, which never lose a file that is there already.

    A key's folders become folders. What a disk cannot hold is replaced (``..`` by ``__``), a name
    that is taken, also in another case, gets a number.

    Args:
        bucket: where from.
        entries: what to fetch.
        folder: where to; created if missing.
        parallel: number of threads.
        progress: called in this thread with bytes; its error stops everything cleanly.
        on_done: called in this thread with each object, its file, and whether it was there.

    Raises as ``upload_files`` does.
    """

    def tell(outcome: Outcome, entry: StoredObject) -> None:
        if on_done:
            on_done(entry, outcome.path, outcome.skipped)

    tally = _Tally(tell)
    meter = Meter(sum(entry.size for entry in entries))
    jobs = Downloads(bucket, folder, meter).jobs(entries)
    run_jobs(jobs, parallel, meter, progress, tally.note)
    return tally.closed()


class _Tally:
    """Outcomes so far, and whether going on makes sense.

    Args:
        tell: called with each file that is on both sides.
    """

    def __init__(self, tell: Callable[[Outcome, StoredObject], None]) -> None:
        self._tell = tell
        self._report = TransferReport()
        self._last: CloudAnnoError | None = None
        self._streak = 0
        self._survived = False

    def note(self, outcome: Outcome) -> None:
        """Take one outcome. Raises the error of a service that is not going to work."""
        if outcome.problem is not None:
            self._fail(outcome, outcome.problem)
        elif outcome.entry is not None:
            self._survived = True
            self._streak = 0
            moved = Transferred(outcome.path, outcome.entry.key)
            (self._report.skipped if outcome.skipped else self._report.done).append(moved)
            self._tell(outcome, outcome.entry)

    def closed(self) -> TransferReport:
        """Return the report. Raises if there was nothing but refusals."""
        if self._last and not self._survived:
            raise self._last
        return self._report

    def _fail(self, outcome: Outcome, problem: CloudAnnoError) -> None:
        self._report.failed.append(TransferFailure(outcome.path, outcome.key, str(problem)))
        if not isinstance(problem, _HOPELESS):
            self._survived |= not isinstance(problem, FileProblem)
            return
        self._last = problem
        self._streak += 1
        if self._streak >= PATIENCE:
            raise problem


def _planned(path: Path, key: str) -> Iterator[PlannedUpload]:
    with local_errors(path):
        mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        yield PlannedUpload(path, key)
    if not stat.S_ISDIR(mode):
        return

    def refuse(error: OSError) -> None:
        raise local_problem(Path(error.filename), error) from error

    for above, folders, names in os.walk(path, onerror=refuse):
        folders.sort()
        inside = Path(above)
        keys = [key, *map(escape_name, inside.relative_to(path).parts)]
        for name in sorted(names):
            if (inside / name).is_file():
                yield PlannedUpload(inside / name, "/".join([*keys, escape_name(name)]))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # told when its turn comes
