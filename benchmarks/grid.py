"""How fast the thumbnail grid is, beside Qt's own QListView in icon mode, in the same run.

Run with ``python benchmarks/grid.py``; ``--images 100000`` for one size only. Both views show the
same ready pixmap and file names, offscreen, so that only the views differ; the grid paints cards
and labels besides. Times are processor time in milliseconds, median (longest). QListView paints
before it has laid everything out, so two rows wait until the last image can be seen. The ratio says
how often the grid's time goes into the list's.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QListView

from cloudanno_desktop.gui.grid.cell import Cell, Chip
from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid

VIEW = QSize(1800, 1000)
CELL = QSize(180, 220)
REPEATS = 15
SEED = 20


class GridSide:
    """The grid under test."""

    name = "grid"

    def __init__(self, count: int, pixmap: QPixmap) -> None:
        self.ids = np.arange(count, dtype=np.int32)
        self.half = self.ids[::2].copy()
        self.view: QAbstractScrollArea = self._build(pixmap)

    def _build(self, pixmap: QPixmap) -> ThumbnailGrid:
        view = ThumbnailGrid()
        view._feed.pixmap = lambda _image_id: pixmap
        view.set_rows_provider(lambda ids: [_cell_of(i) for i in ids])
        view.set_images(self.ids)
        return view

    def select_all(self) -> int:
        """Select everything, and get the ids as labeling does."""
        self.view.select_all()
        return len(self.view.selected_ids())

    def clear(self) -> None:
        """Select nothing."""
        self.view.clear_selection()

    def shows_last(self) -> bool:
        """Tell whether the last image is on screen."""
        return self.view.visible_range()[1] == self.view.count

    def filter(self, *, half: bool) -> None:
        """Show every second image, or all."""
        self.view.set_images(self.half if half else self.ids)


class Images(QAbstractListModel):
    """The peer's item model."""

    def __init__(self, ids: np.ndarray, pixmap: QPixmap, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ids, self.pixmap = ids, pixmap

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many images there are."""
        return 0 if parent is not None and parent.isValid() else len(self.ids)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return a name or the pixmap."""
        if role == Qt.ItemDataRole.DisplayRole:
            return f"IMG_{self.ids[index.row()]}.jpg"
        return self.pixmap if role == Qt.ItemDataRole.DecorationRole else None

    def show_ids(self, ids: np.ndarray) -> None:
        """Show other images."""
        self.beginResetModel()
        self.ids = ids
        self.endResetModel()


class ListSide:
    """Qt's own icon view, set up as fast as it goes."""

    name = "QListView"

    def __init__(self, count: int, pixmap: QPixmap) -> None:
        self.ids = np.arange(count, dtype=np.int32)
        self.half = self.ids[::2].copy()
        self.view: QAbstractScrollArea = self._build(pixmap)

    def _build(self, pixmap: QPixmap) -> QListView:
        view = QListView()
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setLayoutMode(QListView.LayoutMode.Batched)
        view.setBatchSize(1000)
        view.setUniformItemSizes(True)
        view.setMovement(QListView.Movement.Static)
        view.setGridSize(CELL)
        view.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.model = Images(self.ids, pixmap, view)
        view.setModel(self.model)
        return view

    def select_all(self) -> int:
        """Select everything, and get the rows as labeling does."""
        self.view.selectAll()
        return len(self.view.selectionModel().selectedIndexes())

    def clear(self) -> None:
        """Select nothing."""
        self.view.clearSelection()

    def shows_last(self) -> bool:
        """Tell whether the last image is on screen."""
        last = self.view.visualRect(self.model.index(len(self.model.ids) - 1))
        return last.intersects(self.view.viewport().rect())

    def filter(self, *, half: bool) -> None:
        """Show every second image, or all."""
        self.model.show_ids(self.half if half else self.ids)


Side = GridSide | ListSide


def main() -> None:
    """Measure both views and print a table for each number of images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="*", default=[100_000, 1_000_000])
    counts: list[int] = parser.parse_args().images
    application = QApplication([])
    pixmap = QPixmap(160, 120)
    pixmap.fill(QColor("#4080a0"))
    for side in (GridSide, ListSide):
        measure(side, 1000, pixmap)  # fonts and styles are loaded once
    for count in counts:
        grid, peer = (measure(side, count, pixmap) for side in (GridSide, ListSide))
        print_table(count, grid, peer)
    application.quit()


def measure(kind: type[GridSide] | type[ListSide], count: int, pixmap: QPixmap) -> dict[str, list]:
    """Return the times of every operation for one view."""
    times: dict[str, list[float]] = {}
    side, times["first paint"] = first_paint(kind, count, pixmap)
    times["end reached"] = [times["first paint"][0] + timed(lambda: reach_end(side))]
    bar, random = side.view.verticalScrollBar(), np.random.default_rng(SEED)
    pages = [bar.pageStep() * page for page in range(1, REPEATS + 1)]
    times["page"] = each(side.view, bar.setValue, pages)
    jumps = random.integers(0, max(1, bar.maximum()), REPEATS).tolist()
    times["jump"] = each(side.view, bar.setValue, jumps)
    times["select all"] = repeated(lambda: shown(side.view, side.select_all), side.clear, 3)
    times["filter"] = repeated(
        lambda: shown(side.view, lambda: side.filter(half=True)),
        lambda: (side.filter(half=False), reach_end(side)),
        3,
    )
    times["filter to end"] = repeated(
        lambda: (side.filter(half=True), reach_end(side)),
        lambda: (side.filter(half=False), reach_end(side)),
        3,
    )
    sizes = [QSize(VIEW.width() - 200 * (step % 2 + 1), VIEW.height()) for step in range(6)]
    times["resize"] = each(side.view, side.view.resize, sizes)
    side.view.close()
    return times


def first_paint(
    kind: type[GridSide] | type[ListSide], count: int, pixmap: QPixmap
) -> tuple[Side, list[float]]:
    """Build a view, show it and paint it once."""
    side: list[Side] = []

    def build() -> None:
        side.append(kind(count, pixmap))
        side[0].view.resize(VIEW)
        side[0].view.show()
        QApplication.processEvents()
        side[0].view.viewport().repaint()

    taken = timed(build)
    return side[0], [taken]


def shown(view: QAbstractScrollArea, act: Callable[[], object]) -> None:
    """Do something and bring the result to the screen."""
    act()
    view.viewport().repaint()


def reach_end(side: Side) -> None:
    """Scroll down until the last image is on screen."""
    bar = side.view.verticalScrollBar()
    while not side.shows_last():
        QApplication.processEvents()
        bar.setValue(bar.maximum())
        side.view.viewport().repaint()


def each(
    view: QAbstractScrollArea, act: Callable[[Any], object], values: Sequence[Any]
) -> list[float]:
    """Time an act on one value after the other."""
    return [timed(partial(shown, view, partial(act, value))) for value in values]


def repeated(act: Callable[[], object], undo: Callable[[], object], times: int) -> list[float]:
    """Time something several times, undoing it in between."""
    taken = []
    for _ in range(times):
        taken.append(timed(act))
        undo()
    return taken


def timed(act: Callable[[], object]) -> float:
    """Return how long something keeps the processor busy, in milliseconds.

    Both views work on this one thread, and processor time holds on a busy machine too.
    """
    start = time.process_time()
    act()
    return 1000 * (time.process_time() - start)


def print_table(
    count: int, grid: dict[str, Sequence[float]], peer: dict[str, Sequence[float]]
) -> None:
    """Print the medians, the longest and the ratio."""
    print(f"\n{count:,} images, view {VIEW.width()} × {VIEW.height()}, ms: median (longest)")
    print(f"{'':16}{'grid':>18}{'QListView':>22}{'ratio':>9}")
    for name, own in grid.items():
        other = peer[name]
        ratio = statistics.median(other) / statistics.median(own)
        print(f"{name:16}{_cell(own):>18}{_cell(other):>22}{ratio:>8.1f}×")


def _cell_of(image_id: int) -> Cell:
    labels = (Chip("cat", "#e53935"),) if image_id % 2 else ()
    return Cell(image_id, f"in/IMG_{image_id}.jpg", labels)


def _cell(times: Sequence[float]) -> str:
    return f"{statistics.median(times):,.1f} ({max(times):,.1f})"


if __name__ == "__main__":
    main()
