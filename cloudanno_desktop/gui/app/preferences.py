"""What the user chose: settings, recent projects, the dialog that changes them."""

from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox, QWidget

from cloudanno_desktop import __version__, log
from cloudanno_desktop.bucket.connections.connection import connection_named
from cloudanno_desktop.bucket.connections.credentials import KeyringMissing, Secret, store_secret
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.app.project_opener import ProjectOpener, Secrets
from cloudanno_desktop.gui.common.messages import show_log
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.common.theme import Theme, application_icon
from cloudanno_desktop.settings import RecentProject


class Preferences(QObject):
    connections_changed = Signal(str)  # name of the connection just saved, or empty

    def __init__(
        self, settings: SettingsStore, theme: Theme, runner: TaskRunner, window: QWidget
    ) -> None:
        super().__init__(runner)
        self._settings = settings
        self.secrets = Secrets()
        self._theme = theme
        self._runner = runner
        self._window = window
        self._opener: ProjectOpener | None = None

    def connect_places(self, opener: ProjectOpener) -> None:
        """Open what is chosen in the settings; ask for what places need."""
        self._opener = opener
        opener.browser.connect_requested.connect(self.open_connections)
        opener.place_actions.edit_requested.connect(self.open_connections)
        opener.place_actions.secret_needed.connect(self.ask_secret)

    def remember(self, project: RecentProject) -> None:
        self._settings.use(self._settings.current.with_recent(project))

    def keep_thumbnail_size(self, size_px: int) -> None:
        self._settings.use(msgspec.structs.replace(self._settings.current, thumbnail_px=size_px))

    def keep_filters(self, filters: tuple[str, ...]) -> None:
        self._settings.use(msgspec.structs.replace(self._settings.current, filters=filters))

    @handles(Action.OPEN_STORAGE)
    def open_connections(self, name: str = "") -> None:
        self._open("connections", name)

    @handles(Action.SETTINGS)
    def open_general(self) -> None:
        self._open("general")

    def ask_secret(self, name: str, retry: Callable[[], None]) -> None:
        """Ask for the secret of a connection that has none here, then do what needed it."""
        kind = "api_key" if connection_named(name).uses_api_key else "access_key"

        def store(text: str, _task: Task) -> None:
            with log.passing_over(KeyringMissing):  # then it is kept until the program ends
                store_secret(name, Secret(**{kind: text.strip()}), self.secrets.session)

        def run(text: str) -> None:
            self._runner.run(Task(self, partial(store, text), lambda _nothing: retry()))

        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Secret key"))
        dialog.setLabelText(self.tr("Secret key or API key of “%1”:").replace("%1", name))
        dialog.setTextEchoMode(QLineEdit.EchoMode.Password)
        dialog.setOkButtonText(self.tr("Connect"))
        dialog.resize(440, dialog.sizeHint().height())
        dialog.textValueSelected.connect(run)
        dialog.open()

    def open_storage(self) -> None:
        self._open("storage")

    def show_costs(self) -> None:
        from cloudanno_desktop.gui.cost.cost_dialog import CostDialog  # not needed at first

        dialog = CostDialog(self._settings.current.prices, parent=self._window)
        dialog.prices_requested.connect(self.open_storage)
        dialog.open()

    @handles(Action.SHOW_LOG)
    def show_log(self) -> None:
        show_log()

    @handles(Action.ABOUT)
    def show_about(self) -> None:
        text = self.tr("CloudAnno Desktop %1").replace("%1", __version__)
        box = QMessageBox(QMessageBox.Icon.NoIcon, self.tr("About"), text, parent=self._window)
        box.setInformativeText(self.tr("Label photos, train a classifier, publish it to phones."))
        box.setIconPixmap(application_icon().pixmap(64, 64))
        box.open()

    def _open(self, page: str, connection: str = "") -> None:
        # not needed by the first page
        from cloudanno_desktop.gui.app.settings_flow import SettingsFlow
        from cloudanno_desktop.gui.settings.settings_dialog import PAGES, SettingsDialog

        dialog = SettingsDialog(self._theme, self._settings.current, self._window)
        dialog.show_page(PAGES.index(page))
        dialog.general.changed.connect(self._settings.use)
        dialog.storage.changed.connect(self._settings.use)
        flow = SettingsFlow(self._runner, self.secrets, dialog, connection)
        flow.connections_changed.connect(self.connections_changed)
        if self._opener is not None:
            flow.place_chosen.connect(self._opener.open_text)
            flow.new_bucket_requested.connect(self._opener.open_new_bucket)
        dialog.open()
