"""The program's database in memory, made from a template: thousands of projects in a test."""

import sqlite3
import threading
from pathlib import Path

from cloudanno_desktop.database import Database
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.labels.schema import LABEL_MIGRATIONS

_template = []


class QuickDatabase(Database):
    """One connection for reading and writing; what is committed survives a crash of the rest."""

    def __init__(self):
        self.path = Path(":memory:")
        self._write_lock = threading.RLock()
        self._readers = []
        self._writer = _connected()
        if _template:
            self._writer.deserialize(_template[0])
        else:
            self._migrate((*INDEX_MIGRATIONS, *LABEL_MIGRATIONS))
            _template.append(self._writer.serialize())

    def reader(self):
        return self._writer

    def crash(self):
        """Lose what is not committed."""
        self._roll_back()

    def copy(self):
        """Return what the disk holds."""
        return self._writer.serialize()

    def restore(self, disk):
        """Go on with what a disk held once."""
        self.close()
        self._writer = _connected()
        self._writer.deserialize(disk)


def _connected():
    return sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
    )
