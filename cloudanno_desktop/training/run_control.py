"""How a run reports what it does, and how it is stopped.

Standard output carries events alone; what libraries print there is sent to standard error.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from cloudanno_desktop import log
from cloudanno_desktop.progress import StopFlag, Throttle
from cloudanno_desktop.training.events import AnyEvent, RunProgressed, encode_event


class EventWriter:
    """Writes events to ``events.jsonl`` and perhaps to standard output; safe from any thread."""

    def __init__(self, path: Path, *, to_stdout: bool) -> None:
        self._path = path
        self._to_stdout = to_stdout
        self._open = contextlib.ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._file = self._open.enter_context(self._path.open("wb", buffering=0))
        if self._to_stdout:
            self._pipe = self._open.enter_context(own_stdout())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def report(self, event: AnyEvent) -> None:
        line = encode_event(event)
        with self._lock:
            if self._to_stdout:
                with log.passing_over(BrokenPipeError):  # the end of standard input stops the run
                    _write_all(self._pipe, line)
            with log.passing_over(OSError):  # a full disk must not hide why a run failed
                self._file.write(line)


class RunControl:
    """Reports events and progress, and stops the run when the user wants it to end."""

    def __init__(self, event_writer: EventWriter) -> None:
        self._event_writer = event_writer
        self._stop = StopFlag()
        self._throttle = Throttle()

    def report(self, event: AnyEvent) -> None:
        self._event_writer.report(event)

    def progress(self, done: int, total: int | None, text: str = "") -> None:
        """Report progress at most ten times a second. Raises ``Cancelled`` if the run must end."""
        self._stop.check()
        if self._throttle.is_due():
            self.report(RunProgressed(done, total, text))

    def obey_signals(self) -> None:
        """Take Ctrl-C and a request to end as a request to stop."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda number, frame: self._stop.set())

    def obey_stdin(self) -> None:
        """Take a line on standard input, or its end, as a request to stop."""
        _after_stdin(self._stop.set)


@contextlib.contextmanager
def own_stdout() -> Iterator[int]:
    """Yield standard output as a descriptor of its own; what is printed goes to standard error."""
    sys.stdout.flush()
    pipe = os.dup(1)
    os.dup2(2, 1)
    try:
        yield pipe
    finally:
        sys.stdout.flush()
        os.dup2(pipe, 1)
        os.close(pipe)


def end_with_parent() -> None:
    """End this process at once when its standard input ends; leave Ctrl-C to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _after_stdin(lambda: os._exit(1))


def _after_stdin(react: Callable[[], object]) -> None:
    """Call ``react`` from a thread of its own once standard input brings a byte or ends."""

    def listen() -> None:
        os.read(0, 1)
        react()

    threading.Thread(target=listen, name="stdin", daemon=True).start()


def _write_all(pipe: int, line: bytes) -> None:
    while line:
        line = line[os.write(pipe, line) :]
