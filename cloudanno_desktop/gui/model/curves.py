"""Live curves of loss and accuracy."""

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.training.events import EpochEnded

LINE_PX = 2


class CurvesView(QWidget):
    """Two plots side by side; training dashed, validation solid."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._epochs: list[EpochEnded] = []
        self._plots: dict[str, pg.PlotWidget] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        titles = {
            "accuracy": self.tr("Accuracy (line: validation, dashes: training)"),
            "loss": self.tr("Loss (line: validation, dashes: training)"),
        }
        for name, title in titles.items():
            self._plots[name] = self._build_plot(title)
            row.addWidget(self._plots[name])
        theme.changed.connect(self._draw)

    def clear(self) -> None:
        self._epochs = []
        self._draw()

    def add(self, epoch: EpochEnded) -> None:
        self._epochs.append(epoch)
        self._draw()

    def _build_plot(self, title: str) -> pg.PlotWidget:
        plot = pg.PlotWidget()
        plot.setAccessibleName(title)
        plot.setMinimumHeight(90)
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.setToolTip(title)
        return plot

    def _draw(self) -> None:
        colors = self._theme.colors
        for name, plot in self._plots.items():
            plot.setBackground(colors.surface)
            item = plot.getPlotItem()
            item.setTitle(plot.toolTip(), color=colors.muted, size="8pt")
            for side in ("left", "bottom"):
                item.getAxis(side).setPen(colors.border)
                item.getAxis(side).setTextPen(colors.muted)
            plot.clear()
            self._draw_line(plot, name, colors.muted, Qt.PenStyle.DashLine)
            self._draw_line(plot, f"val_{name}", colors.accent, Qt.PenStyle.SolidLine)

    def _draw_line(self, plot: pg.PlotWidget, field: str, color: str, style: Qt.PenStyle) -> None:
        x = [epoch.epoch for epoch in self._epochs]
        y = [float(getattr(epoch, field)) for epoch in self._epochs]
        plot.plot(x, y, pen=pg.mkPen(color, width=LINE_PX, style=style))
