"""The actions on whole folders of a bucket: rename, move, delete, each after a count."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.browser.nodes import Node
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.progress_window import ProgressWindow, run_with_window
from cloudanno_desktop.gui.common.settings_store import SettingsStore
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.progress import Progress

if TYPE_CHECKING:
    from cloudanno_desktop.bucket.bulk import Amount
    from cloudanno_desktop.labels.move_images import MoveReport
    from cloudanno_desktop.projects.folders import CurrentProject, Folder

SecretOf = Callable[[Connection | None], Secret | None]
CountShown = tuple[
    Callable[["Amount"], None],
    Callable[[str], None],
    Callable[[int, int | None, str], None] | None,
]


class FolderActions(QObject):
    """Asks, then works on a folder and shows the progress in a window.

    Attributes:
        find_current: returns the open project if it lies in a bucket or folder, else ``None``.
    """

    changed = Signal(object)  # the Node whose contents were moved or deleted, at least in part

    def __init__(
        self,
        runner: TaskRunner,
        settings: SettingsStore,
        secret_of: SecretOf,
        window: QWidget,
        say: Say,
    ) -> None:
        super().__init__(window)
        self._runner = runner
        self._secret_of = secret_of
        self._window = window
        self._settings = settings
        self._say = say
        self.find_current: Callable[[ProjectAddress], CurrentProject | None] = lambda _top: None

    def ask_deletion(self, node: Node) -> None:
        from cloudanno_desktop.gui.browser.amounts import delete_text
        from cloudanno_desktop.gui.browser.object_dialogs import DeleteFolderDialog

        if self.says_why_not(node):
            return
        dialog = DeleteFolderDialog(node.prefix, self._window.window())

        def counted(amount: "Amount") -> None:
            is_folder = top_of(node).is_folder
            prices = self._settings.current.prices
            dialog.show_amount(delete_text(amount, prices, is_folder=is_folder))

        def failed(sentence: str) -> None:
            dialog.show_amount(sentence, is_deletable=False)

        self.measure(node, dialog, (counted, failed, None))
        dialog.accepted.connect(lambda: self._delete(node))
        dialog.open()

    def ask_rename(self, node: Node) -> None:
        from cloudanno_desktop.gui.browser.amounts import move_text
        from cloudanno_desktop.gui.browser.object_dialogs import NameDialog, QuestionText

        if self.says_why_not(node):
            return
        asked = QuestionText(
            self.tr("Rename or move a folder"),
            self.tr("Its objects are copied on the server, then the old ones are deleted."),
            self.tr("Rename"),
            self.tr("Path in the bucket"),
        )
        old = node.prefix.removesuffix("/")
        window = self._window.window()
        dialog = NameDialog(asked, old, lambda text: self._path_problem(old, text), window)
        dialog.await_amount()

        def counted(amount: "Amount") -> None:
            is_folder = top_of(node).is_folder
            prices = self._settings.current.prices
            dialog.show_amount(move_text(amount, prices, is_folder=is_folder))

        self.measure(node, dialog, (counted, dialog.show_problem, None))
        dialog.name_requested.connect(lambda text: self._rename(node, f"{text.strip('/')}/"))
        dialog.open()

    def measure(self, node: Node, owner: QObject, then: CountShown) -> None:
        """Count the objects in a place while the dialog ``owner`` is open."""
        counted, failed, progressed = then
        folder_of = self._folder_of(node)

        def work(task: Task) -> "Amount":
            from cloudanno_desktop.projects.folders import measure

            return measure(folder_of(), task)

        def report(error: CloudAnnoError) -> None:
            failed(str(error))

        self._runner.run(Task(owner, work, counted, report, progressed))

    def says_why_not(self, node: Node) -> bool:
        """Report what is not possible now, or would hurt the open project."""
        current = self.find_current(top_of(node))
        if current is None:
            return False
        text = self.tr("The storage of “%1” cannot be reached. Try again later.")
        if current.is_online:
            if not current.root.startswith(node.prefix):
                return False
            text = self.tr("“%1” contains the open project. Close the project first (Ctrl+W).")
        self._say(Message(Level.WARNING, text.replace("%1", node.text)))
        return True

    def run(
        self,
        node: Node,
        title: str,
        work: Callable[[Progress], object],
        done: Callable[..., None],
    ) -> None:
        """Work on a place and emit ``changed`` however it ends."""

        def succeeded(result: object) -> None:
            done(result)
            self.changed.emit(node)

        def failed(error: CloudAnnoError | None) -> None:
            text = str(error) if error else self.tr("Stopped. Changes so far are not undone.")
            self._say(Message(Level.ERROR if error else Level.INFO, text))
            self.changed.emit(node)

        window = ProgressWindow(title, self._window.window())
        run_with_window(self._runner, self, window, work, (succeeded, failed))

    def _delete(self, node: Node) -> None:
        folder_of = self._folder_of(node)

        def work(progress: Progress) -> "Amount":
            from cloudanno_desktop.projects.folders import delete_folder

            return delete_folder(folder_of(), progress)

        def done(amount: "Amount") -> None:
            text = self.tr("Deleted %n object(s).", "", amount.objects)
            self._say(Message(Level.GOOD, text))

        self.run(node, self.tr("Deleting “%1”").replace("%1", node.prefix), work, done)

    def _rename(self, node: Node, target: str) -> None:
        folder_of = self._folder_of(node)

        def work(progress: Progress) -> "MoveReport":
            from cloudanno_desktop.projects.folders import move_folder

            return move_folder(folder_of(), target, progress)

        def done(report: "MoveReport") -> None:
            text = self.tr("Moved %n object(s) to “%1”.", "", len(report.moved))
            self._say(move_message(text.replace("%1", target), report))

        self.run(node, self.tr("Moving “%1”").replace("%1", node.prefix), work, done)

    def _path_problem(self, old: str, text: str) -> str:
        from cloudanno_desktop.bucket.keys import key_problem

        path = text.strip("/")
        problem = key_problem(path)
        if problem:
            return self.tr("Not a valid path: %1.").replace("%1", problem)
        if f"{path}/".startswith(f"{old}/"):
            return self.tr("A folder cannot be moved into itself.")
        return ""

    def _folder_of(self, node: Node) -> "Callable[[], Folder]":
        """Return a function that finds a node's folder; slow, because it reads the secret."""
        top, current = top_of(node), self.find_current(top_of(node))
        prefix, settings = node.prefix, self._settings.current

        def folder() -> "Folder":
            from cloudanno_desktop.projects.folders import Folder

            return Folder(top, prefix, settings, self._secret_of(top.connection), current)

        return folder


def top_of(node: Node) -> ProjectAddress:
    """Return the whole bucket, or folder of a project, that a node lies in."""
    return ProjectAddress(node.top.location, node.connection)


def move_message(text: str, report: "MoveReport") -> Message:
    if not report.failed and not report.was_stopped:
        return Message(Level.GOOD, text)
    from PySide6.QtCore import QCoreApplication

    tr = QCoreApplication.translate
    if report.was_stopped:
        text = f"{text} {tr('moving', 'The rest was not moved.')}"
    if report.failed:
        text = f"{text} {tr('moving', '%n could not be moved.', '', len(report.failed))}"
    lines = "\n".join(f"{failure.key}\n    {failure.reason}" for failure in report.failed)
    return Message(Level.WARNING, text, lines)
