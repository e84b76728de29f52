"""Looks for new pictures: scans, which the media process does."""

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.media_request import Request, describe_failure
from cloudanno_desktop.gui.transfers.transfer_row import TransferEnd
from cloudanno_desktop.media_messages.commands import Scan
from cloudanno_desktop.media_messages.replies import Failure, ScanFinished


class ScanController(QObject):
    """Starts scans; a quiet one, which the user did not ask for, shows only changes."""

    started = Signal(object, str)  # ``Request``, title
    ended = Signal(object, object)  # ``Request``, ``TransferEnd``
    pictures_changed = Signal()  # pictures were replaced by others of the same name
    images_changed = Signal()  # the set of images may have changed
    scan_began = Signal()
    scan_ended = Signal(bool)  # whether the scan saw everything
    reached = Signal(bool)  # whether the storage answered
    failed = Signal(str, str)  # sentence, details

    def __init__(self, media: MediaClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media = media
        self._request: Request | None = None
        self._is_quiet = False
        self.last_scan_s = 0.0

    @property
    def is_scanning(self) -> bool:
        return self._request is not None

    def scan(self, *, is_quiet: bool = False) -> None:
        if self._request is None:
            self._begin(is_quiet=is_quiet)
        elif self._is_quiet and not is_quiet:  # now the user waits for it
            self._is_quiet = False
            self.started.emit(self._request, self.tr("Refresh"))

    def _begin(self, *, is_quiet: bool) -> None:
        self._request = request = self._media.request(Scan(), self)
        self._is_quiet = is_quiet
        request.progressed.connect(self._on_progressed)
        request.done.connect(self._on_done)
        request.stopped.connect(self._on_stopped)
        request.failed.connect(self._on_failed)
        if not is_quiet:
            self.started.emit(request, self.tr("Refresh"))
        self.scan_began.emit()

    def _on_progressed(self) -> None:
        if not self._is_quiet:
            self.images_changed.emit()

    def _on_done(self, report: ScanFinished) -> None:
        self.reached.emit(True)
        self.last_scan_s = report.seconds
        self._end(self._scan_end(report))
        self.scan_ended.emit(True)
        if report.changed:
            self.pictures_changed.emit()
        if not self._is_quiet or report.new or report.changed or report.vanished:
            self.images_changed.emit()

    def _on_stopped(self) -> None:
        self._end_early(TransferEnd(self.tr("cancelled")))

    def _on_failed(self, failure: Failure) -> None:
        self._end_early(TransferEnd(self.tr("failed"), is_error=True))
        is_offline = failure.kind == "offline"
        if is_offline:
            self.reached.emit(False)
        if not (self._is_quiet or is_offline):
            self.failed.emit(*describe_failure(failure))

    def _end(self, end: TransferEnd) -> None:
        request, self._request = self._request, None
        self.ended.emit(request, end)

    def _end_early(self, end: TransferEnd) -> None:
        self._end(end)
        self.scan_ended.emit(False)
        self.images_changed.emit()

    def _scan_end(self, report: ScanFinished) -> TransferEnd:
        parts = [self.tr("%n picture(s)", "", report.images)]
        for count, text in (
            (report.new, self.tr("%1 new")),
            (report.changed, self.tr("%1 changed")),
            (report.vanished, self.tr("%1 gone")),
        ):
            if count:
                parts.append(text.replace("%1", f"{count:,}"))
        return TransferEnd(" · ".join(parts))
