"""Uploads, downloads and scans as rows, and what can be done with all of them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.media_request import Request
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import hidden_button
from cloudanno_desktop.gui.transfers.transfer_row import TransferEnd, TransferRow
from cloudanno_desktop.media_messages.commands import ControlBatch
from cloudanno_desktop.transfers.model import BatchState, BatchStatus, Direction

KEPT_ROWS = 30
RESTING = {BatchState.PAUSED, BatchState.HELD, BatchState.OFFLINE}


class TransferList(QWidget):
    """All transfers, newest first.

    Signals:
        steered: a ``ControlBatch``.
        running_changed: number of running transfers, bytes a second.
    """

    steered = Signal(object)
    running_changed = Signal(int, float)

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
        self._requests.clear()
        self._batches.clear()
        self._states.clear()
        self._cancelled.clear()
        self._report()

    def _add_batch(self, batch: BatchStatus) -> TransferRow:
        title = batch.title or self.tr("Transfer of the command line")
        row = self._batches[batch.id] = self._add(
            title, "upload" if batch.direction is Direction.UP else "download"
        )
        number = batch.id
        row.pause_requested.connect(lambda: self.steered.emit(ControlBatch("pause", number)))
        row.resume_requested.connect(lambda: self.steered.emit(ControlBatch("resume", number)))
        row.retry_requested.connect(lambda file: self.steered.emit(self._retry(number, file)))
        row.cancel_requested.connect(lambda: self._cancel(number))
        return row

    def _retry(self, batch: int, transfer: int) -> ControlBatch:
        return ControlBatch("retry", batch, transfer)

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
        self._pause_all = self._action(self.tr("Pause all"), "pause")
        self._resume_all = self._action(self.tr("Go on with all"), "resume")
        self._clear = hidden_button(self.tr("Clear finished"), "link")
        self._clear.clicked.connect(self._clear_finished)
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(8, 0, 8, 0)
        row.addStretch(1)
        for button in (self._pause_all, self._resume_all, self._clear):
            row.addWidget(button)
        return self._head

    def _action(self, text: str, act: str) -> QPushButton:
        button = hidden_button(text, "link")
        message = ControlBatch("pause") if act == "pause" else ControlBatch("resume")
        button.clicked.connect(lambda: self.steered.emit(message))
        return button

    def _build_list(self) -> QScrollArea:
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(0)
        self._empty = QLabel(self.tr("Nothing is being transferred."))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_role(self._empty, "muted")
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        area.setAccessibleName(self.tr("Transfers"))
        return area
