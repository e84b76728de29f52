"""Children of the window that speak the frames of ``media_messages``."""

import logging
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from cloudanno_desktop import paths
from cloudanno_desktop.media_messages.commands import Command, Prepare, Quit
from cloudanno_desktop.media_messages.frames import encode_frame, split_frames
from cloudanno_desktop.media_messages.replies import decode_reply

_log = logging.getLogger(__name__)

STDERR_BYTES = 8192
QUIT_TIMEOUT_MS = 10_000


class MediaProcess(QObject):
    """Starts a child, writes commands to it and reads its replies until it ends."""

    replied = Signal(object)  # one message of the child
    ended = Signal(str)  # the child is gone; the end of its error output

    def __init__(self, command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._buffer = bytearray()
        self._stderr = b""
        self._is_leaving = False
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_error_output)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._kill = QTimer(self, singleShot=True, interval=QUIT_TIMEOUT_MS)
        self._kill.timeout.connect(self._process.kill)
        self._process.start(command[0], list(command[1:]))
        _log.info("media process %d begins", self._process.processId())

    @property
    def process_id(self) -> int:
        return self._process.processId()

    def send(self, command: Command) -> None:
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.write(encode_frame(command))

    def leave(self) -> None:
        """Have the child quit, ignore its replies, and kill it if it does not end in time."""
        self._is_leaving = True
        self.send(Quit())
        self._process.closeWriteChannel()
        self._kill.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.waitForFinished(QUIT_TIMEOUT_MS)

    def wait(self, timeout_ms: int) -> bool:
        is_over = self._process.state() == QProcess.ProcessState.NotRunning
        return is_over or self._process.waitForFinished(timeout_ms)

    def _on_output(self) -> None:
        chunk = bytes(self._process.readAllStandardOutput().data())
        if self._is_leaving:
            return
        try:
            for body in split_frames(self._buffer, chunk):
                self.replied.emit(decode_reply(body))
        except msgspec.MsgspecError as error:
            self._stderr += f"\nThe media process sent an unknown message: {error}".encode()
            self._process.kill()

    def _on_error_output(self) -> None:
        said = bytes(self._process.readAllStandardError().data())
        self._stderr = (self._stderr + said)[-STDERR_BYTES:]

    def _on_finished(self) -> None:
        self._kill.stop()
        _log.info("media process ended with code %d", self._process.exitCode())
        self._on_output()
        self._on_error_output()
        self._report_ended()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        """End here if the program cannot be started: then it never finishes."""
        if error == QProcess.ProcessError.FailedToStart:
            self._stderr += self._process.errorString().encode()
            QTimer.singleShot(0, self, self._report_ended)

    def _report_ended(self) -> None:
        self.ended.emit(self._stderr.decode("utf-8", "replace").strip())


class SpareProcess(QObject):
    """A child started before the user has chosen a project, which saves half a second."""

    def __init__(self, command: Sequence[str] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = list(command) or [*paths.cli_command(), "media"]
        self._child: MediaProcess | None = None

    def start(self, *, for_services: bool) -> None:
        """Start a child unless there is one; ``for_services``: the project may be in a bucket."""
        if self._child is None:
            self._child = MediaProcess(self._command, self)
            self._child.ended.connect(self._on_ended)
            if for_services:
                self._child.send(Prepare())

    def take(self, parent: QObject) -> MediaProcess:
        child, self._child = self._child, None
        if child is None:
            return MediaProcess(self._command, parent)
        child.ended.disconnect(self._on_ended)
        child.setParent(parent)
        return child

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _on_ended(self, _stderr_tail: str) -> None:
        if self._child is not None:
            self._child.deleteLater()
        self._child = None
