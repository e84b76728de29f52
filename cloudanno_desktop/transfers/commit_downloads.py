"""The last step of small downloads, many at a time: to the disk, and only then to their names.

To force each photo to the disk by itself takes a third of the time of a download. Until it has its
name a file is a part, so a power cut leaves no photo that is not whole.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.files import force, force_disks, give_name, local_errors
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.transfers.batch import TransferJob
from cloudanno_desktop.transfers.model import Question
from cloudanno_desktop.transfers.outcomes import Outcome
from cloudanno_desktop.transfers.result import BufferedDownload, TransferResult

MANY = 4  # a few are not worth it to wait for all that others have written to the disk
Tried = tuple[TransferJob, TransferResult | BufferedDownload | Question | CloudAnnoError]


def land(tried: Sequence[Tried]) -> list[Outcome]:
    """Return how it went with files, after the last step of those that were only filled."""
    filled = [result for _, result in tried if isinstance(result, BufferedDownload)]
    is_forced = len(filled) >= MANY and force_disks({one.part.parent for one in filled})
    return [
        Outcome(job, _landed(result, is_forced) if isinstance(result, BufferedDownload) else result)
        for job, result in tried
    ]


def named(part: Path, path: Path, *, may_replace: bool) -> bool:
    """Rename a part, or remove it if the name is taken; return whether it was renamed."""
    if may_replace:
        part.replace(path)
        return True
    is_named = give_name(part, path)
    if not is_named:
        part.unlink()
    return is_named


def _landed(filled: BufferedDownload, is_forced: bool) -> TransferResult | CloudAnnoError:
    """Name one file; where the name was taken meanwhile it is tried again, by what is there now."""
    part = filled.part
    try:
        with local_errors(filled.path):
            if not is_forced:
                force(part)
            is_named = named(part, filled.path, may_replace=filled.may_replace)
    except CloudAnnoError as error:
        with suppress(OSError):
            part.unlink()
        return error
    return TransferResult(filled.path, filled.entry, skipped=False) if is_named else Cancelled()
