"""The window's end of the media process, which fetches and decodes pictures and moves files.

A child that dies is restarted a few times, opens the project again and goes on with the thumbnails
that were requested last; other requests under way fail.
"""

import logging
import os
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.usage.meter import METER
from cloudanno_desktop.gui.common.media_process import MediaProcess, SpareProcess
from cloudanno_desktop.gui.common.media_request import Request
from cloudanno_desktop.media_messages.commands import (
    Cancel,
    Command,
    ControlBatch,
    OpenProject,
    Picture,
    ResolveExisting,
    Start,
    UseSettings,
    WantThumbnails,
    Work,
)
from cloudanno_desktop.media_messages.replies import (
    Failure,
    FilesUploaded,
    Finished,
    Progressed,
    Reply,
    RequestFailed,
    Stopped,
    StorageUsed,
    ThumbnailFailed,
    ThumbnailReady,
    TransferChanged,
    TransfersFailed,
)
from cloudanno_desktop.settings import Settings

_log = logging.getLogger(__name__)

GATHER_MS = 16
RESTARTS = 3
RESTARTS_WITHIN_S = 60.0


class MediaClient(QObject):
    """Requests work from the media process, and broadcasts what it reports unasked."""

    thumbnails_ready = Signal(object)  # list of ``ThumbnailReady``, gathered over one frame
    thumbnail_failed = Signal(object)
    files_uploaded = Signal(object)
    transfer_changed = Signal(object)
    transfers_failed = Signal(object)
    crashed = Signal(str, bool)  # end of the child's error output, and whether it is restarted
    closed = Signal()  # every child has ended after ``close``

    def __init__(self, spare: SpareProcess | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._spare = spare or SpareProcess(parent=self)
        self._child: MediaProcess | None = None
        self._leaving: list[MediaProcess] = []
        self._is_retired = False
        self._last_number = 0
        self._requests: dict[int, Request] = {}
        self._opening: OpenProject | None = None
        self._settings = UseSettings(Settings())
        self._spec: WantThumbnails | None = None
        self._repeated_request: WantThumbnails | None = None
        self._crashes_s: list[float] = []
        self._ready: list[ThumbnailReady] = []
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self._on_gathered)
        self._news = {
            ThumbnailFailed: self.thumbnail_failed,
            FilesUploaded: self.files_uploaded,
            TransferChanged: self.transfer_changed,
            TransfersFailed: self.transfers_failed,
        }

    @property
    def process_id(self) -> int:
        """The child's number in the operating system; 0 when there is none."""
        return self._child.process_id if self._child else 0

    def open_project(
        self, address: ProjectAddress, database: Path, secret: Secret | None = None
    ) -> Request:
        """Start a child for a project whose database the window has opened.

        The child of the previous project ends; its unfinished work is cancelled.
        """
        self._leave_child()
        self._is_retired = False
        self._spec = None
        self._crashes_s.clear()
        number, request = self._new_request(self)
        self._opening = OpenProject(number, address, os.fsencode(database), secret)
        self._start_child()
        return request

    def request(self, work: Work, owner: QObject) -> Request:
        """Start work that is cancelled with its owner; without a child it fails a little later."""
        number, request = self._new_request(owner)
        if self._child:
            self._child.send(Start(number, work))
        else:
            QTimer.singleShot(0, self, self._fail_requests)
        return request

    def want_thumbnails(self, generation: int, pictures: Iterable[Picture], size_px: int) -> None:
        """Request these thumbnails, most wanted first, instead of those requested before."""
        self._spec = WantThumbnails(generation, tuple(pictures), size_px)
        self._send(self._spec)

    def steer(self, message: ControlBatch | ResolveExisting) -> None:
        self._send(message)

    def use_settings(self, settings: Settings) -> None:
        self._settings = UseSettings(settings)
        self._send(self._settings)

    def retire(self) -> None:
        """Cancel every request, and report only on later ones."""
        self._is_retired = True
        self._spec = None
        self._ready.clear()
        for number in self._requests:
            self._send(Cancel(number))
        self._stop_requests()

    def close(self) -> None:
        """End the child as soon as its running work has stopped; ``closed`` follows."""
        self._leave_child()
        self._opening = self._spec = None
        if not self._leaving:
            QTimer.singleShot(0, self, self.closed.emit)

    def wait_closed(self, timeout_ms: int) -> bool:
        """Wait for every child to end. Only when no window is left that could freeze."""
        have_ended = [child.wait(timeout_ms) for child in list(self._leaving)]
        return all(have_ended)

    def _new_request(self, owner: QObject) -> tuple[int, Request]:
        self._last_number += 1
        number = self._last_number
        request = Request(owner, partial(self._cancel, number))
        request.destroyed.connect(self._on_request_destroyed)
        self._requests[number] = request
        return number, request

    def _cancel(self, number: int) -> None:
        if number in self._requests:
            self._send(Cancel(number))

    def _on_request_destroyed(self) -> None:
        for number, request in list(self._requests.items()):
            if not shiboken6.isValid(request):
                self._cancel(number)
                del self._requests[number]

    def _send(self, command: Command) -> None:
        if self._child:
            self._child.send(command)

    def _start_child(self) -> None:
        if self._opening is None:
            return
        self._child = self._spare.take(self)
        self._child.replied.connect(self._on_replied)
        self._child.replied.connect(self._on_storage_used)
        self._child.ended.connect(self._on_crashed)
        self._child.send(self._settings)
        self._child.send(self._opening)
        self._repeat_request(self._child)

    def _repeat_request(self, child: MediaProcess) -> None:
        """Repeat the last request, but only once: a picture in it may be what crashes."""
        if self._spec and self._spec is not self._repeated_request:
            self._repeated_request = self._spec
            child.send(self._spec)

    def _leave_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.replied.disconnect(self._on_replied)
        child.ended.disconnect(self._on_crashed)
        child.ended.connect(self._on_left)
        self._leaving.append(child)
        child.leave()
        self._ready.clear()
        self._stop_requests()

    def _on_storage_used(self, reply: Reply) -> None:
        if isinstance(reply, StorageUsed):
            METER.add(reply.usage)  # also from a child that is being left

    def _on_replied(self, reply: Reply) -> None:
        match reply:
            case Progressed() | Finished() | Stopped() | RequestFailed():
                self._pass_on(reply)
            case StorageUsed():
                pass
            case _ if self._is_retired:
                pass
            case ThumbnailReady():
                self._ready.append(reply)
                if not self._gather.isActive():
                    self._gather.start()
            case _:
                self._news[type(reply)].emit(reply)

    def _pass_on(self, reply: Progressed | Finished | Stopped | RequestFailed) -> None:
        request = self._requests.get(reply.request)
        if not isinstance(reply, Progressed):
            self._requests.pop(reply.request, None)
        if request is not None:
            request.take(reply)

    def _on_gathered(self) -> None:
        ready, self._ready = self._ready, []
        if ready:
            self.thumbnails_ready.emit(ready)

    def _on_crashed(self, stderr_tail: str) -> None:
        if self._child:
            self._child.deleteLater()
            self._child = None
        now = time.monotonic()
        self._crashes_s = [at for at in self._crashes_s if now - at < RESTARTS_WITHIN_S] + [now]
        restarts = len(self._crashes_s) <= RESTARTS and not self._is_retired
        _log.warning("media process lost, starts again: %s\n%s", restarts, stderr_tail)
        self._fail_requests(but=self._opening.request if self._opening and restarts else 0)
        if restarts:
            self._start_child()
        self.crashed.emit(stderr_tail, restarts)

    def _on_left(self) -> None:
        gone = self.sender()
        self._leaving = [child for child in self._leaving if child is not gone]
        if isinstance(gone, MediaProcess):
            gone.deleteLater()
        if not self._leaving and self._child is None:
            self.closed.emit()

    def _stop_requests(self) -> None:
        for number, request in self._taken_requests():
            request.take(Stopped(number))

    def _fail_requests(self, but: int = 0) -> None:
        sentence = self.tr("The media process stopped before this was done. Try again.")
        for number, request in self._taken_requests(but):
            request.take(RequestFailed(number, Failure("error", sentence)))

    def _taken_requests(self, but: int = 0) -> list[tuple[int, Request]]:
        taken = [pair for pair in self._requests.items() if pair[0] != but]
        for number, _ in taken:
            del self._requests[number]
        return taken
