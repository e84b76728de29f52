"""Uploads and downloads of a test: the real queue in a database of its own."""

import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

from cloudanno_desktop.database import Database
from cloudanno_desktop.progress import silent
from cloudanno_desktop.transfers.model import Direction, Existing, TransferContext, TransferLimits
from cloudanno_desktop.transfers.plan import download_specs, upload_specs
from cloudanno_desktop.transfers.retry import RetryPolicy
from cloudanno_desktop.transfers.run_once import Listeners, run_batch
from cloudanno_desktop.transfers.schema import TRANSFER_MIGRATIONS
from cloudanno_desktop.transfers.store import TransferStore

SOON = RetryPolicy(tries=6, first_s=0.01, most_s=0.05, offline_tries=4)


@contextmanager
def fresh_store():
    """Yield an empty queue."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Database(Path(folder) / "project.db", TRANSFER_MIGRATIONS)) as database,
    ):
        yield TransferStore(database)


def upload_files(bucket, plan, **options):
    """Upload planned files and return the report; ``on_done`` takes a wish and its object."""
    specs = upload_specs(plan, lambda _: ())
    return move(bucket, Direction.UP, specs, **options)


def download_objects(bucket, entries, folder, **options):
    """Download objects below a folder and return the report."""
    return move(bucket, Direction.DOWN, download_specs(entries, folder), **options)


def move(
    bucket,
    direction,
    specs,
    *,
    store=None,
    parallel=8,
    retry_policy=SOON,
    existing=Existing.RENAME,
    progress=silent,
    on_done=lambda spec, entry: None,
    ask=None,
    known=frozenset(),
):
    if store is None:
        with fresh_store() as own:
            options = (parallel, retry_policy, existing, progress, on_done, ask, known)
            return _run(own, bucket, direction, specs, *options)
    return _run(
        store,
        bucket,
        direction,
        specs,
        parallel,
        retry_policy,
        existing,
        progress,
        on_done,
        ask,
        known,
    )


def _run(
    store, bucket, direction, specs, parallel, retry_policy, existing, progress, on_done, ask, known
):
    queued = store.add_again(direction, "", existing, specs)
    listeners = Listeners(lambda t, entry: on_done(t.spec, entry), progress, ask)
    ends = TransferContext(bucket, known.__contains__)
    return run_batch(store, ends, TransferLimits(parallel, retry_policy), queued, listeners)
