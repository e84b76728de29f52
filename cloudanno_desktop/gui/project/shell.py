"""What one project after the other is shown in."""

from collections.abc import Callable
from dataclasses import dataclass

from cloudanno_desktop.gui.common.media_process import SpareProcess
from cloudanno_desktop.gui.common.messages import Say
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.window.main_window import MainWindow
from cloudanno_desktop.gui.window.widgets import ProjectWidgets


@dataclass(frozen=True, slots=True)
class Shell:
    """The window and the services of the program; they outlive a project."""

    window: MainWindow
    project_widgets: ProjectWidgets
    theme: Theme
    runner: TaskRunner
    spare: SpareProcess
    settings: SettingsStore
    say: Say
    report: Callable[[BaseException], None]
