"""The ways into a project: folder, bucket, sample, recent; and the tree of places."""

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cloudanno_desktop.bucket import connection as connections
from cloudanno_desktop.bucket.address import ProjectAddress, parse_address
from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.bucket.credentials import Secret, SessionSecrets
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.browser.browser import Browser
from cloudanno_desktop.gui.browser.nodes import Level, Node
from cloudanno_desktop.gui.tasks import Task, TaskRunner
from cloudanno_desktop.settings import RecentProject, Settings

if TYPE_CHECKING:
    from cloudanno_desktop.workspace import Workspace

WORKED_WITH = "cloudanno_desktop.gui.commands"  # imports all that an open project needs


@dataclass(frozen=True, slots=True)
class Opened:
    """A project that was just opened, with the secret that its media process needs."""

    workspace: "Workspace"
    secret: Secret | None


@dataclass(slots=True)
class Secrets:
    """Where secret keys come from: the keyring, or this session where there is none."""

    session: SessionSecrets = field(default_factory=SessionSecrets)

    def of(self, connection: Connection | None) -> Secret | None:
        """Return the connection's secret. Slow: never on the GUI thread."""
        from cloudanno_desktop.bucket.credentials import read_secret

        if connection is None or not connection.needs_secret:
            return None
        return read_secret(connection.name, self.session)


class Opening(QObject):
    """Opens projects away from the GUI thread, and lists places for the browser.

    Attributes:
        browser: shows the places.
        settings: those in use; who writes labels, what was open before.
        current: identity of the open project, which is not opened a second time.

    Signals:
        opened: an ``Opened``.
        busy: what is being done.
        failed: error of what the person typed or of a file of this program.
    """

    opened = Signal(object)
    busy = Signal(str)
    failed = Signal(object)

    def __init__(self, runner: TaskRunner, secrets: Secrets, browser: Browser) -> None:
        super().__init__(browser)
        self._runner = runner
        self._secrets = secrets
        self.browser = browser
        self.settings = Settings()
        self.current = ""
        browser.level_wanted.connect(self._on_level_wanted)
        browser.bucket_wanted.connect(self._on_bucket_wanted)
        browser.project_wanted.connect(self.open)

    def open(self, address: ProjectAddress) -> None:
        """Open a project; ``opened`` follows, unless it is the open one."""
        settings = self.settings
        if address.identity == self.current:
            return

        def work(_task: Task) -> Opened:
            secret = self._secrets.of(address.connection)
            return _opened(address, settings, secret)

        self.busy.emit(self.tr("Opening “%1”…").replace("%1", address.title))
        self._runner.run(Task(self, work, self.opened.emit))

    def open_text(self, text: str, connection_name: str = "") -> None:
        """Open what a person typed."""
        try:
            connection = connections.connection_named(connection_name) if connection_name else None
            address = parse_address(text, connection)
        except CloudAnnoError as error:
            self.failed.emit(error)
        else:
            self.open(address)

    def open_recent(self, project: RecentProject) -> None:
        """Open a project of the recent list."""
        self.open_text(project.location, project.connection)

    def open_sample(self) -> None:
        """Make the sample project if it is not there yet, and open it."""
        settings = self.settings

        from cloudanno_desktop.sample import make_sample, sample_address

        address = sample_address()
        if address.identity == self.current:
            return

        def work(task: Task) -> Opened:
            make_sample(Path(address.location), settings, task)
            return _opened(address, settings, None)

        self.busy.emit(self.tr("Making the sample project…"))
        self._runner.run(Task(self, work, self.opened.emit))

    def ask_folder(self, window: QWidget) -> None:
        """Let the person choose a folder."""
        dialog = QFileDialog(window, self.tr("Open a folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._on_folder_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_places(self) -> None:
        """Show folders and connections in the browser."""
        folders = [p for p in self.settings.recent if not p.location.startswith("s3://")]
        try:
            self.browser.show_places(folders, connections.load_connections())
        except CloudAnnoError as error:
            self.failed.emit(error)

    def _on_folder_chosen(self, folder: str) -> None:
        self.open(parse_address(folder, None))

    def _on_level_wanted(self, node: Node, level: Level) -> None:
        def work(_task: Task) -> list[str]:
            return _names_below(level, self._secrets.of(level.connection))

        def done(names: list[str]) -> None:
            self.browser.show_level(node, names)

        def failed(error: CloudAnnoError) -> None:
            self.browser.show_problem(node, str(error))

        self._runner.run(Task(self.browser, work, done, failed))

    def _on_bucket_wanted(self, node: Node, name: str) -> None:
        connection = node.connection or Connection()

        def work(_task: Task) -> None:
            from cloudanno_desktop.bucket.buckets import create_bucket

            create_bucket(connection, name, self._secrets.of(connection))

        def done(_nothing: object) -> None:
            self.browser.refresh(node)

        self._runner.run(Task(self.browser, work, done))


def _opened(address: ProjectAddress, settings: Settings, secret: Secret | None) -> Opened:
    from cloudanno_desktop.workspace import Workspace

    importlib.import_module(WORKED_WITH)  # slow: the window goes on meanwhile
    return Opened(Workspace.open(address, settings, secret), secret)


def _names_below(level: Level, secret: Secret | None) -> list[str]:
    from cloudanno_desktop.bucket.opening import list_buckets, open_bucket

    if not level.location:
        return sorted(list_buckets(level.connection or Connection(), secret))
    bucket = open_bucket(ProjectAddress(level.location, level.connection), secret)
    try:
        names = {prefix for page in bucket.list_pages(delimiter="/") for prefix in page.prefixes}
    finally:
        bucket.close()
    return sorted(name for name in names if name not in {"_cloudanno/", "models/"})
