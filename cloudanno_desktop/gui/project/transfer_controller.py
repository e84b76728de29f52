"""Uploads and downloads that the window requests, and news of their queue."""

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.media_request import Request, describe_failure
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.transfers.transfer_row import TransferEnd
from cloudanno_desktop.media_messages.commands import (
    ControlBatch,
    Download,
    ResolveExisting,
    Upload,
)
from cloudanno_desktop.media_messages.replies import (
    Failure,
    FilesUploaded,
    TransferChanged,
    TransfersFailed,
)
from cloudanno_desktop.transfers.model import BatchState, Existing

GATHER_MS = 150


class TransferController(QObject):
    """Adds files to the transfer queue and controls it; the media process moves them."""

    started = Signal(object, str)  # ``Request``, title; files are being listed
    queued = Signal(object)  # ``Request``; its files are in the queue on disk
    ended = Signal(object, object)  # ``Request``, ``TransferEnd``; nothing was queued
    changed = Signal(object)  # a ``BatchStatus``
    asked = Signal(object)  # a ``BatchStatus`` with a question that was not asked yet
    labels_due = Signal()  # uploads are in the bucket and wait for their labels
    images_changed = Signal()
    failed = Signal(str, str)  # sentence, details

    def __init__(
        self, media: MediaClient, settings: SettingsStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._media = media
        self._settings = settings
        self._asked: set[tuple[int, int]] = set()
        self._offline: set[int] = set()
        self._has_labels_due = False
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self._flush)
        media.files_uploaded.connect(self._on_files_uploaded)
        media.transfer_changed.connect(self._on_changed)
        media.transfers_failed.connect(self._on_queue_failed)

    def upload(self, paths: Sequence[Path], label_id: str = "", label_name: str = "") -> None:
        title = self.tr("Upload %n file(s)", "", len(paths))
        if len(paths) == 1:
            title = self.tr("Upload %1").replace(
                "%1", os.fsencode(paths[0].name).decode("utf-8", "replace")
            )
        if label_name:
            title = self.tr("%1 as “%2”").replace("%1", title).replace("%2", label_name)
        labels = (label_id,) if label_id else ()
        files = tuple(os.fsencode(path) for path in paths)
        self._begin(Upload(files, "", labels, title, self._existing))

    def download(self, keys: Sequence[str], folder: Path) -> None:
        title = self.tr("Download %n picture(s)", "", len(keys))
        self._begin(Download(tuple(keys), os.fsencode(folder), title, self._existing))

    def steer(self, message: ControlBatch | ResolveExisting) -> None:
        """Pause, resume, retry or cancel transfers, or resolve an existing file."""
        if isinstance(message, ResolveExisting):
            self._asked.discard((message.batch, message.transfer))
        self._media.steer(message)

    def note_network(self) -> None:
        """Let transfers that wait for the network try now."""
        if self._offline:
            self._media.steer(ControlBatch("network"))

    @property
    def _existing(self) -> Existing:
        return Existing(self._settings.current.existing)

    def _begin(self, work: Upload | Download) -> None:
        request = self._media.request(work, self)
        request.done.connect(lambda _report: self.queued.emit(request))
        cancelled = TransferEnd(self.tr("cancelled"))
        request.stopped.connect(lambda: self.ended.emit(request, cancelled))
        request.failed.connect(lambda failure: self._on_failed(request, failure))
        self.started.emit(request, work.title)

    def _flush(self) -> None:
        self._gather.stop()
        if self._has_labels_due:
            self._has_labels_due = False
            self.labels_due.emit()
        self.images_changed.emit()

    def _on_files_uploaded(self, reply: FilesUploaded) -> None:
        self._has_labels_due |= reply.has_labels
        if not self._gather.isActive():
            self._gather.start()

    def _on_changed(self, reply: TransferChanged) -> None:
        status = reply.status
        self._offline.discard(status.id)
        if status.state is BatchState.OFFLINE:
            self._offline.add(status.id)
        if status.state is BatchState.FINISHED:
            self._flush()  # its labels come before its end is shown
        self.changed.emit(status)
        if status.asked and (status.id, status.asked.transfer_id) not in self._asked:
            self._asked.add((status.id, status.asked.transfer_id))
            self.asked.emit(status)

    def _on_failed(self, request: Request, failure: Failure) -> None:
        self.ended.emit(request, TransferEnd(self.tr("failed"), is_error=True))
        self.failed.emit(*describe_failure(failure))

    def _on_queue_failed(self, news: TransfersFailed) -> None:
        self.failed.emit(*describe_failure(news.failure))
