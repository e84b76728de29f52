"""Which folders of a project stay on this computer, original pictures and all.

The choice belongs to the project and this computer, so it lies beside the databases of the windows,
as the kept originals do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cloudanno_desktop import log
from cloudanno_desktop.database import Database
from cloudanno_desktop.files import write_file
from cloudanno_desktop.index.image_index import ImageRow

EVERYTHING = ""  # the prefix of every key
CHOICE = "kept.json"
# What a window of an earlier version chose for itself.
SELECT_PREFIXES = "SELECT prefix FROM kept_prefix ORDER BY prefix"
SELECT_IMAGES = """
    SELECT id, key, size, etag, modified_s, problem FROM image
    WHERE present = 1 AND key >= ?1 AND substr(key, 1, length(?1)) = ?1 ORDER BY key
"""
SELECT_SIZE = """
    SELECT count(*), coalesce(sum(size), 0) FROM image
    WHERE present = 1 AND key >= ?1 AND substr(key, 1, length(?1)) = ?1
"""
SELECT_FOLDERS = """
    SELECT substr(key, 1, instr(key, '/')) AS folder, count(*), sum(size) FROM image
    WHERE present = 1 GROUP BY folder ORDER BY folder
"""


@dataclass(frozen=True, slots=True)
class FolderSize:
    prefix: str
    images: int
    bytes: int


class OfflinePrefixes:
    """The choice of one project; safe to use from any thread and from several windows."""

    def __init__(self, database: Database, project: Path) -> None:
        self._database = database
        self._choice = project / CHOICE

    def all(self) -> list[str]:
        """Return the chosen prefixes; ``EVERYTHING`` stands for the whole project."""
        with log.passing_over(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._choice.read_bytes(), type=list[str])
        return [row[0] for row in self._database.reader().execute(SELECT_PREFIXES)]

    def use(self, prefixes: Sequence[str]) -> None:
        """Choose exactly these. Raises ``DiskFull``, ``FileProblem``."""
        write_file(self._choice, msgspec.json.encode(sorted(set(prefixes))))

    def images(self) -> list[ImageRow]:
        reader = self._database.reader()
        rows = {
            row[0]: ImageRow(*row)
            for prefix in self.all()
            for row in reader.execute(SELECT_IMAGES, (prefix,))
        }
        return list(rows.values())

    def folders(self, *others: str) -> list[FolderSize]:
        """Return the whole project first, then its folders of the first level.

        The chosen ones, and ``others``, stand among them wherever they lie.
        """
        reader = self._database.reader()
        rows = reader.execute(SELECT_FOLDERS).fetchall()
        whole = FolderSize(EVERYTHING, sum(row[1] for row in rows), sum(row[2] for row in rows))
        found = {row[0]: FolderSize(*row) for row in rows}
        for prefix in {*self.all(), *others} - found.keys():
            found[prefix] = FolderSize(prefix, *reader.execute(SELECT_SIZE, (prefix,)).fetchone())
        found[EVERYTHING] = whole
        return [found[prefix] for prefix in sorted(found)]
