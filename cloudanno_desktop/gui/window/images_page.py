"""The centre of the window: tabs with counts, the grid, the size of thumbnails."""

from collections.abc import Mapping
from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.labels.conflict_bar import ConflictBar

SMALLEST_PX = 80
LARGEST_PX = 400
STEP_PX = 32
BELOW_HINT_PX = 84


class ImagesTab(IntEnum):
    ALL = 0
    UNLABELED = 1
    LABELED = 2
    CONFLICTS = 3


class ImagesPage(QWidget):
    """Shows the grid under its tabs."""

    tab_changed = Signal(int)  # an ``ImagesTab``
    size_changed = Signal(int)  # side of a thumbnail in pixels
    clear_requested = Signal()  # no filter any more

    def __init__(self, grid: QAbstractScrollArea, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_head())
        self._conflicts = ConflictBar()
        self._conflicts.hide()
        column.addWidget(self._conflicts)
        column.addWidget(grid, 1)
        self._clear = self._build_clear(grid.viewport())

    def show_counts(self, counts: Mapping[ImagesTab, int]) -> None:
        """Show how many pictures each tab has; the conflicts tab only if there are any."""
        for tab, text in (
            (ImagesTab.ALL, self.tr("All")),
            (ImagesTab.UNLABELED, self.tr("Unlabeled")),
            (ImagesTab.LABELED, self.tr("Labeled")),
            (ImagesTab.CONFLICTS, self.tr("Conflicts")),
        ):
            self._tabs.setTabText(tab, f"{text}  {counts.get(tab, 0):,}")
        has_conflicts = counts.get(ImagesTab.CONFLICTS, 0) > 0
        self._tabs.setTabVisible(
            ImagesTab.CONFLICTS, has_conflicts or self.tab is ImagesTab.CONFLICTS
        )

    @property
    def conflict_bar(self) -> ConflictBar:
        return self._conflicts

    @property
    def tab(self) -> ImagesTab:
        return ImagesTab(self._tabs.currentIndex())

    @handles(Action.TAB_ALL, ImagesTab.ALL)
    @handles(Action.TAB_UNLABELED, ImagesTab.UNLABELED)
    @handles(Action.TAB_LABELED, ImagesTab.LABELED)
    @handles(Action.TAB_CONFLICTS, ImagesTab.CONFLICTS)
    def show_tab(self, tab: int) -> None:
        self._tabs.setTabVisible(tab, True)
        self._tabs.setCurrentIndex(tab)

    def show_size(self, size_px: int) -> None:
        self._slider.setValue(size_px)

    @handles(Action.LARGER, 1)
    @handles(Action.SMALLER, -1)
    def change_size(self, steps: int) -> None:
        self._slider.setValue(self._slider.value() + steps * STEP_PX)

    def offer_clearing(self, is_offered: bool) -> None:
        """Show a button, on the page that a filter left empty, to clear it."""
        self._clear.setVisible(is_offered)

    def empty_text(self, images: int, *, has_filter: bool, is_scanning: bool) -> tuple[str, str]:
        if images == 0 and is_scanning:
            return (self.tr("Looking for pictures…"), "")
        if images == 0:
            hint = self.tr("They will be uploaded. Drop them on a label to label them too.")
            return (self.tr("Drop pictures or folders here"), hint)
        if has_filter:
            hint = self.tr(
                "Words match file names. The info button in the filter box shows what else to type."
            )
            return (self.tr("No pictures match the filter"), hint)
        if self.tab is ImagesTab.CONFLICTS:
            hint = self.tr(
                "Pictures that two people labeled differently, or that changed since, appear here."
            )
            return (self.tr("No conflicts"), hint)
        if self.tab is ImagesTab.UNLABELED:
            hint = self.tr("Choose Train to train a classifier from them.")
            return (self.tr("Every picture has a label"), hint)
        hint = self.tr("Select pictures and press a number key, or drag them onto a label.")
        return (self.tr("No pictures are labeled yet"), hint)

    def _on_tab_changed(self, tab: int) -> None:
        self._conflicts.setVisible(tab == ImagesTab.CONFLICTS)
        self.tab_changed.emit(tab)

    def _build_clear(self, viewport: QWidget) -> QPushButton:
        clear = QPushButton(self.tr("Clear filter"))
        clear.hide()
        clear.clicked.connect(self.clear_requested)
        column = QVBoxLayout(viewport)
        column.addStretch(1)
        column.addSpacing(2 * BELOW_HINT_PX)
        column.addWidget(clear, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return clear

    def _build_head(self) -> QWidget:
        head = QWidget()
        self._tabs = QTabBar(expanding=False, usesScrollButtons=False)
        self._tabs.setAccessibleName(self.tr("Which pictures"))
        for _ in ImagesTab:
            self._tabs.addTab("")
        self.show_counts({})
        self._tabs.currentChanged.connect(self._on_tab_changed)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setMinimumWidth(50)
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
