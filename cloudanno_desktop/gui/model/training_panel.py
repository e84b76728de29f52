"""The drawer's page of a run: phase, progress, live curves, a button that keeps the best."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from cloudanno_desktop.gui.common.format import shown_duration, shown_percent
from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.training.events import EpochEnded, Evaluated, Started

if TYPE_CHECKING:
    from cloudanno_desktop.gui.model.curves import CurvesView

STEPS = 1000


class TrainingPanel(QWidget):
    """Shows a run.

    Signals:
        stop_requested: end the run and keep the best so far.
        results_requested: show what came out.
    """

    stop_requested = Signal()
    results_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._began_s = 0.0
        self._phase_began_s = 0.0
        self._theme = theme
        self._curves: CurvesView | None = None
        self._build()
        self.show_idle()

    def show_idle(self) -> None:
        """Show that nothing was trained yet."""
        self._phase.setText(self.tr("Nothing is being trained. Press Train when you have labels."))
        self._forget_curves()
        for widget in (self._bar, self._stop, self._results):
            widget.hide()
        self._detail.clear()

    def show_begin(self) -> None:
        """Show that a run begins."""
        self._began_s = time.monotonic()
        self._forget_curves()
        self._detail.clear()
        self._results.hide()
        self._stop.show()
        self._stop.setEnabled(True)
        self._bar.show()
        self.show_phase("prepare")

    def show_started(self, event: Started) -> None:
        """Show what the child works on."""
        text = self.tr("%n picture(s)", "", event.images)
        self._detail.setText(f"{text} · {event.device}")

    def show_phase(self, name: str) -> None:
        """Show the name of a phase."""
        self._phase_began_s = time.monotonic()
        self._bar.setRange(0, 0)
        self._phase.setText(self._phase_names().get(name, name))

    def show_progress(self, done: int, total: int | None, text: str) -> None:
        """Show how far the phase is."""
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
        """Add a point to the curves."""
        self._shown_curves().add(event)
        self.show_progress(
            event.epoch,
            event.epochs,
            self.tr("step %1 of %2")
            .replace("%1", str(event.epoch))
            .replace("%2", str(event.epochs)),
        )

    def show_evaluated(self, event: Evaluated) -> None:
        """Show the accuracy as soon as it is known."""
        self._detail.setText(
            self.tr("%1 correct on %n validation picture(s)", "", event.images).replace(
                "%1", shown_percent(event.accuracy)
            )
        )

    def show_stopping(self) -> None:
        """Show that the run is ending."""
        self._stop.setEnabled(False)
        self._phase.setText(self.tr("Stopping; the best so far is kept…"))

    def show_end(self, text: str, *, has_model: bool) -> None:
        """Show how the run ended."""
        took = shown_duration(time.monotonic() - self._began_s)
        self._phase.setText(f"{text} ({took})" if has_model else text)
        self._detail.clear()
        self._bar.hide()
        self._stop.hide()
        self._results.setVisible(has_model)

    def _build(self) -> None:
        self._phase = QLabel(wordWrap=True)
        set_role(self._phase, "heading")
        self._detail = QLabel()
        set_role(self._detail, "muted")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(self.tr("Progress of the training"))
        self._stop = QPushButton(self.tr("Stop and keep the best"))
        self._stop.clicked.connect(self.stop_requested)
        self._results = QPushButton(self.tr("Show results"))
        set_role(self._results, "primary")
        self._results.clicked.connect(self.results_requested)
        head = QHBoxLayout()
        head.addWidget(self._phase, 1)
        head.addWidget(self._detail)
        head.addWidget(self._stop)
        head.addWidget(self._results)
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
            "prepare": self.tr("Getting the pictures ready"),
            "features": self.tr("Looking at the pictures"),
            "head": self.tr("Learning the labels"),
            "refine": self.tr("Refining"),
            "full": self.tr("Training the network"),
            "evaluate": self.tr("Measuring the accuracy"),
            "export": self.tr("Writing the files for phones"),
        }
