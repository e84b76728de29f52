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
class ProjectWidgets:
    grid: ThumbnailGrid
    images: ImagesPage
    sidebar: LabelSidebar
    panel: TrainingPanel
    drawer: Drawer
    results: ResultsPage


def build_project_widgets(theme: Theme, actions: ActionSet, runner: TaskRunner) -> ProjectWidgets:
    """Make the widgets; none is in a window yet."""
    grid = ThumbnailGrid()
    panel = TrainingPanel(theme)
    project_widgets = ProjectWidgets(
        grid,
        ImagesPage(grid),
        LabelSidebar(theme, actions),
        panel,
        Drawer(theme, panel),
        ResultsPage(theme, runner),
    )
    actions.attach(Scope.PICTURES, grid)
    project_widgets.images.size_changed.connect(grid.set_thumbnail_size)
    grid.size_changed.connect(project_widgets.images.show_size)
    return project_widgets
