"""The process that trains, seen from the one that watches it.

Its lines are events; ``stop`` or the end of its standard input ends it. The process runs at low
priority, so that the window and other programs stay responsive.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from cloudanno_desktop import log, paths
from cloudanno_desktop.dataset.run_folder import RunFolder
from cloudanno_desktop.training.events import (
    BUG,
    CLOSING,
    AnyEvent,
    RunFailed,
    RunStopped,
    decode_event,
    split_lines,
)

_log = logging.getLogger(__name__)

KILL_AFTER_S = 10.0
TAIL_BYTES = 8192
NICENESS = 10
CHUNK = 65536
_KILLS = {signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)}
KILLED = (
    "The training process was killed by another program, or by the system for want of memory. "
    "Train again."
)
_NEEDED = """
    PATH HOME USER LOGNAME LANG LANGUAGE TZ TMP TEMP TMPDIR SYSTEMROOT WINDIR APPDATA LOCALAPPDATA
    USERPROFILE PROGRAMDATA COMSPEC PATHEXT LD_LIBRARY_PATH VIRTUAL_ENV SSL_CERT_FILE SSL_CERT_DIR
    REQUESTS_CA_BUNDLE KERAS_HOME CLOUDANNO_HOME CLOUDANNO_LOG_LEVEL CLOUDANNO_WEIGHTS
"""
NEEDED = frozenset(_NEEDED.split())
NEEDED_PREFIXES = (
    *("LC_", "XDG_", "PYTHON", "_PYI_", "DYLD_", "CUDA_", "NVIDIA_", "XLA_", "TF_"),
    *("OMP_", "MKL_", "OPENBLAS_"),
)


class TrainingChild:
    """A running training process: the program's own ``train RUN --events``, or ``command``."""

    def __init__(self, run: Path, command: Sequence[str] | None = None) -> None:
        self._run = RunFolder(run)
        self._process = subprocess.Popen(
            command or [*paths.cli_command(), "train", str(run), "--events"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            creationflags=_creation_flags(),
        )
        _log.info("training process %d begins: %s", self._process.pid, run)
        _lower_priority(self._process.pid)
        self._buffer = bytearray()
        self._closed = False
        self._stopping = False
        self._tail = bytearray()
        self._killer = threading.Timer(KILL_AFTER_S, self._process.kill)
        self._killer.daemon = True
        self._lock = threading.Lock()
        self._errors = threading.Thread(target=self._keep_tail, name="training-stderr", daemon=True)
        self._errors.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def events(self) -> Iterator[AnyEvent]:
        """Yield what the child reports until it ends; the last event is a closing one.

        A process that ends without a closing event has failed, or was killed while stopping. If
        the caller is interrupted, a second call continues where the first one was.
        """
        for event in self._reported():
            self._closed = self._closed or isinstance(event, CLOSING)
            yield event
        self._finish()
        if not self._closed:
            self._closed = True
            yield self._unexpected_end()

    def stop(self) -> None:
        """Make the child save its best and end; kill it if it has not ended after ten seconds.

        Safe from any thread, and harmless more than once or after the end.
        """
        with self._lock:
            if self._stopping or self._process.poll() is not None:
                return
            self._stopping = True
            _log.info("training process %d is to stop", self._process.pid)
            self._killer.start()
        stdin = _pipe(self._process.stdin)
        with log.passing_over(OSError, ValueError):
            stdin.write(b"stop\n")
            stdin.flush()

    def close(self) -> None:
        """Kill the child if it still runs, and close the pipes."""
        if not _pipe(self._process.stdout).closed:
            self._process.kill()
            self._finish()

    def stderr_tail(self) -> str:
        """Return the last 8 KB of what the child wrote to standard error."""
        return bytes(self._tail).decode("utf-8", "replace")

    def _reported(self) -> Iterator[AnyEvent]:
        stdout = _pipe(self._process.stdout)
        while not stdout.closed and (chunk := os.read(stdout.fileno(), CHUNK)):
            for line in split_lines(self._buffer, chunk):
                try:
                    yield decode_event(line)
                except msgspec.MsgspecError:  # a stray print of a library, or a newer event
                    _log.debug("no event: %s", line)
                    self._note(line + b"\n")

    def _finish(self) -> None:
        with log.passing_over(OSError):
            _pipe(self._process.stdin).close()
        try:
            self._process.wait(KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _log.info("training process %d ended with code %d", self.pid, self._process.returncode)
        self._killer.cancel()
        self._errors.join()
        _pipe(self._process.stdout).close()
        _pipe(self._process.stderr).close()

    def _unexpected_end(self) -> AnyEvent:
        if self._stopping:
            return RunStopped(self._run.has_result)
        code = self._process.returncode
        _log.warning("training process %d ended without a closing event", self.pid)
        if -code in _KILLS:
            return RunFailed("error", KILLED)
        said = self.stderr_tail().strip()
        return RunFailed(BUG, f"The training process ended unexpectedly (code {code}).\n{said}")

    def _keep_tail(self) -> None:
        stderr = _pipe(self._process.stderr)
        while chunk := os.read(stderr.fileno(), CHUNK):
            self._note(chunk)

    def _note(self, text: bytes) -> None:
        self._tail += text
        del self._tail[:-TAIL_BYTES]


def _environment() -> dict[str, str]:
    """Return the child's environment: what it needs, quiet libraries, BLAS threads that agree.

    A training process reads photos and writes a model; keys and tokens are not its business.
    """
    return {
        **{name: value for name, value in os.environ.items() if _is_needed(name.upper(), value)},
        "MALLOC_ARENA_MAX": "1",  # glibc: a heap for each thread holds 6% more
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONUTF8": "1",
    }


def _is_needed(name: str, value: str) -> bool:
    if name.endswith("_PROXY"):
        return "@" not in value  # not with a password
    return name in NEEDED or name.startswith(NEEDED_PREFIXES)


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    return 0


def _lower_priority(pid: int) -> None:
    if sys.platform != "win32":
        with log.passing_over(OSError):  # it ended already
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
