"""Uploads, downloads and scans as rows, and what can be done with all of them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.media_request import Request
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.common.widgets import hidden_button, styled_label
from cloudanno_desktop.gui.transfers.transfer_row import RESTING, TransferEnd, TransferRow
from cloudanno_desktop.media_messages.commands import ControlBatch
from cloudanno_desktop.transfers.model import BatchState, BatchStatus, Direction

KEPT_ROWS = 30


class TransferList(QWidget):
    """All transfers, newest first."""

    steered = Signal(object)  # ControlBatch
    running_changed = Signal(int, float)  # number of running transfers, bytes a second

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._requests: dict[Request, TransferRow] = {}
        self._batches: dict[int, TransferRow] = {}
        self._states: dict[int, BatchState] = {}
        self._cancelled: set[int] = set()
        self._rows: list[TransferRow] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(self._build_list(), 1)
        self._report()

    def start(self, request: Request, title: str) -> None:
        batches = self._batches.values()
        for old in [r for r in self._rows if r.is_over and r.title == title and r not in batches]:
            self._remove(old)  # a list of refreshes would hide the transfers
        row = self._add(title, "refresh")
        row.cancel_requested.connect(request.stop)
        request.progressed.connect(row.show_progress)
        self._requests[request] = row
        self._report()

    def finish(self, request: Request, end: TransferEnd) -> None:
        if row := self._requests.pop(request, None):
            row.show_end(end)
            self._report()

    def forget(self, request: Request) -> None:
        """Remove a request that a batch replaces."""
        if row := self._requests.pop(request, None):
            self._remove(row)
            self._report()

    def show_batch(self, batch: BatchStatus) -> None:
        """Show a batch; late news of a cancelled one is ignored."""
        if batch.id in self._cancelled:
            return
        row = self._batches.get(batch.id)
        if row is None:
            row = self._add_batch(batch)
        self._states[batch.id] = batch.state
        row.show_batch(batch)
        self._report()

    def clear(self) -> None:
        for row in list(self._rows):
            self._remove(row)
        for known in (self._requests, self._batches, self._states, self._cancelled):
            known.clear()
        self._report()

    def _add_batch(self, batch: BatchStatus) -> TransferRow:
        title = batch.title or self.tr("Transfer from the command line")
        icon = "upload" if batch.direction is Direction.UP else "download"
        row = self._batches[batch.id] = self._add(title, icon)
        number, steer = batch.id, self.steered.emit
        row.pause_requested.connect(lambda: steer(ControlBatch("pause", number)))
        row.resume_requested.connect(lambda: steer(ControlBatch("resume", number)))
        row.retry_requested.connect(lambda file: steer(ControlBatch("retry", number, file)))
        row.cancel_requested.connect(lambda: self._cancel(number))
        return row

    def _cancel(self, batch: int) -> None:
        self.steered.emit(ControlBatch("cancel", batch))
        self._cancelled.add(batch)
        self._states.pop(batch, None)
        row = self._batches.pop(batch)
        row.show_end(TransferEnd(self.tr("cancelled")))
        self._report()

    def _clear_finished(self) -> None:
        self.steered.emit(ControlBatch("clear"))
        for row in [row for row in self._rows if row.is_over]:
            self._remove(row)
        self._report()

    def _add(self, title: str, icon: str) -> TransferRow:
        row = TransferRow(title, icon, self._theme)
        self._rows.insert(0, row)
        self._column.insertWidget(0, row)
        for old in [old for old in self._rows if old.is_over][KEPT_ROWS:]:
            self._remove(old)
        return row

    def _remove(self, row: TransferRow) -> None:
        self._rows.remove(row)
        self._batches = {n: other for n, other in self._batches.items() if other is not row}
        self._states = {n: state for n, state in self._states.items() if n in self._batches}
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _report(self) -> None:
        running = [row for row in self._rows if not row.is_over]
        states = set(self._states.values())
        self._empty.setVisible(not self._rows)
        self._pause_all.setVisible(bool(states - RESTING - {BatchState.FINISHED}))
        self._resume_all.setVisible(bool(states & RESTING))
        self._clear.setVisible(any(row.is_over for row in self._rows))
        self._head.setVisible(bool(self._rows))
        self.running_changed.emit(len(running), sum(row.bytes_per_second for row in running))

    def _build_head(self) -> QWidget:
        self._pause_all = hidden_button(self.tr("Pause all"), "link")
        self._pause_all.clicked.connect(lambda: self.steered.emit(ControlBatch("pause")))
        self._resume_all = hidden_button(self.tr("Resume all"), "link")
        self._resume_all.clicked.connect(lambda: self.steered.emit(ControlBatch("resume")))
        self._clear = hidden_button(self.tr("Clear finished"), "link")
        self._clear.clicked.connect(self._clear_finished)
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(8, 0, 8, 0)
        row.addStretch(1)
        for button in (self._pause_all, self._resume_all, self._clear):
            row.addWidget(button)
        return self._head

    def _build_list(self) -> QScrollArea:
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(0)
        self._empty = styled_label(self.tr("No transfers."), "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        area.setAccessibleName(self.tr("Transfers"))
        return area
