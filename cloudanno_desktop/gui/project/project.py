"""One open project with its lanes, wired to the window; opened and closed as a whole."""

import threading
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.messages import Level, Message
from cloudanno_desktop.gui.common.tasks import Lane, Task
from cloudanno_desktop.gui.history.lost_question import LostQuestion
from cloudanno_desktop.gui.project.connectivity import Connectivity
from cloudanno_desktop.gui.project.edit_session import Session
from cloudanno_desktop.gui.project.folder_watch import FolderWatch
from cloudanno_desktop.gui.project.grid_controller import Showing, Views
from cloudanno_desktop.gui.project.label_controls import LabelControls
from cloudanno_desktop.gui.project.quick_look_controller import Looking
from cloudanno_desktop.gui.project.refresh_scheduler import Refreshing
from cloudanno_desktop.gui.project.shell import Shell
from cloudanno_desktop.gui.project.sync_controller import Saving
from cloudanno_desktop.gui.project.thumbnail_source import ThumbnailSource
from cloudanno_desktop.gui.project.transfer_controls import TransferControls
from cloudanno_desktop.gui.transfers.transfer_list import TransferList
from cloudanno_desktop.projects.workspace import Workspace


class Project(QObject):
    """An open project.

    Attributes:
        settings: those in use.
        moving: held while objects are moved; the workspace is let go of after that.

    Signals:
        closed: everything is saved as far as it could be, and let go of.
    """

    closed = Signal()

    def __init__(self, workspace: Workspace, shell: Shell, views: Views) -> None:
        super().__init__()
        self.workspace = workspace
        runner, settings = shell.runner, shell.settings
        self._runner = runner
        self.settings = settings
        self._views = views
        self._say = shell.say
        self.media = MediaClient(shell.spare, self)
        self.session = Session(workspace, runner, self)
        self.transfers = TransferControls(self.session, self.media, shell)
        self.saving = Saving(workspace, self.media, runner, self)
        self.connectivity = Connectivity(workspace.bucket, runner, self)
        self.refreshing = Refreshing(settings.current.refresh_s, self._may_look, self)
        self.thumbnails = ThumbnailSource(self.media, runner, self)
        self.showing = Showing(self.session, self.thumbnails, self.transfers.scans, views)
        self.labels = LabelControls.make(
            self.session, self.saving, self.transfers.queue, shell, views
        )
        self._looking = Looking(self.session, self.media, runner, views)
        self._is_closing = False
        self._told = ""
        self._has_told_offline = False
        self._waits_for = {"media", "workspace"}
        self.moving = threading.Lock()
        self._watch = self._folder_watch()
        self._connect()

    @property
    def controllers(self) -> tuple[QObject, ...]:
        """The objects that handle actions."""
        return self, self.session, self.showing, self._looking, *self.labels.controllers

    def start(self, secret: Secret | None, transfers: TransferList) -> None:
        """Show what is known, then look for news in the bucket."""
        self.transfers.show_in(transfers)
        self.media.open_project(self.workspace.address, self.workspace.database.path, secret)
        self.showing.start()
        self.transfers.scans.scan()
        if self._watch is not None:
            self._watch.start()

    def run(self, task: Task) -> None:
        """Run a task in its lane."""
        self._runner.run(task)

    @handles(Action.REFRESH)
    def refresh(self) -> None:
        """Look for new pictures and for the labels of others, or for the storage itself."""
        self.transfers.queue.note_network()  # what waits for it tries now
        self.connectivity.ask()
        if not self.connectivity.is_online:
            return
        self._views.grid.ask_again()
        self.transfers.scans.scan()
        self.saving.synchronise()

    def show_moved(self) -> bool:
        """Show and save what moving or deleting pictures changed; say whether anybody looks."""
        if self._is_closing:
            return False
        self.session.note_outside_change()
        self.showing.show_images()
        self.saving.note_edit()
        return True

    def close(self) -> None:
        """Save what waits, then let go of everything; ``closed`` follows."""
        if self._is_closing:
            return
        self._is_closing = True
        self.session.stop_reading()
        self.showing.stop()
        self.labels.remembering.close()
        self._looking.close()
        self.saving.close()
        self.connectivity.close()
        self.transfers.close()
        self.refreshing.stop()
        if self._watch is not None:
            self._watch.close()
        self.media.retire()
        # after the edits that still wait in the database lane
        self._runner.run(Task(self, lambda _task: None, self._on_edits_done, lane=Lane.DATABASE))

    def _folder_watch(self) -> FolderWatch | None:
        if not self.workspace.address.is_folder:
            return None
        watch = FolderWatch(Path(self.workspace.address.location), self)
        watch.images_changed.connect(self.refreshing.note_change)
        watch.labels_changed.connect(self.saving.take_in)
        watch.closed.connect(lambda: self._note_end("watch"))
        self._waits_for.add("watch")
        return watch

    def _connect(self) -> None:
        self.settings.changed.connect(self._use_settings)
        self._use_settings()
        self.session.edited.connect(self.saving.note_edit)
        self.labels.trashing.changed.connect(self.showing.show_images)
        self.showing.settled.connect(self.saving.take_in)
        self.transfers.scans.failed.connect(self._on_traffic_failed)
        self.transfers.queue.failed.connect(self._on_traffic_failed)
        self.transfers.scans.scan_ended.connect(self._on_scan_ended)
        self.saving.saved.connect(lambda: self.session.count(self.showing.show_labels))
        self.saving.taken_in.connect(self._on_taken_in)
        self.saving.failed.connect(self._on_saving_failed)
        self.saving.warned.connect(self._on_warned)
        self.saving.offline_changed.connect(self._on_offline)
        self._connect_news()
        self.media.crashed.connect(self._on_media_crashed)
        self.media.closed.connect(self._on_media_closed)

    def _use_settings(self) -> None:
        settings = self.settings.current
        self.workspace.labels.author = settings.author_name
        self.media.use_settings(settings)
        self.refreshing.use_interval(settings.refresh_s)

    def _connect_news(self) -> None:
        status = self._views.window.status
        self.saving.running_changed.connect(lambda running: status.show_saving(is_running=running))
        self.transfers.scans.reached.connect(lambda reached: self._on_offline(not reached))
        self.transfers.scans.scan_began.connect(self.refreshing.note_begin)
        self.refreshing.due.connect(self._look_for_news)
        self.transfers.offline.progressed.connect(status.show_keeping)
        self.connectivity.changed.connect(self._on_connection_changed)

    def _on_edits_done(self, _nothing: object) -> None:
        self.saving.save_last(self._let_go)

    def _let_go(self) -> None:
        self.media.close()
        self.session.close()
        self._runner.run(Task(self, self._close_files, self._on_let_go))

    def _close_files(self, _task: Task) -> None:
        with self.moving:
            self.thumbnails.close()
            self.workspace.close()

    def _on_let_go(self, _nothing: object) -> None:
        self._note_end("workspace")

    def _on_media_closed(self) -> None:
        self._note_end("media")

    def _note_end(self, part: str) -> None:
        self._waits_for.discard(part)
        if self._is_closing and not self._waits_for:
            self.closed.emit()

    def _may_look(self) -> bool:
        window = self._views.window
        return self.connectivity.is_online and window.isVisible() and not window.isMinimized()

    def _look_for_news(self) -> None:
        self.transfers.scans.scan(is_quiet=True)
        self.saving.take_in()

    def _on_offline(self, is_offline: bool) -> None:
        if self._is_closing:
            return
        if is_offline:
            self.connectivity.note_silence()
        else:
            self.transfers.queue.note_network()
            self.connectivity.note_answer()

    def _on_connection_changed(self, is_online: bool) -> None:
        self._views.window.status.show_connection(self.connectivity.offline_since)
        if is_online:
            self._views.grid.ask_again()
            self.transfers.scans.scan(is_quiet=True)
            self.saving.synchronise()
            return
        self.saving.pause()
        self.refreshing.stop()
        if not self._has_told_offline:
            self._has_told_offline = True
            text = self.tr(
                "The storage cannot be reached. You can go on: changes are kept and saved later."
            )
            self._say(Message(Level.INFO, text))

    def _on_scan_ended(self, is_complete: bool) -> None:
        self.refreshing.note_end(self.transfers.scans.last_scan_s, is_complete=is_complete)
        if is_complete and not self._is_closing:
            self.transfers.offline.update()
        if is_complete:
            self.showing.show_images()

    def _on_traffic_failed(self, sentence: str, details: str) -> None:
        retry = self.tr("Try again")
        self._say(Message(Level.ERROR, sentence, details, retry, self.refresh))

    def _on_saving_failed(self, error: CloudAnnoError) -> None:
        self.session.note_outside_change()  # what could be taken in is shown
        text = str(error)
        if text == self._told:
            return
        self._told = text
        if self.session.counts().pending:
            kept = self.tr("Your labels are kept on this computer, but not in the bucket yet: %1")
            text = kept.replace("%1", text)
        retry = self.tr("Try again")
        self._say(Message(Level.WARNING, text, "", retry, self.saving.synchronise))

    def _on_warned(self, warnings: tuple[str, ...]) -> None:
        if not warnings:
            return
        text, action = " ".join(warnings), ""
        act = partial(self._ask_lost, text)
        if self.workspace.sync.is_lost:
            action = self.tr("Choose…")
        elif not self.workspace.sync.is_whole:
            action, act = self.tr("Go on without it"), partial(self.saving.leave_out_damaged)
        self._say(Message(Level.WARNING, text, "", action, act))

    def _ask_lost(self, text: str) -> None:
        question = LostQuestion(text, self._views.window)
        question.resend_wanted.connect(self.saving.resend)
        question.anew_wanted.connect(self.saving.start_anew)
        question.open()

    def _on_taken_in(self) -> None:
        self.session.note_outside_change()
        reason = self.workspace.labels.read_only_reason or ""
        if reason and reason != self._told:
            text = self.tr("This project can only be looked at: %1").replace("%1", reason)
            self._say(Message(Level.WARNING, text))
        self._told = reason

    def _on_media_crashed(self, details: str, is_restarted: bool) -> None:
        if self._is_closing:
            return
        text = self.tr("The process that reads pictures ended unexpectedly.")
        if is_restarted:
            text = self.tr("The process that reads pictures ended and was started again.")
        self._say(Message(Level.WARNING, text, details))
