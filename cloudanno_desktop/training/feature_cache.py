"""A cache of picture features: float16 rows by content and extractor.

One SQLite file for all projects. Rows are committed in small groups, so a process that is killed
loses seconds of work and never the cache.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.database import Database, DatabaseTooNew, Migration, remove_database
from cloudanno_desktop.errors import FileProblem

_log = logging.getLogger(__name__)

Row = npt.NDArray[np.float16]

MIGRATIONS = (
    Migration(
        "features-1",
        (
            """CREATE TABLE feature (
                extractor TEXT NOT NULL,
                digest TEXT NOT NULL,
                row BLOB NOT NULL,
                UNIQUE (extractor, digest)
            )""",
        ),
    ),
)
SELECT = "SELECT digest, row FROM feature WHERE extractor = ? AND digest IN ({marks})"
INSERT = "INSERT OR REPLACE INTO feature VALUES (?, ?, ?)"
CHUNK = 500


class FeatureStore:
    """Features on disk; a file that cannot be used is replaced, since all in it can be recomputed.

    Raises ``FileProblem`` if the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "features.db"
        try:
            self._database = Database(path, MIGRATIONS)
        except (DatabaseTooNew, FileProblem) as error:
            _log.warning("%s The cache is replaced.", error)
            remove_database(path)
            self._database = Database(path, MIGRATIONS)

    def read(self, extractor: str, digests: Sequence[str]) -> Iterator[tuple[str, Row]]:
        """Yield the cached rows, in any order."""
        for start in range(0, len(digests), CHUNK):
            chunk = digests[start : start + CHUNK]
            statement = SELECT.format(marks=",".join("?" * len(chunk)))
            for digest, row in self._database.reader().execute(statement, (extractor, *chunk)):
                yield digest, np.frombuffer(row, np.float16)

    def write(self, extractor: str, rows: Mapping[str, Row]) -> None:
        """Cache the rows; they are on disk when this returns."""
        with self._database.transaction() as connection:
            connection.executemany(
                INSERT, [(extractor, digest, row.tobytes()) for digest, row in rows.items()]
            )

    def close(self) -> None:
        self._database.close()
