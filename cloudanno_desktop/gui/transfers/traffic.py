"""The requests to the media process that a person sees: scans, uploads, downloads."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.gui.media_client import MediaClient
from cloudanno_desktop.gui.transfers.transfer_list import TransferEnd
from cloudanno_desktop.media_messages import (
    Failed,
    FileUploaded,
    Finished,
    Progressed,
    ScanFinished,
    Stopped,
    TransferFinished,
)

GATHER_MS = 150


class Purpose(StrEnum):
    """What a request is for."""

    SCAN = "scan"
    UPLOAD = "upload"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class Errand:
    """One request.

    Attributes:
        label_id: is given to what is uploaded; empty for none.
        is_quiet: nobody asked for it, so it is told only if it brings news.
    """

    purpose: Purpose
    label_id: str = ""
    is_quiet: bool = False


class Traffic(QObject):
    """Starts requests and turns their answers into rows, edits and news.

    Attributes:
        last_scan_s: how long the last complete scan took.

    Signals:
        started: request, title.
        progressed: request, done, total or ``None``, whether the units are bytes.
        ended: request, ``TransferEnd``.
        uploaded: image ids that are in the bucket now, label id or empty.
        images_changed: the set of images may have changed.
        scan_began: a scan was asked for.
        scan_ended: whether the scan saw everything.
        reached: whether the storage answered.
        failed: sentence, details.
    """

    started = Signal(int, str)
    progressed = Signal(int, object, object, bool)
    ended = Signal(int, object)
    uploaded = Signal(object, str)
    images_changed = Signal()
    scan_began = Signal()
    scan_ended = Signal(bool)
    reached = Signal(bool)
    failed = Signal(str, str)

    def __init__(self, media: MediaClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media = media
        self._errands: dict[int, Errand] = {}
        self.last_scan_s = 0.0
        self._fresh: dict[str, list[int]] = {}
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self.flush)
        media.progressed.connect(self._on_progressed)
        media.file_uploaded.connect(self._on_file_uploaded)
        media.finished.connect(self._on_finished)
        media.stopped.connect(self._on_stopped)
        media.failed.connect(self._on_failed)

    @property
    def is_scanning(self) -> bool:
        """Whether a scan runs."""
        return any(errand.purpose is Purpose.SCAN for errand in self._errands.values())

    def scan(self, *, is_quiet: bool = False) -> None:
        """Look for new pictures, unless that is being done."""
        running = [n for n, errand in self._errands.items() if errand.purpose is Purpose.SCAN]
        if running and is_quiet:
            return
        errand = Errand(Purpose.SCAN, is_quiet=is_quiet)
        if not running:
            self._begin(self._media.scan(), errand, self.tr("Refresh"))
            self.scan_began.emit()
        elif self._errands[running[0]].is_quiet:  # now somebody waits for it
            self._begin(running[0], errand, self.tr("Refresh"))

    def upload(self, paths: Sequence[Path], label_id: str = "", label_name: str = "") -> None:
        """Upload files and folders, and label them if a label is given."""
        title = self.tr("Upload %n item(s)", "", len(paths))
        if len(paths) == 1:
            title = self.tr("Upload %1").replace(
                "%1", os.fsencode(paths[0].name).decode("utf-8", "replace")
            )
        if label_name:
            title = self.tr("%1 as “%2”").replace("%1", title).replace("%2", label_name)
        self._begin(self._media.upload(paths), Errand(Purpose.UPLOAD, label_id), title)

    def download(self, keys: Sequence[str], folder: Path) -> None:
        """Save pictures into a folder."""
        title = self.tr("Download %n picture(s)", "", len(keys))
        self._begin(self._media.download(keys, folder), Errand(Purpose.DOWNLOAD), title)

    def flush(self) -> None:
        """Tell what was uploaded since the last time."""
        fresh, self._fresh = self._fresh, {}
        for label_id, ids in fresh.items():
            self.uploaded.emit(ids, label_id)
        if fresh:
            self.images_changed.emit()

    def _begin(self, request: int, errand: Errand, title: str) -> None:
        self._errands[request] = errand
        if not errand.is_quiet:
            self.started.emit(request, title)

    def _on_progressed(self, answer: Progressed) -> None:
        errand = self._errands.get(answer.request)
        if errand is None or errand.is_quiet:
            return
        counts_bytes = errand.purpose is not Purpose.SCAN
        self.progressed.emit(answer.request, answer.done, answer.total, counts_bytes)
        if errand.purpose is Purpose.SCAN:
            self.images_changed.emit()

    def _on_file_uploaded(self, answer: FileUploaded) -> None:
        errand = self._errands.get(answer.request)
        if errand is None or answer.image_id is None:
            return
        self._fresh.setdefault(errand.label_id, []).append(answer.image_id)
        if not self._gather.isActive():
            self._gather.start()

    def _on_finished(self, answer: Finished) -> None:
        errand = self._errands.pop(answer.request, None)
        if errand is None:
            return
        self.flush()
        report = answer.report
        self.reached.emit(True)
        if isinstance(report, ScanFinished):
            self.last_scan_s = report.seconds
            self.ended.emit(answer.request, self._scan_end(report))
            self.scan_ended.emit(True)
            if errand.is_quiet and not (report.new or report.changed or report.vanished):
                return
        elif isinstance(report, TransferFinished):
            self.ended.emit(answer.request, self._transfer_end(report))
        self.images_changed.emit()

    def _on_stopped(self, answer: Stopped) -> None:
        self._end_early(answer.request, TransferEnd(self.tr("cancelled")))

    def _on_failed(self, answer: Failed) -> None:
        is_error = answer.kind != "bug"
        first, _, rest = answer.message.partition("\n")
        text = first if is_error else self.tr("The media process has met a bug.")
        errand = self._errands.get(answer.request)
        end = TransferEnd(self.tr("failed"), is_error=True)
        if errand is None or not self._end_early(answer.request, end):
            return
        is_offline = answer.kind == "offline"
        if is_offline:
            self.reached.emit(False)
        if errand.purpose is not Purpose.SCAN or not (errand.is_quiet or is_offline):
            self.failed.emit(text, rest if is_error else answer.message)

    def _end_early(self, request: int, end: TransferEnd) -> bool:
        errand = self._errands.pop(request, None)
        if errand is None:
            return False
        self.flush()
        self.ended.emit(request, end)
        if errand.purpose is Purpose.SCAN:
            self.scan_ended.emit(False)
        self.images_changed.emit()
        return True

    def _scan_end(self, report: ScanFinished) -> TransferEnd:
        parts = [self.tr("%n image(s)", "", report.images)]
        for count, text in (
            (report.new, self.tr("%1 new")),
            (report.changed, self.tr("%1 changed")),
            (report.vanished, self.tr("%1 gone")),
        ):
            if count:
                parts.append(text.replace("%1", f"{count:,}"))
        return TransferEnd(" · ".join(parts))

    def _transfer_end(self, report: TransferFinished) -> TransferEnd:
        parts = [self.tr("%1 done").replace("%1", f"{report.done:,}")]
        if report.skipped:
            parts.append(self.tr("%1 were already there").replace("%1", f"{report.skipped:,}"))
        if report.failed:
            parts.append(self.tr("%1 left out").replace("%1", f"{len(report.failed):,}"))
        failed = [(item.name, item.reason) for item in report.failed]
        return TransferEnd(" · ".join(parts), failed)
