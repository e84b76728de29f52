"""Threads that move files, and the one thread that hears about it.

Workers only move bytes and count them. The caller's thread alone starts jobs, calls ``progress``
and takes outcomes, so that nobody above needs a lock. When it raises, for a stop or a bug, work in
flight ends at its next block and is joined before the error goes on.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cloudanno_desktop.bucket.bucket import StoredObject
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.progress import Cancelled, Progress

TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went with one file.

    Attributes:
        path: the local file.
        key: the key that was asked for.
        entry: the object, ``None`` if it failed.
        skipped: both had the same bytes already.
        problem: why it failed.
    """

    path: Path
    key: str
    entry: StoredObject | None = None
    skipped: bool = False
    problem: CloudAnnoError | None = None


Job = Callable[[], Iterator[Outcome]]


class Meter:
    """Bytes moved by all threads, and the sign for them to stop.

    Args:
        total: all bytes to move.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._done = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @property
    def done(self) -> int:
        """Bytes moved or skipped so far."""
        return self._done

    def add(self, count: int) -> None:
        """Count bytes."""
        with self._lock:
            self._done += count

    def stop(self) -> None:
        """Let every file stop at its next block."""
        self._stop.set()

    def check(self) -> None:
        """Raise ``Cancelled`` once ``stop`` was called."""
        if self._stop.is_set():
            raise Cancelled


class FileMeter:
    """The progress of one file, added to the meter of all.

    Args:
        meter: the sum.
        size: the bytes that the file adds to it in the end, whatever becomes of it.
    """

    def __init__(self, meter: Meter, size: int) -> None:
        self._meter = meter
        self._size = size
        self._counted = 0

    def __call__(self, done: int, total: int | None, text: str = "") -> None:
        """Count what is new, and stop if the work shall stop."""
        self._count(min(done, self._size))
        self._meter.check()

    def finish(self) -> None:
        """Count the rest: the file is done, skipped or given up."""
        self._count(self._size)

    def _count(self, done: int) -> None:
        self._meter.add(done - self._counted)
        self._counted = done


def run_jobs(
    jobs: Iterator[Job],
    parallel: int,
    meter: Meter,
    progress: Progress,
    finished: Callable[[Outcome], None],
) -> None:
    """Run jobs in ``parallel`` threads until none is left.

    Args:
        jobs: taken one by one, when a thread is nearly free.
        parallel: number of threads.
        meter: shared by the jobs.
        progress: called here with bytes and the last key; may raise to stop.
        finished: called here with each outcome; may raise to stop.
    """
    outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    running: set[Future[None]] = set()
    key = ""
    executor = ThreadPoolExecutor(max(1, parallel), thread_name_prefix="transfer")
    try:
        progress(0, meter.total)
        while True:
            wanted = 2 * max(1, parallel) - len(running)
            running |= {executor.submit(_run, job, meter, outcomes) for job in islice(jobs, wanted)}
            if not running:
                return
            done, running = wait(running, timeout=TICK_S, return_when=FIRST_COMPLETED)
            for outcome in _drain(outcomes):
                key = outcome.key
                finished(outcome)
            for future in done:
                future.result()
            progress(meter.done, meter.total, key)
    finally:
        meter.stop()
        executor.shutdown(wait=True, cancel_futures=True)


def _run(job: Job, meter: Meter, outcomes: "queue.SimpleQueue[Outcome]") -> None:
    try:
        meter.check()
        for outcome in job():
            outcomes.put(outcome)
            meter.check()
    except Cancelled:
        return


def _drain(outcomes: "queue.SimpleQueue[Outcome]") -> Iterator[Outcome]:
    while not outcomes.empty():
        yield outcomes.get_nowait()
