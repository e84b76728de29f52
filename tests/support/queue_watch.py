"""A queue that runs beside a test, and what it tells."""

import threading
from contextlib import contextmanager

from cloudanno_desktop.transfers.model import BatchState, Direction, Ends, Existing, Terms
from cloudanno_desktop.transfers.plan import download_wishes, plan_uploads, upload_wishes
from cloudanno_desktop.transfers.queue import Engine
from cloudanno_desktop.transfers.retry import Patience

PATIENCE_S = 60
FOR_EVER = Patience(tries=4, first_s=0.01, most_s=0.05, most_offline_s=0.05)


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
        self.entries[moved.entry.key] = transfer.wish
        return self._ids

    def entered(self, through):
        self._changed.set()

    def told(self, statuses):
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


class Running:
    """A queue at work."""

    def __init__(self, engine, store, watch, terms):
        self.engine = engine
        self.store = store
        self.watch = watch
        self.terms = terms

    def upload(self, paths, labels=(), existing=Existing.RENAME, title="Upload"):
        wishes = upload_wishes(plan_uploads(paths), lambda _: labels)
        batch, transfers = self.store.add(Direction.UP, title, existing, wishes)
        self.engine.take(batch, transfers)
        return batch.id

    def download(self, entries, folder, existing=Existing.RENAME):
        wishes = download_wishes(entries, folder)
        batch, transfers = self.store.add(Direction.DOWN, "Download", existing, wishes)
        self.engine.take(batch, transfers)
        return batch.id

    def wait(self, batch, state=BatchState.FINISHED):
        """Wait until a batch is in a state; return its status."""
        self.watch.wait(lambda: self.engine.status(batch).state is state)
        return self.engine.status(batch)

    @property
    def batches(self):
        return [batch.id for batch in self.store.batches()]


@contextmanager
def running(store, bucket, *, patience=FOR_EVER, parallel=4, known=frozenset()):
    """Run the queue of ``store`` as a started program does, and end it as a closed one does."""
    watch = Watch()
    terms = Terms(parallel, patience)
    engine = Engine(store, Ends(bucket, known.__contains__), watch, terms)
    engine.start()
    try:
        yield Running(engine, store, watch, terms)
    finally:
        assert engine.close()
        assert not watch.bugs
