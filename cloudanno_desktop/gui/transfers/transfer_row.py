"""One line of the list of transfers: a scan, or a batch of uploads or downloads."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.elided_label import ElidedLabel
from cloudanno_desktop.gui.common.format import shown_bytes, shown_duration
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import IconButton, IconLabel, hidden_button
from cloudanno_desktop.gui.transfers.problem_list import ProblemList
from cloudanno_desktop.transfers.model import BatchState, BatchStatus, Problem

RESTING = {BatchState.PAUSED, BatchState.HELD, BatchState.OFFLINE}
WINDOW_S = 5.0
STEPS = 1000
BAR_PX = 160
BUTTON_PX = 36


class RowName(ElidedLabel):
    """The title of a row."""


@dataclass(frozen=True, slots=True)
class TransferEnd:
    summary: str
    is_error: bool = False


class TransferRow(QFrame):
    """One scan, or one batch."""

    cancel_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    retry_requested = Signal(int)  # id of the transfer, 0 for all that failed

    def __init__(self, title: str, icon: str, theme: Theme) -> None:
        super().__init__()
        self._speed = TransferSpeed()
        self.title, self.is_over = title, False
        self._build(title, icon, theme)

    @property
    def bytes_per_second(self) -> float:
        """The rate now; 0 for a request, which moves no files."""
        return 0.0 if self.is_over else self._speed.per_second

    def show_progress(self, done: int, total: int | None) -> None:
        self._show_bar(done, total)
        self._state.show_text(f"{done:,}" if total is None else f"{done:,} / {total:,}")

    def show_end(self, end: TransferEnd) -> None:
        self._end()
        self._state.show_text(end.summary)
        set_role(self._state, "bad" if end.is_error else "muted")

    def show_batch(self, batch: BatchStatus) -> None:
        self.is_over = batch.state is BatchState.FINISHED
        if batch.state is BatchState.RUNNING:
            self._speed.note(batch.done_bytes)
        else:
            self._speed = TransferSpeed()
        self._show_bar(batch.done_bytes, batch.bytes or None)
        self._bar.setEnabled(batch.state is BatchState.RUNNING)
        self._show_buttons(batch)
        text, role = self._batch_text(batch)
        self._state.show_text(text, batch.reason)
        set_role(self._state, role)
        self._show_problems(batch.problems, batch.failed)
        if self.is_over:
            self._end()

    def _show_buttons(self, batch: BatchStatus) -> None:
        is_offline = batch.state is BatchState.OFFLINE
        self._resume.setToolTip(self.tr("Retry now") if is_offline else self.tr("Resume"))
        self._resume.setVisible(batch.state in RESTING)
        self._pause.setVisible(batch.state not in RESTING and not self.is_over)

    def _end(self) -> None:
        self.is_over = True
        self._speed = TransferSpeed()
        for widget in (self._bar, self._pause, self._resume, self._cancel):
            widget.hide()

    def _show_bar(self, done: int, total: int | None) -> None:
        self._bar.setRange(0, STEPS if total else 0)
        if total:
            self._bar.setValue(round(STEPS * done / total))

    def _batch_text(self, batch: BatchStatus) -> tuple[str, str]:
        if batch.state is BatchState.FINISHED:
            return self._summary(batch), "bad" if batch.failed else "muted"
        if batch.state is BatchState.HELD:
            return f"{self.tr('stopped')}: {batch.reason}", "bad"
        count = f"{batch.done + batch.skipped:,} / {batch.files:,}"
        resting = {
            BatchState.WAITING: (self.tr("waiting"), "muted"),
            BatchState.PAUSED: (self.tr("paused"), "muted"),
            BatchState.OFFLINE: (self.tr("waiting for the network"), "warning"),
            BatchState.ASKING: (self.tr("waiting for your answer"), "warning"),
        }
        if batch.state in resting:
            text, role = resting[batch.state]
            return f"{text}  ·  {count}", role
        moved = _progress_text(batch.done_bytes, batch.bytes, self._speed.per_second)
        return f"{count}  ·  {moved}", "muted"

    def _summary(self, batch: BatchStatus) -> str:
        parts = [self.tr("%1 done").replace("%1", f"{batch.done:,}")]
        if batch.skipped:
            parts.append(self.tr("%1 already there").replace("%1", f"{batch.skipped:,}"))
        if batch.failed:
            parts.append(self.tr("%1 failed").replace("%1", f"{batch.failed:,}"))
        return " · ".join(parts)

    def _show_problems(self, problems: Sequence[Problem], count: int) -> None:
        self._problems_button.setVisible(count > 0)
        self._problems_button.setText(self.tr("%n problem(s)", "", count))
        self._problems.show_problems(problems, count)
        if not count:
            self._problems_button.setChecked(False)

    def _build(self, title: str, icon: str, theme: Theme) -> None:
        name = RowName(title)
        self._state = ElidedLabel(self.tr("Waiting…"), "muted")
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = QProgressBar(textVisible=False, maximum=0)
        self._bar.setAccessibleName(title)
        self._bar.setFixedWidth(BAR_PX)
        self._build_buttons(theme)
        row = QHBoxLayout()
        row.addWidget(IconLabel(theme, icon, 16))
        row.addWidget(name, 2)
        row.addWidget(self._bar)
        row.addWidget(self._state, 3)
        row.addWidget(self._problems_button)
        row.addWidget(_holder(self._pause, self._resume))
        row.addWidget(_holder(self._cancel))
        self._problems = ProblemList(theme)
        self._problems.retry_requested.connect(self.retry_requested)
        self._problems_button.toggled.connect(self._problems.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 3, 8, 3)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._problems)

    def _build_buttons(self, theme: Theme) -> None:
        self._problems_button = hidden_button("", "link")
        self._problems_button.setCheckable(True)
        self._problems_button.setToolTip(self.tr("Show which files failed, and why"))
        self._pause = IconButton(theme, "pause", self.tr("Pause"))
        self._resume = IconButton(theme, "play", self.tr("Resume"))
        self._cancel = IconButton(theme, "close", self.tr("Cancel"))
        self._pause.hide()
        self._resume.hide()
        self._pause.clicked.connect(self.pause_requested)
        self._resume.clicked.connect(self.resume_requested)
        self._cancel.clicked.connect(self.cancel_requested)


def _holder(*buttons: IconButton) -> QWidget:
    """Return a place of fixed width, so that rows stay aligned while buttons are hidden."""
    place = QWidget()
    place.setFixedWidth(BUTTON_PX)
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    for button in buttons:
        row.addWidget(button)
    return place


def _progress_text(done: int, total: int | None, rate: float) -> str:
    parts = [shown_bytes(done) if total is None else f"{shown_bytes(done)} / {shown_bytes(total)}"]
    if rate > 0:
        parts.append(f"{shown_bytes(int(rate))}/s")
    if rate > 0 and total:
        left = shown_duration((total - done) / rate)
        text = QCoreApplication.translate("TransferRow", "%1 left")
        parts.append(text.replace("%1", left))
    return "  ·  ".join(parts)


@dataclass(slots=True)
class TransferSpeed:
    """The transfer rate over the last few seconds."""

    points: list[tuple[float, int]] = field(default_factory=list)

    def note(self, done: int) -> None:
        now = time.monotonic()
        self.points = [p for p in self.points if p[0] > now - WINDOW_S]
        self.points.append((now, done))

    @property
    def per_second(self) -> float:
        if len(self.points) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self.points[0], self.points[-1]
        return max(0.0, (last - first) / max(last_s - first_s, 0.05))
