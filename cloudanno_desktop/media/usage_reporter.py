"""Reports to the window which storage requests this process has made."""

import threading

from cloudanno_desktop.bucket.usage.meter import Meter
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.media.replies import Replies
from cloudanno_desktop.media_messages.replies import StorageUsed

INTERVAL_S = 0.5


class UsageReporter:
    """Reports changes, twice a second at most; sleeps while nothing happens."""

    def __init__(self, meter: Meter, replies: Replies) -> None:
        self._meter = meter
        self._replies = replies
        self._reported = Usage()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._meter.changed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._meter.changed.wait()
            self._meter.changed.clear()
            self._report()
            self._stop.wait(INTERVAL_S)
        self._report()

    def _report(self) -> None:
        total = self._meter.total()
        news = total - self._reported
        if news:
            self._reported = total
            self._replies.send(StorageUsed(news))
