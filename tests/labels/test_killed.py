"""A process that is killed while it labels and flushes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.labels.journal.operations import decode_object, parse_key

LABELING = """
import sys
from pathlib import Path
from cloudanno_desktop.bucket.folder.bucket import FolderBucket
from cloudanno_desktop.labels.edits.assign import Assign
from tests.labels.conftest import Project, open_database

keys = [f"{i:04d}.jpg" for i in range(int(sys.argv[3]), 2000)]
database = open_database(Path(sys.argv[1]))
project = Project(database, FolderBucket(Path(sys.argv[2])), keys=keys[:400])
if not project.store.labels():
    project.create("cat")
label = project.store.label_named("cat").id
project.sync.open()
print("ready", flush=True)
for number, key in enumerate(keys[:400]):
    project.do(Assign((label,), project.ids(key)))
    print(key, flush=True)
    if number % 3 == 0:
        project.sync.push()
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX signal")
def test_a_killed_process_keeps_every_label_it_showed(open_project, tmp_path):
    folder = tmp_path / "bucket"
    folder.mkdir()
    shown = []
    for round_ in range(2):
        script = [sys.executable, "-c", LABELING]
        arguments = [str(tmp_path / "one.db"), str(folder), str(round_ * 400)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(
            [*script, *arguments], stdout=subprocess.PIPE, env=environment, text=True
        ) as child:
            assert child.stdout.readline() == "ready\n"
            shown += [child.stdout.readline().strip() for _ in range(10 + 7 * round_)]
            child.send_signal(signal.SIGKILL)
            shown += [line.strip() for line in child.stdout if line.endswith("\n")]

    bucket = FolderBucket(folder)
    again = open_project("one", bucket, keys=())
    again.synchronise()
    witness = open_project("witness", bucket, keys=shown)
    witness.synchronise()

    assert set(shown) <= set(again.shown())
    assert again.counts() == {"cat": len(again.shown())}
    assert set(shown) <= set(witness.shown())
    keys = [
        entry.key for page in bucket.list_pages("_cloudanno/journal/") for entry in page.objects
    ]
    sequences = sorted(parse_key(key)[1] for key in keys)
    assert sequences == list(range(1, len(keys) + 1))
    found = [decode_object(bucket.get(key).body, *parse_key(key)).operations for key in keys]
    ids = [operation.id for operations in found for operation in operations]
    assert len(ids) == len(set(ids))
