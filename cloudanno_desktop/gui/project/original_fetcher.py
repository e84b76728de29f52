"""Originals for a run: asked for on the run's thread, fetched by the media process."""

import os
import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from cloudanno_desktop import errors
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.images.originals import LocalOriginal
from cloudanno_desktop.media_messages import (
    Failed,
    Finished,
    ItemFailure,
    OriginalsFetched,
    Picture,
    Progressed,
    Stopped,
)
from cloudanno_desktop.progress import Cancelled, Progress

ASK_AGAIN_S = 0.1  # how often a wait looks whether it shall end

Answer = Progressed | Finished | Stopped | Failed
Answers = queue.SimpleQueue[Answer]


@dataclass(frozen=True, slots=True)
class Originals:
    """What came: files by image id, and the pictures that could not be had."""

    files: Mapping[int, LocalOriginal]
    failed: Sequence[ItemFailure] = ()


class OriginalsDesk(QObject):
    """Lives on the GUI thread beside the media client; ``fetch`` is called on another thread."""

    _wanted = Signal(object, object)
    _unwanted = Signal()

    def __init__(self, media: MediaClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media = media
        self._request = 0
        self._answers = Answers()
        self._wanted.connect(self._on_wanted, Qt.ConnectionType.QueuedConnection)
        self._unwanted.connect(self._on_unwanted, Qt.ConnectionType.QueuedConnection)
        for signal in (media.progressed, media.finished, media.stopped, media.failed):
            signal.connect(self._on_answer)

    def fetch(self, pictures: Sequence[Picture], progress: Progress) -> Originals:
        """Wait until the originals are on this machine. Never on the GUI thread, one at a time.

        Raises:
            Cancelled: through ``progress``, or because the project is being closed.
            Failed: the storage cannot be reached, or the media process ended.
        """
        answers = Answers()  # its own, so that a late answer to a cancelled wish is lost
        self._wanted.emit(tuple(pictures), answers)
        done = 0
        try:
            while True:
                progress(done, len(pictures))
                try:
                    answer = answers.get(timeout=ASK_AGAIN_S)
                except queue.Empty:
                    continue
                if not isinstance(answer, Progressed):
                    return _outcome(answer)
                done = answer.done
        except Cancelled:
            self._unwanted.emit()
            raise

    @Slot(object, object)
    def _on_wanted(self, pictures: tuple[Picture, ...], answers: Answers) -> None:
        self._answers = answers
        self._request = self._media.fetch_originals(pictures)

    @Slot()
    def _on_unwanted(self) -> None:
        self._media.cancel(self._request)
        self._request = 0

    def _on_answer(self, answer: Answer) -> None:
        if answer.request == self._request:
            self._answers.put(answer)


def _outcome(answer: Finished | Stopped | Failed) -> Originals:
    if isinstance(answer, Stopped):
        raise Cancelled
    if isinstance(answer, Failed):
        if answer.kind == "bug":
            raise RuntimeError(answer.message)
        raise errors.Failed(answer.message)
    if not isinstance(answer.report, OriginalsFetched):
        raise TypeError(f"originals were asked for, {type(answer.report).__name__} came")
    files = {
        file.id: LocalOriginal(Path(os.fsdecode(file.path)), file.digest)
        for file in answer.report.files
    }
    return Originals(files, answer.report.failed)
