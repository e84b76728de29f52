"""Room for originals: those that were fetched and not used for longest go.

What was used within a day stays, whatever the limit, because a run of this or another window may
be reading it. Originals that the user wants to keep lie elsewhere (``offline_originals``).
"""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cloudanno_desktop import log
from cloudanno_desktop.images.originals import DIGEST_SUFFIX

SAFE_S = 86_400.0
_ORIGINAL = re.compile(r"[0-9a-f]{40}")


def clear_originals(folder: Path, limit_bytes: int) -> int:
    """Delete the oldest originals until the rest takes ``limit_bytes``; return how many went."""
    originals = sorted(_originals(folder))
    excess = sum(size for _, size, _ in originals) - limit_bytes
    newest = time.time() - SAFE_S
    gone = 0
    for used, size, path in originals:
        if excess <= 0 or used > newest:
            break
        with log.passing_over(OSError):  # another window was faster, or still reads it
            path.unlink()
            path.with_suffix(DIGEST_SUFFIX).unlink(missing_ok=True)
            excess -= size
            gone += 1
    return gone


def _originals(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for path in folder.glob("??/*"):
        if _ORIGINAL.fullmatch(path.name):
            with suppress(OSError):
                found = path.stat()
                yield found.st_mtime, found.st_size, path
