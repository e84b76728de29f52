"""Opens a project: a folder, a bucket, the sample, a recent one; and lists places."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from cloudanno_desktop.bucket.connections import connection as connections
from cloudanno_desktop.bucket.connections.address import ProjectAddress, parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret, SessionSecrets
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.browser.browser import Browser
from cloudanno_desktop.gui.browser.place_actions import PlaceActions
from cloudanno_desktop.gui.common.messages import Say
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.settings import RecentProject, Settings

if TYPE_CHECKING:
    from cloudanno_desktop.projects.workspace import Workspace

# Import all that an open project needs.
WORKED_WITH = "cloudanno_desktop.gui.app.project_session"


@dataclass(frozen=True, slots=True)
class OpenedProject:
    workspace: "Workspace"
    secret: Secret | None


@dataclass(slots=True)
class Secrets:
    """Where secret keys come from: the keyring, or this session where there is none."""

    session: SessionSecrets = field(default_factory=SessionSecrets)

    def of(self, connection: Connection | None) -> Secret | None:
        """Return the connection's secret. Slow: never on the GUI thread."""
        from cloudanno_desktop.bucket.connections.credentials import read_secret

        if connection is None or not connection.needs_secret:
            return None
        return read_secret(connection.name, self.session)


class ProjectOpener(QObject):
    """Opens projects away from the GUI thread, and lists places for the browser.

    Attributes:
        current: identity of the open project, which is not opened a second time.
    """

    opened = Signal(object)  # an ``OpenedProject``
    busy = Signal(str)  # what is being done
    failed = Signal(object)  # an error in what the user typed, or of a file of this program

    def __init__(
        self,
        runner: TaskRunner,
        settings: SettingsStore,
        secrets: Secrets,
        browser: Browser,
        say: Say,
    ) -> None:
        super().__init__(browser)
        self._runner = runner
        self._secrets = secrets
        self.browser = browser
        self._settings = settings
        self.current = ""
        self.place_actions = PlaceActions(runner, settings, secrets.of, browser, say)
        settings.changed.connect(self.show_places)
        self.place_actions.place_typed.connect(self.open_text)
        browser.project_requested.connect(self.open)

    def open(self, address: ProjectAddress) -> None:
        """Open a project; ``opened`` follows, unless it is the open one."""
        self._open(address, self.tr("Opening “%1”…").replace("%1", address.title))

    def _open(
        self, address: ProjectAddress, text: str, make: Callable[[Task], None] | None = None
    ) -> None:
        settings = self._settings.current
        if address.identity == self.current:
            return

        def work(task: Task) -> OpenedProject:
            if make is not None:
                make(task)
            return _opened(address, settings, self._secrets.of(address.connection))

        self.busy.emit(text)
        self._runner.run(Task(self, work, self.opened.emit, dropped=_close))

    def open_new_bucket(self, connection: Connection) -> None:
        self.place_actions.create_bucket(connection, self.open)

    def open_text(self, text: str, connection_name: str = "") -> None:
        self._open_with(connection_name, partial(parse_address, text))

    def open_recent(self, project: RecentProject) -> None:
        self._open_with(project.connection, partial(ProjectAddress, project.location))

    def _open_with(self, name: str, at: Callable[[Connection | None], ProjectAddress]) -> None:
        try:
            address = at(connections.connection_named(name) if name else None)
        except CloudAnnoError as error:
            self.failed.emit(error)
        else:
            self.open(address)

    @handles(Action.OPEN_SAMPLE)
    def open_sample(self) -> None:
        """Make the sample project if it is not there yet, and open it."""
        from cloudanno_desktop.projects.sample import make_sample, sample_address

        settings, address = self._settings.current, sample_address()
        make = partial(make_sample, Path(address.location), settings)
        self._open(address, self.tr("Creating the sample project…"), make)

    def give_star(self, project: RecentProject, is_favorite: bool) -> None:
        current = self._settings.current
        self._settings.use(current.with_star(project, is_favorite=is_favorite))

    def forget(self, project: RecentProject) -> None:
        self._settings.use(self._settings.current.without_recent(project))

    @handles(Action.OPEN_FOLDER)
    def ask_folder(self) -> None:
        dialog = QFileDialog(self.browser.window(), self.tr("Open a folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.open_text)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_places(self) -> None:
        try:
            self.browser.show_places(
                self._settings.current.places(), connections.load_connections()
            )
        except CloudAnnoError as error:
            self.failed.emit(error)


def prepare() -> bool:
    """Load what opening a project will need; say whether it may be one of a service. Slow."""
    import_worked_with()
    if not connections.load_connections():
        return False
    from cloudanno_desktop.bucket.s3 import client

    client.prepare()
    return True


def import_worked_with() -> None:
    importlib.import_module(WORKED_WITH)


def _opened(address: ProjectAddress, settings: Settings, secret: Secret | None) -> OpenedProject:
    from cloudanno_desktop.projects.workspace import Workspace

    import_worked_with()
    return OpenedProject(Workspace.open(address, settings, secret), secret)


def _close(opened: OpenedProject) -> None:
    opened.workspace.close()
