"""The widgets on which an open project is worked with; made after the first page is on screen."""

from dataclasses import dataclass

from cloudanno_desktop.gui.actions.action_set import ActionSet
from cloudanno_desktop.gui.actions.specs import Scope
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid
from cloudanno_desktop.gui.labels.sidebar import LabelSidebar
from cloudanno_desktop.gui.model.results_page import ResultsPage
from cloudanno_desktop.gui.model.training_panel import TrainingPanel
from cloudanno_desktop.gui.transfers.drawer import Drawer
from cloudanno_desktop.gui.window.images_page import ImagesPage


@dataclass(frozen=True, slots=True)
class Desk:
    """Pictures, labels, results, and the drawer below them."""

    grid: ThumbnailGrid
    images: ImagesPage
    sidebar: LabelSidebar
    panel: TrainingPanel
    drawer: Drawer
    results: ResultsPage


def build_desk(theme: Theme, actions: ActionSet, runner: TaskRunner) -> Desk:
    """Make the widgets; none of them stands in a window yet."""
    grid = ThumbnailGrid()
    panel = TrainingPanel(theme)
    desk = Desk(
        grid,
        ImagesPage(grid),
        LabelSidebar(theme, actions),
        panel,
        Drawer(theme, panel),
        ResultsPage(theme, runner),
    )
    actions.attach(Scope.PICTURES, grid)
    desk.images.size_changed.connect(grid.set_thumbnail_size)
    grid.size_changed.connect(desk.images.show_size)
    return desk
