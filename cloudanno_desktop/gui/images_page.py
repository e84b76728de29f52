"""The centre of the window: tabs with counts, the grid, the size of thumbnails."""

from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QTabBar, QVBoxLayout, QWidget

SMALLEST_PX = 80
LARGEST_PX = 400
STEP_PX = 32


class Tab(IntEnum):
    """Which pictures are shown."""

    ALL = 0
    UNLABELED = 1
    LABELED = 2


class ImagesPage(QWidget):
    """Shows the grid under its tabs.

    Signals:
        tab_changed: a ``Tab``.
        size_changed: side of a thumbnail in pixels.
    """

    tab_changed = Signal(int)
    size_changed = Signal(int)

    def __init__(self, grid: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        column.addWidget(grid, 1)

    def show_counts(self, images: int, labeled: int) -> None:
        """Show the numbers of the tabs."""
        for tab, text, count in (
            (Tab.ALL, self.tr("All"), images),
            (Tab.UNLABELED, self.tr("Unlabeled"), images - labeled),
            (Tab.LABELED, self.tr("Labeled"), labeled),
        ):
            self._tabs.setTabText(tab, f"{text}  {count:,}")

    @property
    def tab(self) -> Tab:
        """The tab on show."""
        return Tab(self._tabs.currentIndex())

    def show_tab(self, tab: int) -> None:
        """Select a tab."""
        self._tabs.setCurrentIndex(tab)

    def show_size(self, size_px: int) -> None:
        """Set the size slider."""
        self._slider.setValue(size_px)

    def change_size(self, steps: int) -> None:
        """Make thumbnails larger or smaller."""
        self._slider.setValue(self._slider.value() + steps * STEP_PX)

    def empty_text(self, images: int, *, has_filter: bool, is_scanning: bool) -> tuple[str, str]:
        """Return the title and the hint for a grid without pictures."""
        if images == 0 and is_scanning:
            return (self.tr("Looking for pictures…"), "")
        if images == 0:
            hint = self.tr("They are uploaded. Drop them on a label to label them too.")
            return (self.tr("Drop pictures or folders here"), hint)
        if has_filter:
            hint = self.tr("Words match file names; label:cat and -label:cat match labels.")
            return (self.tr("No picture matches the filter"), hint)
        if self.tab is Tab.UNLABELED:
            hint = self.tr("Press Train to make a classifier of them.")
            return (self.tr("Every picture has a label"), hint)
        hint = self.tr("Select pictures and press a number key, or drag them onto a label.")
        return (self.tr("No picture has a label yet"), hint)

    def _build_head(self) -> QWidget:
        head = QWidget()
        self._tabs = QTabBar(expanding=False)
        self._tabs.setAccessibleName(self.tr("Which pictures"))
        for _ in Tab:
            self._tabs.addTab("")
        self.show_counts(0, 0)
        self._tabs.currentChanged.connect(self.tab_changed)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setMaximumWidth(130)
        self._slider.setRange(SMALLEST_PX, LARGEST_PX)
        self._slider.setAccessibleName(self.tr("Size of thumbnails"))
        self._slider.setToolTip(self.tr("Size of thumbnails"))
        self._slider.valueChanged.connect(self.size_changed)
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 2, 12, 0)
        row.addWidget(self._tabs)
        row.addStretch(1)
        row.addWidget(self._slider)
        return head
