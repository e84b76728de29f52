"""A queue that runs beside a test, and what it tells."""

import threading
from contextlib import contextmanager

from cloudanno_desktop.transfers.model import (
    BatchState,
    Direction,
    Existing,
    TransferContext,
    TransferLimits,
)
from cloudanno_desktop.transfers.plan import download_specs, plan_uploads, upload_specs
from cloudanno_desktop.transfers.queue import TransferQueue
from cloudanno_desktop.transfers.retry import RetryPolicy

PATIENCE_S = 60
FOR_EVER = RetryPolicy(tries=4, first_s=0.01, most_s=0.05, most_offline_s=0.05)


class Watch:
    """Notes what a queue tells; labels are given later, as in the window."""

    labels_later = True

    def __init__(self):
        self.entries = {}
        self.states = []
        self.bugs = []
        self._ids = 0
        self._changed = threading.Event()

    def note(self, transfer, moved):
        self._ids += 1
        self.entries[moved.entry.key] = transfer.spec
        return self._ids

    def entered(self, through):
        self._changed.set()

    def status_changed(self, statuses):
        self.states += [status.state for status in statuses]
        self._changed.set()

    def broke(self, error):
        self.bugs.append(error)
        self._changed.set()

    def wait(self, condition):
        """Wait until a condition holds; the test fails if it does not come true."""
        for _ in range(PATIENCE_S * 50):
            if condition():
                return
            assert not self.bugs
            self._changed.wait(0.02)
            self._changed.clear()
        raise AssertionError("the condition did not come true")


class RequestProgress:
    """A queue at work."""

    def __init__(self, transfer_queue, store, watch, terms):
        self.transfer_queue = transfer_queue
        self.store = store
        self.watch = watch
        self.terms = terms

    def upload(self, paths, labels=(), existing=Existing.RENAME, title="Upload"):
        specs = upload_specs(plan_uploads(paths).uploads, lambda _: labels)
        batch, transfers = self.store.add(Direction.UP, title, existing, specs)
        self.transfer_queue.take(batch, transfers)
        return batch.id

    def download(self, entries, folder, existing=Existing.RENAME):
        specs = download_specs(entries, folder)
        batch, transfers = self.store.add(Direction.DOWN, "Download", existing, specs)
        self.transfer_queue.take(batch, transfers)
        return batch.id

    def wait(self, batch, state=BatchState.FINISHED):
        """Wait until a batch is in a state; return its status."""
        self.watch.wait(lambda: self.transfer_queue.status(batch).state is state)
        return self.transfer_queue.status(batch)

    @property
    def batches(self):
        return [batch.id for batch in self.store.batches()]


@contextmanager
def running(store, bucket, *, retry_policy=FOR_EVER, parallel=4, known=frozenset()):
    """Run the queue of ``store`` as a started program does, and end it as a closed one does."""
    watch = Watch()
    terms = TransferLimits(parallel, retry_policy)
    transfer_queue = TransferQueue(store, TransferContext(bucket, known.__contains__), watch, terms)
    transfer_queue.start()
    try:
        yield RequestProgress(transfer_queue, store, watch, terms)
    finally:
        assert transfer_queue.close()
        assert not watch.bugs
