"""Uploads, downloads and scans as rows with progress, rate, time left and a way to stop."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.messages import DetailsDialog
from cloudanno_desktop.gui.pieces import IconButton, hidden_button
from cloudanno_desktop.gui.sizes import shown_bytes, shown_duration
from cloudanno_desktop.gui.theme import Theme, set_role

STEPS = 1000
RATE_WINDOW_S = 5.0
KEPT_ROWS = 30


@dataclass(slots=True)
class Pace:
    """How fast something goes, over the last few seconds."""

    points: list[tuple[float, int]] = field(default_factory=list)

    def note(self, done: int) -> None:
        """Note that ``done`` units are done now."""
        now = time.monotonic()
        self.points = [p for p in self.points if p[0] > now - RATE_WINDOW_S]
        self.points.append((now, done))

    @property
    def per_second(self) -> float:
        """Units a second; 0 while unknown."""
        if len(self.points) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self.points[0], self.points[-1]
        return max(0.0, (last - first) / max(last_s - first_s, 0.05))


@dataclass(frozen=True, slots=True)
class TransferEnd:
    """How a transfer ended.

    Attributes:
        summary: one line.
        failed: name and reason of each file left out.
    """

    summary: str
    failed: Sequence[tuple[str, str]] = ()
    is_error: bool = False


class TransferRow(QFrame):
    """One transfer.

    Signals:
        cancel_wanted: the request's number.
    """

    cancel_wanted = Signal(int)

    def __init__(self, request: int, title: str, theme: Theme) -> None:
        super().__init__()
        self._request = request
        self._pace = Pace()
        self._failed: Sequence[tuple[str, str]] = ()
        self._counts_bytes = True
        self._build(title, theme)

    @property
    def bytes_per_second(self) -> float:
        """The rate now; 0 for what counts no bytes."""
        return self._pace.per_second if self._counts_bytes else 0.0

    def show_progress(self, done: int, total: int | None, *, counts_bytes: bool) -> None:
        """Show how far it is."""
        self._counts_bytes = counts_bytes
        self._pace.note(done)
        self._bar.setRange(0, STEPS if total else 0)
        if total:
            self._bar.setValue(round(STEPS * done / total))
        self._state.setText(self._progress_text(done, total))

    def show_end(self, end: TransferEnd) -> None:
        """Show that it is over."""
        self._pace = Pace()
        self._bar.hide()
        self._cancel.hide()
        self._failed = end.failed
        self._state.setText(end.summary)
        set_role(self._state, "bad" if end.is_error or end.failed else "muted")
        self._problems.setVisible(bool(end.failed))

    def _build(self, title: str, theme: Theme) -> None:
        name = QLabel(title)
        self._state = QLabel(self.tr("Waiting…"))
        set_role(self._state, "muted")
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._bar = QProgressBar(textVisible=False, maximum=0)
        self._bar.setAccessibleName(title)
        self._problems = hidden_button(self.tr("Show what was left out"), "link")
        self._problems.clicked.connect(self._on_problems)
        self._cancel = IconButton(theme, "close", self.tr("Cancel"))
        self._cancel.clicked.connect(lambda: self.cancel_wanted.emit(self._request))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(name)
        row.addWidget(self._bar, 2)
        row.addWidget(self._state, 1)
        row.addWidget(self._problems)
        row.addWidget(self._cancel)

    def _progress_text(self, done: int, total: int | None) -> str:
        if not self._counts_bytes:
            return f"{done:,}" if total is None else f"{done:,} / {total:,}"
        rate = self._pace.per_second
        parts = [
            shown_bytes(done) if total is None else f"{shown_bytes(done)} / {shown_bytes(total)}"
        ]
        if rate > 0:
            parts.append(f"{shown_bytes(int(rate))}/s")
        if rate > 0 and total:
            left = shown_duration((total - done) / rate)
            parts.append(self.tr("%1 left").replace("%1", left))
        return "  ·  ".join(parts)

    def _on_problems(self) -> None:
        lines = "\n".join(f"{name}\n    {reason}" for name, reason in self._failed)
        text = self.tr("%n file(s) were left out:", "", len(self._failed))
        DetailsDialog(text, lines, self.window()).open()


class TransferList(QScrollArea):
    """All transfers, newest first.

    Signals:
        cancel_wanted: a request's number.
        running_changed: number of running transfers, bytes a second of all.
    """

    cancel_wanted = Signal(int)
    running_changed = Signal(int, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, widgetResizable=True)
        self._theme = theme
        self._running: dict[int, TransferRow] = {}
        self._rows: list[TransferRow] = []
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 4, 0, 4)
        self._column.setSpacing(0)
        self._empty = QLabel(self.tr("Nothing is being transferred."))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_role(self._empty, "muted")
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self.setWidget(page)
        self.setAccessibleName(self.tr("Transfers"))

    def start(self, request: int, title: str) -> None:
        """Add a running transfer."""
        row = TransferRow(request, title, self._theme)
        row.cancel_wanted.connect(self.cancel_wanted)
        self._running[request] = row
        self._rows.insert(0, row)
        self._column.insertWidget(0, row)
        self._empty.hide()
        self._forget_old()
        self._tell()

    def show_progress(
        self, request: int, done: int, total: int | None, *, counts_bytes: bool = True
    ) -> None:
        """Show how far a transfer is; unknown numbers are ignored."""
        if row := self._running.get(request):
            row.show_progress(done, total, counts_bytes=counts_bytes)
            self._tell()

    def finish(self, request: int, end: TransferEnd) -> None:
        """Show that a transfer is over."""
        if row := self._running.pop(request, None):
            row.show_end(end)
            self._tell()

    def _forget_old(self) -> None:
        running = set(self._running.values())
        for row in [row for row in self._rows[KEPT_ROWS:] if row not in running]:
            self._rows.remove(row)
            row.deleteLater()

    def _tell(self) -> None:
        rate = sum(row.bytes_per_second for row in self._running.values())
        self.running_changed.emit(len(self._running), rate)
