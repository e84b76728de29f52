"""Uploads and downloads of a test: the real queue in a database of its own."""

import tempfile
from contextlib import contextmanager
from pathlib import Path

from cloudanno_desktop.database import Database
from cloudanno_desktop.progress import silent
from cloudanno_desktop.transfers.model import Direction, Ends, Existing, Terms
from cloudanno_desktop.transfers.plan import download_wishes, upload_wishes
from cloudanno_desktop.transfers.retry import Patience
from cloudanno_desktop.transfers.run_once import Listeners, run_batch
from cloudanno_desktop.transfers.schema import TRANSFER_MIGRATIONS
from cloudanno_desktop.transfers.store import TransferStore

SOON = Patience(tries=6, first_s=0.01, most_s=0.05, offline_tries=4)


@contextmanager
def fresh_store():
    """Yield an empty queue."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "project.db", TRANSFER_MIGRATIONS)
        yield TransferStore(database)
        database.close()


def upload_files(bucket, plan, **options):
    """Upload planned files and return the report; ``on_done`` takes a wish and its object."""
    wishes = upload_wishes(plan, lambda _: ())
    return move(bucket, Direction.UP, wishes, **options)


def download_objects(bucket, entries, folder, **options):
    """Download objects below a folder and return the report."""
    return move(bucket, Direction.DOWN, download_wishes(entries, folder), **options)


def move(
    bucket,
    direction,
    wishes,
    *,
    store=None,
    parallel=8,
    patience=SOON,
    existing=Existing.RENAME,
    progress=silent,
    on_done=lambda wish, entry: None,
    ask=None,
    known=frozenset(),
):
    if store is None:
        with fresh_store() as own:
            options = (parallel, patience, existing, progress, on_done, ask, known)
            return _run(own, bucket, direction, wishes, *options)
    return _run(
        store,
        bucket,
        direction,
        wishes,
        parallel,
        patience,
        existing,
        progress,
        on_done,
        ask,
        known,
    )


def _run(
    store, bucket, direction, wishes, parallel, patience, existing, progress, on_done, ask, known
):
    queued = store.add_again(direction, "", existing, wishes)
    listeners = Listeners(lambda t, entry: on_done(t.wish, entry), progress, ask)
    ends = Ends(bucket, known.__contains__)
    return run_batch(store, ends, Terms(parallel, patience), queued, listeners)
