"""Publish a trained model from the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cloudanno_desktop.dataset.run_folder import RunFolder
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.model.publish_dialog import PublishDialog
from cloudanno_desktop.gui.window.main_window import MainWindow
from cloudanno_desktop.projects.workspace import Workspace

if TYPE_CHECKING:
    from cloudanno_desktop.publish.publisher import Published

Chosen = tuple[str, tuple[str, ...]]  # branch, formats
BRANCHES = ("dev", "main")


class PublishController(QObject):
    def __init__(
        self, workspace: Workspace, runner: TaskRunner, window: MainWindow, say: Say
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._runner = runner
        self._window = window
        self._say = say
        self._branch = BRANCHES[0]  # the last one that was published to

    def open(self, run: RunFolder, theme: Theme) -> None:
        dialog = PublishDialog(theme, run.read_result(), (self._branch, *BRANCHES), self._window)
        dialog.publish_requested.connect(
            lambda branch, formats: self._publish(dialog, run, (branch, formats))
        )
        dialog.open()
        self._list_branches(dialog)

    def _list_branches(self, dialog: PublishDialog) -> None:
        def ignored(_error: CloudAnnoError) -> None:
            """Leave the list as it is; publishing will report the same error."""

        bucket = self._workspace.bucket

        def work(_task: Task) -> list[str]:
            from cloudanno_desktop.publish.publisher import list_branches

            return [served.branch for served in list_branches(bucket)]

        self._runner.run(Task(dialog, work, dialog.show_branches, ignored))

    def _publish(self, dialog: PublishDialog, run: RunFolder, chosen: Chosen) -> None:
        workspace = self._workspace

        def work(task: Task) -> "Published":
            from cloudanno_desktop.publish.publisher import PublishOptions, publish

            return publish(
                workspace.bucket, run, chosen[0], PublishOptions(formats=chosen[1]), task
            )

        def done(published: "Published") -> None:
            from cloudanno_desktop.publish.pull_command import pull_command

            self._branch = published.branch
            command = pull_command(workspace.address, published.branch)
            dialog.show_done(published, command)
            text = self.tr("Published to “%1”").replace("%1", published.branch)
            self._say(Message(Level.GOOD, text))

        def failed(error: CloudAnnoError) -> None:
            dialog.show_problem(str(error))

        self._runner.run(Task(dialog, work, done, failed, dialog.show_progress))
