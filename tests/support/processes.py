"""Other processes as /proc shows them; one that ends while it is looked at is not there.

Parents are read from ``stat``, not from each thread's ``children``: a child goes over to another
thread when the one that started it ends, and could be missed.
"""

import contextlib
import os
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="needs /proc")

ZOMBIE = "Z"


def children_of(pid=None):
    """Return the numbers of a process' children, of this one by default."""
    parent = os.getpid() if pid is None else pid
    return {number for number, (_, its_parent, _) in _stats() if its_parent == parent}


def members_of(session):
    """Return the processes of a session that still run."""
    return {n for n, (state, _, its) in _stats() if its == session and state != ZOMBIE}


def is_running(pid):
    """Say whether a process has not ended."""
    stat = _stat(Path(f"/proc/{pid}"))
    return stat is not None and stat[0] != ZOMBIE


def arguments_of(pid):
    """Return what a process was started with; nothing of one that has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


def _stats():
    for path in Path("/proc").glob("[0-9]*"):
        stat = _stat(path)
        if stat is not None:
            yield int(path.name), stat


def _stat(path):
    """Return state, parent and session."""
    with contextlib.suppress(OSError):
        words = (path / "stat").read_bytes().rpartition(b")")[2].split()
        return words[0].decode(), int(words[1]), int(words[3])
    return None
