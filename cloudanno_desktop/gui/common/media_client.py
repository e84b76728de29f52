"""The window's end of the media process, which fetches and decodes pictures and moves files.

A child that dies is started again a few times, opens the project again and goes on with the
thumbnails that were asked for last; requests that were under way are answered as failed.
"""

import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.usage.meter import METER
from cloudanno_desktop.gui.common.media_process import MediaProcess, SpareProcess
from cloudanno_desktop.media_messages import (
    Answer,
    AnswerTaken,
    Cancel,
    Download,
    Failed,
    FetchOriginals,
    FilesUploaded,
    Finished,
    KeepOffline,
    Opened,
    OpenProject,
    Picture,
    Progressed,
    Scan,
    SteerTransfers,
    Stopped,
    StorageUsed,
    ThumbnailFailed,
    ThumbnailReady,
    TransferChanged,
    Upload,
    UseTerms,
    WantThumbnails,
    WriteFiles,
)
from cloudanno_desktop.transfers.model import Existing

_log = logging.getLogger(__name__)

GATHER_MS = 16
RESTARTS = 3
RESTARTS_WITHIN_S = 60.0


class MediaClient(QObject):
    """Ask the media process for work; its answers come as signals that carry the message itself.

    Signals:
        opened: ``Opened``.
        thumbnails_ready: list of ``ThumbnailReady``, gathered over one frame of the screen.
        thumbnail_failed: ``ThumbnailFailed``.
        progressed: ``Progressed``.
        files_uploaded: ``FilesUploaded``.
        transfer_changed: ``TransferChanged``.
        finished: ``Finished``.
        stopped: ``Stopped``.
        failed: ``Failed``; request 0 is about the queue of transfers.
        crashed: end of the child's error output, and whether it is started again.
        closed: every child has ended after ``close``.
    """

    opened = Signal(object)
    thumbnails_ready = Signal(object)
    thumbnail_failed = Signal(object)
    progressed = Signal(object)
    files_uploaded = Signal(object)
    transfer_changed = Signal(object)
    finished = Signal(object)
    stopped = Signal(object)
    failed = Signal(object)
    crashed = Signal(str, bool)
    closed = Signal()

    def __init__(self, spare: SpareProcess | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._spare = spare or SpareProcess(parent=self)
        self._child: MediaProcess | None = None
        self._leaving: list[MediaProcess] = []
        self._is_retired = False
        self._last_number = 0
        self._open_numbers: set[int] = set()
        self._project: OpenProject | None = None
        self._terms: UseTerms | None = None
        self._wish: WantThumbnails | None = None
        self._repeated_wish: WantThumbnails | None = None
        self._crashes_s: list[float] = []
        self._ready: list[ThumbnailReady] = []
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self._on_gathered)
        self._signals = {
            Opened: self.opened,
            ThumbnailFailed: self.thumbnail_failed,
            Progressed: self.progressed,
            FilesUploaded: self.files_uploaded,
            TransferChanged: self.transfer_changed,
            Finished: self.finished,
            Stopped: self.stopped,
            Failed: self.failed,
        }

    @property
    def process_id(self) -> int:
        """The child's number in the operating system; 0 when there is none."""
        return self._child.process_id if self._child else 0

    def open_project(
        self, address: ProjectAddress, database: Path, secret: Secret | None = None
    ) -> int:
        """Start a child for a project whose database the window has opened.

        The child of the project before is left; what it had not done yet is answered as stopped.
        """
        self._leave_child()
        self._is_retired = False
        number = self._new_number()
        self._project = OpenProject(number, address, os.fsencode(database), secret)
        self._wish = None
        self._crashes_s.clear()
        self._open_numbers.add(number)
        self._start()
        return number

    def want_thumbnails(self, generation: int, pictures: Iterable[Picture], size_px: int) -> None:
        """Ask for these thumbnails, most wanted first, and for none that were asked before."""
        self._wish = WantThumbnails(generation, tuple(pictures), size_px)
        if self._child:
            self._child.send(self._wish)

    def scan(self) -> int:
        """Bring the index up to date with the bucket."""
        return self._ask(Scan(self._new_number()))

    def upload(
        self, files: Iterable[Path], labels: tuple[str, ...], title: str, existing: Existing
    ) -> int:
        """Put files and folders into the queue of uploads."""
        names = tuple(os.fsencode(path) for path in files)
        return self._ask(Upload(self._new_number(), names, "", labels, title, existing))

    def download(self, keys: Iterable[str], folder: Path, title: str, existing: Existing) -> int:
        """Put images into the queue of what is saved into a folder of the person."""
        place = os.fsencode(folder)
        return self._ask(Download(self._new_number(), tuple(keys), place, title, existing))

    def steer(self, message: SteerTransfers | AnswerTaken) -> None:
        """Steer the queue; without a child nothing moves that could be steered."""
        if self._child:
            self._child.send(message)

    def use_terms(self, terms: UseTerms) -> None:
        """Move files by these bounds from now on, also in children to come."""
        self._terms = terms
        if self._child:
            self._child.send(terms)

    def fetch_originals(self, pictures: Iterable[Picture]) -> int:
        """Make the original files of images present on this machine."""
        return self._ask(FetchOriginals(self._new_number(), tuple(pictures)))

    def keep_offline(self) -> int:
        """Hold exactly the originals of the folders that were chosen for it."""
        return self._ask(KeepOffline(self._new_number()))

    def write_files(self, *, closing: bool) -> int:
        """Write the annotation files, and a snapshot if it is worth it."""
        return self._ask(WriteFiles(self._new_number(), closing))

    def cancel(self, request: int) -> None:
        """End a request; ``stopped`` follows unless it was already done."""
        if self._child:
            self._child.send(Cancel(request))

    def retire(self) -> None:
        """End what was asked for, and hear only the answers to what is asked from now on."""
        self._is_retired = True
        self._wish = None
        self._ready.clear()
        for number in self._taken_open_numbers():
            self.cancel(number)
            self.stopped.emit(Stopped(number))

    def close(self) -> None:
        """Let the child end as soon as its running work has stopped; ``closed`` follows."""
        self._leave_child()
        self._project = self._wish = None
        if not self._leaving:
            QTimer.singleShot(0, self, self.closed.emit)

    def wait_closed(self, timeout_ms: int) -> bool:
        """Wait for every child to end. Only when no window is left that could freeze."""
        have_ended = [child.wait(timeout_ms) for child in list(self._leaving)]
        return all(have_ended)

    def _new_number(self) -> int:
        self._last_number += 1
        return self._last_number

    def _ask(
        self, request: Scan | Upload | Download | FetchOriginals | KeepOffline | WriteFiles
    ) -> int:
        """Send a request; without a child it fails once the caller knows its number."""
        self._open_numbers.add(request.request)
        if self._child:
            self._child.send(request)
        else:
            QTimer.singleShot(0, self, self._fail_open_requests)
        return request.request

    def _start(self) -> None:
        if self._project is None:
            return
        self._child = self._spare.take(self)
        self._child.answered.connect(self._on_answered)
        self._child.answered.connect(self._on_storage_used)
        self._child.ended.connect(self._on_crashed)
        self._child.send(self._project)
        if self._terms:
            self._child.send(self._terms)
        self._repeat_wish(self._child)

    def _repeat_wish(self, child: MediaProcess) -> None:
        """Ask again for what was wanted, but once only: a picture in it may be what kills."""
        if self._wish and self._wish is not self._repeated_wish:
            self._repeated_wish = self._wish
            child.send(self._wish)

    def _leave_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.answered.disconnect(self._on_answered)
        child.ended.disconnect(self._on_crashed)
        child.ended.connect(self._on_left)
        self._leaving.append(child)
        child.leave()
        self._ready.clear()
        for number in self._taken_open_numbers():
            self.stopped.emit(Stopped(number))

    def _on_storage_used(self, answer: Answer) -> None:
        if isinstance(answer, StorageUsed):
            METER.add(answer.usage)  # also what a child that is being left still tells

    def _on_answered(self, answer: Answer) -> None:
        if isinstance(answer, StorageUsed) or (self._is_retired and not self._is_asked(answer)):
            return
        if isinstance(answer, ThumbnailReady):
            self._ready.append(answer)
            if not self._gather.isActive():
                self._gather.start()
            return
        if isinstance(answer, Opened | Finished | Stopped | Failed):
            if answer.request and answer.request not in self._open_numbers:
                return
            self._open_numbers.discard(answer.request)
        self._signals[type(answer)].emit(answer)

    def _is_asked(self, answer: Answer) -> bool:
        if isinstance(answer, Finished | Stopped | Failed):
            return answer.request in self._open_numbers
        return False

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
        opening = self._project.request if self._project and restarts else 0
        still_opening = self._open_numbers & {opening}
        self._open_numbers -= still_opening
        self._fail_open_requests()
        self._open_numbers |= still_opening
        if restarts:
            self._start()
        self.crashed.emit(stderr_tail, restarts)

    def _on_left(self) -> None:
        gone = self.sender()
        self._leaving = [child for child in self._leaving if child is not gone]
        if isinstance(gone, MediaProcess):
            gone.deleteLater()
        if not self._leaving and self._child is None:
            self.closed.emit()

    def _fail_open_requests(self) -> None:
        sentence = self.tr("The media process ended before this was done. Try again.")
        for number in self._taken_open_numbers():
            self.failed.emit(Failed(number, "error", sentence))

    def _taken_open_numbers(self) -> list[int]:
        numbers = sorted(self._open_numbers)
        self._open_numbers.clear()
        return numbers
