"""What the person chose: settings in use, projects that were open, the dialog that changes them."""

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from cloudanno_desktop import __version__
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.app.project_opener import Secrets
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme, application_icon
from cloudanno_desktop.settings import RecentProject, Settings, save_settings


class Preferences(QObject):
    """Keeps the settings and opens their dialog.

    Attributes:
        settings: those in use.

    Signals:
        changed: the new ``Settings``.
        connections_changed: name of the connection that was just saved, or empty.
    """

    changed = Signal(object)
    connections_changed = Signal(str)

    def __init__(
        self, settings: Settings, theme: Theme, runner: TaskRunner, window: QWidget
    ) -> None:
        super().__init__(runner)
        self.settings = settings
        self.secrets = Secrets()
        self._theme = theme
        self._runner = runner
        self._window = window

    def start(self, settings: Settings) -> None:
        """Begin with the settings that were kept."""
        self._theme.choose(settings.theme)
        self.settings = settings
        self.changed.emit(settings)

    def use(self, settings: Settings) -> None:
        """Use other settings and keep them."""
        if settings == self.settings:
            return
        if settings.theme != self.settings.theme:
            self._theme.choose(settings.theme)
        save_settings(settings)
        self.settings = settings
        self.changed.emit(settings)

    def remember(self, project: RecentProject) -> None:
        """Put a project first among the recent ones."""
        self.use(self.settings.with_recent(project))

    def keep_thumbnail_size(self, size_px: int) -> None:
        """Begin with this size of thumbnails next time."""
        self.use(msgspec.structs.replace(self.settings, thumbnail_px=size_px))

    def keep_filters(self, filters: tuple[str, ...]) -> None:
        """Offer these filters from now on."""
        self.use(msgspec.structs.replace(self.settings, filters=filters))

    @handles(Action.OPEN_STORAGE)
    def open_connections(self) -> None:
        """Open the dialog on the connections."""
        self._open("connections")

    @handles(Action.SETTINGS)
    def open_general(self) -> None:
        """Open the dialog on everything else."""
        self._open("general")

    def open_storage(self) -> None:
        """Open the dialog on what is kept here and what the service asks."""
        self._open("storage")

    def show_costs(self) -> None:
        """Show what the storage was asked for."""
        from cloudanno_desktop.gui.cost.cost_dialog import CostDialog  # not needed at first

        dialog = CostDialog(self.settings.prices, parent=self._window)
        dialog.prices_wanted.connect(self.open_storage)
        dialog.open()

    @handles(Action.ABOUT)
    def show_about(self) -> None:
        """Show what this program is."""
        text = self.tr("CloudAnno Desktop %1").replace("%1", __version__)
        box = QMessageBox(QMessageBox.Icon.NoIcon, self.tr("About"), text, parent=self._window)
        box.setInformativeText(self.tr("Label photos, train a classifier, publish it to phones."))
        box.setIconPixmap(application_icon().pixmap(64, 64))
        box.open()

    def _open(self, page: str) -> None:
        # not needed by the first page
        from cloudanno_desktop.gui.app.settings_flow import SettingsFlow
        from cloudanno_desktop.gui.settings.settings_dialog import PAGES, SettingsDialog

        dialog = SettingsDialog(self._theme, self.settings, self._window)
        dialog.show_page(PAGES.index(page))
        dialog.general.changed.connect(self.use)
        dialog.storage.changed.connect(self.use)
        flow = SettingsFlow(self._runner, self.secrets, dialog)
        flow.connections_changed.connect(self.connections_changed)
        dialog.open()
