"""A scan whose process is killed, at several points, with SIGKILL."""

import os
import signal
import subprocess
import sys

import pytest

from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex, IndexCounts
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.scanner import scan

CHILD = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from cloudanno_desktop.bucket.bucket import Page, StoredObject
from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.index.migrations import INDEX_MIGRATIONS
from cloudanno_desktop.index.scanner import scan

class Endless:
    def list_pages(self):
        number = 0
        while True:
            now = datetime.now(UTC)
            yield Page([StoredObject(f"{number + i:07}.jpg", 3, "e", now) for i in range(1000)], [])
            number += 1000

index = ImageIndex(Database(Path(sys.argv[1]), INDEX_MIGRATIONS))
scan(Endless(), index, lambda done, total, text="": print(done, flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a POSIX signal")
@pytest.mark.parametrize("batches", [1, 2, 4])
def test_a_killed_scan_leaves_a_sound_index(tmp_path, batches, listed_bucket, entry):
    path = tmp_path / "project.db"
    database = Database(path, INDEX_MIGRATIONS)
    scan(listed_bucket([entry("kept.jpg", size=7)]), ImageIndex(database))
    database.close()
    child = subprocess.Popen([sys.executable, "-c", CHILD, path], stdout=subprocess.PIPE)
    reported = [int(child.stdout.readline()) for _ in range(batches)]
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()

    database = Database(path, INDEX_MIGRATIONS)
    index = ImageIndex(database)

    assert database.reader().execute("PRAGMA integrity_check").fetchone() == ("ok",)
    keys = [row.key for row in index.rows(index.all_ids())]
    assert keys[-1] == "kept.jpg"
    assert len(keys) - 1 >= reported[-1]
    assert index.counts() == IndexCounts(len(keys), 3 * (len(keys) - 1) + 7)
    assert scan(listed_bucket([entry("kept.jpg", size=7)]), index).images == 1
    database.close()
