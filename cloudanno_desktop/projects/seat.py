"""The seat of one running program on a project.

A seat is a folder with a database that no other program uses. The first window on a project gets
seat 1, a second one seat 2, so that two running programs are two writers of the journal and never
share a sequence.
"""

import logging
from pathlib import Path

from filelock import FileLock, Timeout

from cloudanno_desktop.errors import Failed

_log = logging.getLogger(__name__)

SEATS = 64


def take_seat(project: Path) -> tuple[Path, FileLock]:
    """Return the first free seat below a project's folder and its lock, which is held.

    Raises ``Failed`` if all are taken.
    """
    for number in range(1, SEATS + 1):
        folder = project / str(number)
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            _log.debug("%s is taken by another program", folder)
            continue
        return folder, lock
    raise Failed(f"This project is already open in {SEATS} windows. Close one of them.")
