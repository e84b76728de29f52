"""The actions on places of the browser: list them, star them, create and delete buckets."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from cloudanno_desktop.bucket.connections.address import S3, ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import SecretMissing
from cloudanno_desktop.bucket.errors import AccessDenied
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.browser.browser import Browser, PlaceAction
from cloudanno_desktop.gui.browser.folder_actions import FolderActions, SecretOf, top_of
from cloudanno_desktop.gui.browser.nodes import Node, PlaceKind
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.settings import RecentProject

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudanno_desktop.bucket.level import Listing


class PlaceActions(QObject):
    """Carries out the user's actions in the browser."""

    place_typed = Signal(str, str)  # text of an address, name of its connection
    contents_changed = Signal()  # objects moved or deleted, perhaps of the open project
    keep_requested = Signal(object)  # ProjectAddress
    secret_needed = Signal(str, object)  # name of a connection, what to do with its secret
    edit_requested = Signal(str)  # name of a connection

    def __init__(
        self,
        runner: TaskRunner,
        settings: SettingsStore,
        secret_of: SecretOf,
        browser: Browser,
        say: Say,
    ) -> None:
        super().__init__(browser)
        self._runner = runner
        self._settings = settings
        self._secret_of = secret_of
        self._browser = browser
        self._say = say
        self._listings: dict[Node, Task] = {}
        self.folders = FolderActions(runner, settings, secret_of, browser, say)
        self._acts: dict[PlaceAction, Callable[[Node], None]] = {
            PlaceAction.STAR: self._star,
            PlaceAction.UNSTAR: self._unstar,
            PlaceAction.FORGET: self._forget,
            PlaceAction.BY_NAME: self._ask_name,
            PlaceAction.EDIT: lambda node: self.edit_requested.emit(node.text),
            PlaceAction.NEW_BUCKET: self._ask_bucket,
            PlaceAction.COPY_ADDRESS: self._copy_address,
            PlaceAction.KEEP: self._ask_to_keep,
            PlaceAction.RENAME: self.folders.ask_rename,
            PlaceAction.DELETE: self._ask_deletion,
        }
        self.folders.changed.connect(self._on_changed)
        browser.level_requested.connect(self._on_level_requested)
        browser.level_unwanted.connect(self._on_level_unwanted)
        browser.act_requested.connect(lambda act, node: self._acts[act](node))

    def _ask_to_keep(self, node: Node) -> None:
        if node.address is not None:
            self.keep_requested.emit(node.address)

    def _on_level_requested(self, node: Node) -> None:
        place = ProjectAddress(node.location, node.connection)

        def work(task: Task) -> "Listing":
            from cloudanno_desktop.bucket.level import list_level

            return list_level(place, self._secret_of(place.connection), task)

        def done(listing: "Listing") -> None:
            self._listings.pop(node, None)
            self._browser.show_level(node, listing)

        def failed(error: CloudAnnoError) -> None:
            self._listings.pop(node, None)
            self._show_problem(node, error)

        self._listings[node] = self._runner.run(Task(self, work, done, failed))

    def _on_level_unwanted(self, node: Node) -> None:
        task = self._listings.pop(node, None)
        if task is not None:
            task.cancel()

    def _show_problem(self, node: Node, error: CloudAnnoError) -> None:
        if isinstance(error, SecretMissing):
            self.secret_needed.emit(error.connection, partial(self._browser.refresh, node))
        if node.kind is PlaceKind.CONNECTION and isinstance(error, AccessDenied):
            text = self.tr("You are not allowed to list the buckets here (%1)")
            way = self.tr("Enter the name of a bucket…")
            self._browser.show_problem(node, text.replace("%1", error.code), way)
        else:
            self._browser.show_problem(node, str(error))

    def _star(self, node: Node) -> None:
        project = node.project or _project_at(node)
        known = self._settings.current
        if not any(p.is_same(project) for p in known.recent):
            known = known.with_recent(project)
        self._settings.use(known.with_star(project, is_favorite=True))

    def _unstar(self, node: Node) -> None:
        if node.project is not None:
            self._settings.use(self._settings.current.with_star(node.project, is_favorite=False))

    def _forget(self, node: Node) -> None:
        if node.project is not None:
            self._settings.use(self._settings.current.without_recent(node.project))

    def _copy_address(self, node: Node) -> None:
        is_prefix = node.kind is PlaceKind.PREFIX and not top_of(node).is_folder
        text = node.location + "/" * is_prefix
        QGuiApplication.clipboard().setText(text)
        self._say_good(self.tr("Copied: %1").replace("%1", text))

    def _ask_name(self, node: Node) -> None:
        from cloudanno_desktop.gui.browser.bucket_dialogs import BucketNameDialog

        dialog = BucketNameDialog(self._browser.window())
        dialog.place_requested.connect(lambda text: self.place_typed.emit(text, node.text))
        dialog.new_requested.connect(lambda: self._ask_bucket(node))
        dialog.open()

    def _ask_bucket(self, node: Node) -> None:
        request = self._browser.project_requested.emit

        def done(address: ProjectAddress) -> None:
            text = self.tr("Created bucket “%1”.").replace("%1", address.title)
            act = partial(request, address)
            self._say(Message(Level.GOOD, text, action=self.tr("Open"), act=act))
            self._browser.refresh(node)

        self.create_bucket(node.connection or Connection(), done)

    def create_bucket(
        self, connection: Connection, created: "Callable[[ProjectAddress], None]"
    ) -> None:
        """Ask for the name of a new bucket and create it."""
        from cloudanno_desktop.gui.browser.bucket_dialogs import NewBucketDialog

        def create(name: str, location: str) -> None:
            address = ProjectAddress(f"{S3}{name}", connection)

            def work(_task: Task) -> None:
                from cloudanno_desktop.bucket.bucket_admin import create_bucket

                create_bucket(connection, name, self._secret_of(connection), location)

            self._runner.run(Task(self, work, lambda _nothing: created(address)))

        dialog = NewBucketDialog(connection, self._browser.window())
        dialog.bucket_requested.connect(create)
        dialog.open()

    def _ask_deletion(self, node: Node) -> None:
        if node.kind is not PlaceKind.BUCKET:
            self.folders.ask_deletion(node)
        elif not self.folders.says_why_not(node):
            self._ask_bucket_deletion(node)

    def _ask_bucket_deletion(self, node: Node) -> None:
        from cloudanno_desktop.gui.browser.bucket_dialogs import DeleteBucketDialog

        dialog = DeleteBucketDialog(node.text, self._browser.window())

        def counting(counted: int, _total: int | None, _text: str) -> None:
            dialog.show_count(counted)

        self.folders.measure(node, dialog, (dialog.show_amount, dialog.show_problem, counting))
        dialog.deletion_requested.connect(lambda empties: self._delete_bucket(node, empties))
        dialog.open()

    def _delete_bucket(self, node: Node, empties: bool) -> None:
        def work(progress: Progress) -> None:
            from cloudanno_desktop.bucket.bucket_admin import delete_bucket

            secret = self._secret_of(node.connection)
            delete_bucket(top_of(node), secret, empties=empties, progress=progress)

        def done(_nothing: object) -> None:
            self._say_good(self.tr("Deleted bucket “%1”.").replace("%1", node.text))

        title = self.tr("Deleting bucket “%1”").replace("%1", node.text)
        self.folders.run(node, title, work, done)

    def _on_changed(self, node: Node) -> None:
        if node.up is not None:
            self._browser.refresh(node.up)
        self.contents_changed.emit()

    def _say_good(self, text: str) -> None:
        self._say(Message(Level.GOOD, text))


def _project_at(node: Node) -> RecentProject:
    name = node.connection.name if node.connection else ""
    address = node.address
    return RecentProject(address.title if address else node.text, node.location, name)
