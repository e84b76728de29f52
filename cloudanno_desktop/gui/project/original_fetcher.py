"""Originals for a run: requested on the run's thread, fetched by the media process."""

import os
import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from cloudanno_desktop import errors
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.images.originals import LocalOriginal
from cloudanno_desktop.media_messages.commands import FetchOriginals, Picture
from cloudanno_desktop.media_messages.replies import Failure, ItemFailure, OriginalsFetched
from cloudanno_desktop.progress import Cancelled, Progress

if TYPE_CHECKING:
    from cloudanno_desktop.gui.common.media_request import Request

POLL_S = 0.1  # how often a wait checks for cancellation

End = OriginalsFetched | Failure | None  # ``None``: it was stopped
News = queue.SimpleQueue[int | End]  # the number of files that are here, then the end


@dataclass(frozen=True, slots=True)
class Originals:
    files: Mapping[int, LocalOriginal]
    failed: Sequence[ItemFailure] = ()


class OriginalFetcher(QObject):
    """Lives on the GUI thread beside the media client; ``fetch`` is called on another thread."""

    _requested = Signal(object, object)
    _unwanted = Signal()

    def __init__(self, media: MediaClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media = media
        self._request: Request | None = None
        self._requested.connect(self._on_requested, Qt.ConnectionType.QueuedConnection)
        self._unwanted.connect(self._on_unwanted, Qt.ConnectionType.QueuedConnection)

    def fetch(self, pictures: Sequence[Picture], progress: Progress) -> Originals:
        """Wait for the originals. Never on the GUI thread, one call at a time.

        Raises:
            Cancelled: through ``progress``, or because the project is being closed.
            Failed: the storage cannot be reached, or the media process ended.
        """
        news = News()  # its own, so that what comes late after a stop is lost
        self._requested.emit(tuple(pictures), news)
        done = 0
        try:
            while True:
                progress(done, len(pictures))
                try:
                    one = news.get(timeout=POLL_S)
                except queue.Empty:
                    continue
                if not isinstance(one, int):
                    return _originals(one)
                done = one
        except Cancelled:
            self._unwanted.emit()
            raise

    @Slot(object, object)
    def _on_requested(self, pictures: tuple[Picture, ...], news: News) -> None:
        self._request = self._media.request(FetchOriginals(pictures), self)
        self._request.progressed.connect(lambda done, *_: news.put(done))
        self._request.done.connect(news.put)
        self._request.failed.connect(news.put)
        self._request.stopped.connect(lambda: news.put(None))

    @Slot()
    def _on_unwanted(self) -> None:
        if self._request is not None:
            self._request.stop()


def _originals(end: End) -> Originals:
    match end:
        case None:
            raise Cancelled
        case Failure(kind="bug"):
            raise RuntimeError(end.message)
        case Failure():
            raise errors.Failed(end.message)
        case OriginalsFetched():
            files = {
                file.id: LocalOriginal(Path(os.fsdecode(file.path)), file.digest)
                for file in end.files
            }
            return Originals(files, end.failed)
