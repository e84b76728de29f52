"""Looks for new pictures: scans, which the media process does."""

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.transfers.transfer_row import TransferEnd
from cloudanno_desktop.media_messages import Failed, Finished, Progressed, ScanFinished, Stopped


class Traffic(QObject):
    """Starts scans and turns their answers into rows and news.

    A quiet scan is one that nobody asked for: it is told only if it brings news.

    Attributes:
        last_scan_s: how long the last complete scan took.

    Signals:
        started: request, title.
        progressed: request, done, total or ``None``, whether the units are bytes.
        ended: request, ``TransferEnd``.
        pictures_changed: pictures were replaced by others of the same name.
        images_changed: the set of images may have changed.
        scan_began: a scan was asked for.
        scan_ended: whether the scan saw everything.
        reached: whether the storage answered.
        failed: sentence, details.
    """

    started = Signal(int, str)
    progressed = Signal(int, object, object, bool)
    ended = Signal(int, object)
    pictures_changed = Signal()
    images_changed = Signal()
    scan_began = Signal()
    scan_ended = Signal(bool)
    reached = Signal(bool)
    failed = Signal(str, str)

    def __init__(self, media: MediaClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media = media
        self._is_quiet: dict[int, bool] = {}
        self.last_scan_s = 0.0
        media.progressed.connect(self._on_progressed)
        media.finished.connect(self._on_finished)
        media.stopped.connect(self._on_stopped)
        media.failed.connect(self._on_failed)

    @property
    def is_scanning(self) -> bool:
        """Whether a scan runs."""
        return bool(self._is_quiet)

    def scan(self, *, is_quiet: bool = False) -> None:
        """Look for new pictures, unless that is being done."""
        running = list(self._is_quiet)
        if running and is_quiet:
            return
        if not running:
            self._begin(self._media.scan(), is_quiet=is_quiet)
            self.scan_began.emit()
        elif self._is_quiet[running[0]]:  # now somebody waits for it
            self._begin(running[0], is_quiet=False)

    def _begin(self, request: int, *, is_quiet: bool) -> None:
        self._is_quiet[request] = is_quiet
        if not is_quiet:
            self.started.emit(request, self.tr("Refresh"))

    def _on_progressed(self, answer: Progressed) -> None:
        if self._is_quiet.get(answer.request, True):
            return
        self.progressed.emit(answer.request, answer.done, answer.total, False)
        self.images_changed.emit()

    def _on_finished(self, answer: Finished) -> None:
        is_quiet = self._is_quiet.pop(answer.request, None)
        report = answer.report
        if is_quiet is None or not isinstance(report, ScanFinished):
            return
        self.reached.emit(True)
        self.last_scan_s = report.seconds
        self.ended.emit(answer.request, self._scan_end(report))
        self.scan_ended.emit(True)
        if report.changed:
            self.pictures_changed.emit()
        if not is_quiet or report.new or report.changed or report.vanished:
            self.images_changed.emit()

    def _on_stopped(self, answer: Stopped) -> None:
        self._end_early(answer.request, TransferEnd(self.tr("cancelled")))

    def _on_failed(self, answer: Failed) -> None:
        is_error = answer.kind != "bug"
        first, _, rest = answer.message.partition("\n")
        text = first if is_error else self.tr("The media process has met a bug.")
        is_quiet = self._is_quiet.get(answer.request, True)
        end = TransferEnd(self.tr("failed"), is_error=True)
        if not self._end_early(answer.request, end):
            return
        is_offline = answer.kind == "offline"
        if is_offline:
            self.reached.emit(False)
        if not (is_quiet or is_offline):
            self.failed.emit(text, rest if is_error else answer.message)

    def _end_early(self, request: int, end: TransferEnd) -> bool:
        if self._is_quiet.pop(request, None) is None:
            return False
        self.ended.emit(request, end)
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
