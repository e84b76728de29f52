"""Keeps the originals of chosen folders offline while the project is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cloudanno_desktop.gui.browser.offline_dialog import CostOf, OfflineDialog
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.tasks import Lane, Task, TaskRunner
from cloudanno_desktop.gui.transfers.transfer_list import TransferList
from cloudanno_desktop.gui.transfers.transfer_row import TransferEnd
from cloudanno_desktop.index.offline_prefixes import FolderSize, OfflinePrefixes
from cloudanno_desktop.media_messages.commands import KeepOffline
from cloudanno_desktop.media_messages.replies import OfflineStatus
from cloudanno_desktop.projects.workspace import Workspace

if TYPE_CHECKING:
    from cloudanno_desktop.gui.common.media_request import Request


@dataclass(frozen=True, slots=True)
class _Choice:
    folders: list[FolderSize]
    chosen: list[str]


class OfflineController(QObject):
    """Asks what to keep offline and has the media process fetch it; that can be cancelled."""

    progressed = Signal(int, int)  # originals that are here, of how many
    started = Signal(object, str)  # ``Request``, title; there is something to fetch
    ended = Signal(object, object)  # ``Request``, ``TransferEnd``

    def __init__(
        self,
        workspace: Workspace,
        media: MediaClient,
        runner: TaskRunner,
        say: Say,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._prefixes = OfflinePrefixes(workspace.database, workspace.folder.parent)
        self._media = media
        self._runner = runner
        self._say = say
        self._request: Request | None = None
        self._is_needed_again = False
        self._has_asked = False
        self._is_shown = False
        self._was_cancelled = False

    def ask(self, window: QWidget, cost_of: CostOf, *ticked: str) -> None:
        def work(_task: Task) -> _Choice:
            return _Choice(self._prefixes.folders(*ticked), [*self._prefixes.all(), *ticked])

        def done(choice: _Choice) -> None:
            dialog = OfflineDialog(choice.folders, choice.chosen, cost_of, window)
            dialog.chosen.connect(self.keep)
            dialog.open()

        self._runner.run(Task(self, work, done, lane=Lane.DATABASE))

    def keep(self, prefixes: Sequence[str]) -> None:
        def done(_nothing: object) -> None:
            self._has_asked = True
            self._was_cancelled = False
            self._fetch()

        work = Task(self, lambda _task: self._prefixes.use(prefixes), done, lane=Lane.DATABASE)
        self._runner.run(work)

    def update(self) -> None:
        """Fetch what is new in the chosen folders, unless the user has cancelled that."""
        if not self._was_cancelled and self._prefixes.all():
            self._fetch()

    def show_in(self, transfers: TransferList) -> None:
        self.started.connect(transfers.start)
        self.ended.connect(transfers.finish)

    def close(self) -> None:
        self._runner.cancel_all(self)

    def _fetch(self) -> None:
        if self._request is not None:
            self._is_needed_again = True
            return
        self._request = request = self._media.request(KeepOffline(), self)
        request.progressed.connect(self._on_progressed)
        request.done.connect(self._on_done)
        request.stopped.connect(self._on_stopped)
        request.failed.connect(self._on_failed)

    def _on_progressed(self, done: int, total: int | None) -> None:
        if not total:
            return
        self.progressed.emit(done, total)
        if not self._is_shown and done < total:
            self._is_shown = True
            self.started.emit(self._request, self.tr("Keep offline"))

    def _on_done(self, report: OfflineStatus) -> None:
        text = self.tr("%n picture(s) available offline", "", report.images)
        self._end(TransferEnd(text, is_error=bool(report.failed)))
        if self._has_asked and report.failed:
            lines = "\n".join(f"{item.name}\n    {item.reason}" for item in report.failed)
            text = self.tr("%n picture(s) could not be kept offline.", "", len(report.failed))
            self._say(Message(Level.WARNING, text, lines))
        elif self._has_asked and report.images:
            text = self.tr("%n picture(s) available offline.", "", report.images)
            self._say(Message(Level.GOOD, text))
        self._has_asked = False

    def _on_stopped(self) -> None:
        self._was_cancelled = True
        self._end(TransferEnd(self.tr("cancelled; fetched pictures stay")))

    def _on_failed(self) -> None:
        """Continue after the next scan; fetched pictures stay."""
        self._end(TransferEnd(self.tr("will continue later"), is_error=True))

    def _end(self, end: TransferEnd) -> None:
        self.ended.emit(self._request, end)
        self._request, self._is_shown = None, False
        self.progressed.emit(0, 0)
        if self._is_needed_again:
            self._is_needed_again = False
            self._fetch()
