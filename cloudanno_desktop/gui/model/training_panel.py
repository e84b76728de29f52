"""The drawer's page of a run: phase, progress, live curves, a button to stop early."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.format import shown_duration, shown_percent
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.training.events import EpochEnded, Evaluated, Started

if TYPE_CHECKING:
    from cloudanno_desktop.gui.model.curves import CurvesView

STEPS = 1000


class TrainingPanel(QWidget):
    stop_requested = Signal()  # end the run with the best weights so far
    results_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._began_s = 0.0
        self._accuracy = ""
        self._phase_began_s = 0.0
        self._theme = theme
        self._curves: CurvesView | None = None
        self._build()
        self.show_idle()

    def show_idle(self) -> None:
        self._phase.setText(self.tr("No training yet. Press Train when you have labels."))
        self._forget_curves()
        for widget in (self._bar, self._stop, self._results):
            widget.hide()
        self._detail.clear()

    def show_begin(self) -> None:
        self._began_s = time.monotonic()
        self._accuracy = ""
        self._forget_curves()
        self._detail.clear()
        self._results.hide()
        self._stop.show()
        self._stop.setEnabled(True)
        self._bar.show()
        self.show_phase("prepare")

    def show_started(self, event: Started) -> None:
        text = self.tr("%n picture(s)", "", event.images)
        self._detail.setText(f"{text} · {event.device}")

    def show_phase(self, name: str) -> None:
        self._phase_began_s = time.monotonic()
        self._bar.setRange(0, 0)
        phase = self._phase_names().get(name, name)
        self._phase.setText(f"{phase} · {self._accuracy}" if self._accuracy else phase)

    def show_progress(self, done: int, total: int | None, text: str) -> None:
        self._bar.setRange(0, STEPS if total else 0)
        if not total:
            return
        self._bar.setValue(round(STEPS * done / total))
        passed_s = time.monotonic() - self._phase_began_s
        parts = [text] if text else [f"{done:,} / {total:,}"]
        if done and passed_s > 2:
            left = shown_duration(passed_s * (total - done) / done)
            parts.append(self.tr("%1 left").replace("%1", left))
        self._detail.setText(" · ".join(parts))

    def show_epoch(self, event: EpochEnded) -> None:
        self._shown_curves().add(event)
        text = self.tr("epoch %1 of %2").replace("%1", str(event.epoch))
        self.show_progress(event.epoch, event.epochs, text.replace("%2", str(event.epochs)))

    def show_evaluated(self, event: Evaluated) -> None:
        """Show the accuracy, also while the files of the model are still written."""
        text = self.tr("%1 correct on %n validation picture(s)", "", event.images)
        self._detail.setText(text.replace("%1", shown_percent(event.accuracy)))
        self._accuracy = self.tr("%1 correct").replace("%1", shown_percent(event.accuracy))

    def show_stopping(self) -> None:
        self._stop.setEnabled(False)
        self._phase.setText(self.tr("Stopping with the best weights so far…"))

    def show_end(self, text: str, *, has_model: bool) -> None:
        took = shown_duration(time.monotonic() - self._began_s)
        self._phase.setText(f"{text} ({took})" if has_model else text)
        self._detail.clear()
        self._bar.hide()
        self._stop.hide()
        self._results.setVisible(has_model)

    def _build(self) -> None:
        self._phase = styled_label("", "heading", wraps=True)
        self._detail = styled_label("", "muted")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(self.tr("Progress of the training"))
        self._stop = QPushButton(self.tr("Stop and keep the best"))
        self._stop.clicked.connect(self.stop_requested)
        self._results = QPushButton(self.tr("Show results"))
        set_role(self._results, "primary")
        self._results.clicked.connect(self.results_requested)
        head = QHBoxLayout()
        head.addWidget(self._phase, 1)
        for widget in (self._detail, self._stop, self._results):
            head.addWidget(widget)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 8, 14, 8)
        self._column.addLayout(head)
        self._column.addWidget(self._bar)
        self._column.addStretch(0)

    def _shown_curves(self) -> "CurvesView":
        if self._curves is None:
            from cloudanno_desktop.gui.model.curves import CurvesView  # slow: only for a run

            self._curves = CurvesView(self._theme)
            self._column.insertWidget(2, self._curves, 1)
        self._curves.show()
        return self._curves

    def _forget_curves(self) -> None:
        if self._curves is not None:
            self._curves.clear()
            self._curves.hide()

    def _phase_names(self) -> dict[str, str]:
        return {
            "prepare": self.tr("Preparing the pictures"),
            "features": self.tr("Analyzing the pictures"),
            "head": self.tr("Learning the labels"),
            "refine": self.tr("Fine-tuning"),
            "full": self.tr("Training the network"),
            "evaluate": self.tr("Measuring the accuracy"),
            "export": self.tr("Exporting the model"),
        }
