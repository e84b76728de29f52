"""The files below a folder as a user means it: links are followed, leftovers of systems are not."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from cloudanno_desktop.files import local_errors, local_problem
from cloudanno_desktop.natural_order import natural_key
from cloudanno_desktop.project_keys import OWN, is_leftover

OWN_FILES = {OWN, "_annotations.json", "_annotations.csv", "_labels.csv"}
MOST_LINKS = 8  # linked folders inside each other
NOWHERE = "the link leads nowhere"
CIRCLE = "the link leads back to a folder that it lies in"
HIDDEN = "the folder is hidden"
NO_FILE = "it is no file"
EMPTY = "the file is empty"

Found = tuple[tuple[str, ...], Path, str]  # names below the folder, the path, why it is left out


def files_below(folder: Path) -> Iterator[Found]:
    """Yield the files of a folder in the order of their names, and what cannot be taken.

    A linked folder counts as if it stood where the link is. Raises ``FileProblem`` for a folder
    that cannot be read.
    """
    yield from _below(folder, (), (os.path.realpath(folder),), 0)


def _below(
    folder: Path, names: tuple[str, ...], above: Sequence[str], links: int
) -> Iterator[Found]:
    with local_errors(folder):
        entries = sorted(os.scandir(folder), key=lambda entry: natural_key(entry.name))
    files = [entry for entry in entries if not _is_folder(entry)]
    for entry in files:
        if not _is_passed_over(entry.name):
            yield (*names, entry.name), Path(entry.path), problem_of(Path(entry.path))
    for entry in entries:
        if entry in files or _is_passed_over(f"{entry.name}/"):
            continue
        inside, real = (*names, entry.name), os.path.realpath(entry.path)
        depth = links + entry.is_symlink()
        if entry.name.startswith("."):
            yield inside, Path(entry.path), HIDDEN
        elif real in above or depth > MOST_LINKS:
            yield inside, Path(entry.path), CIRCLE
        else:
            yield from _below(Path(entry.path), inside, (*above, real), depth)


def _is_passed_over(name: str) -> bool:
    """Say whether a system or this program left a file or a folder (``name/``) behind."""
    return name in OWN_FILES or name.startswith(".cloudanno") or is_leftover(name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def problem_of(path: Path) -> str:
    """Say why a file cannot be taken; empty if it can."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return NOWHERE
    except OSError as error:
        return str(local_problem(path, error))
    if not stat.S_ISREG(found.st_mode):
        return NO_FILE
    return "" if found.st_size else EMPTY
