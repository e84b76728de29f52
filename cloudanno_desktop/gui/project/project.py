"""One open project with its lanes, wired to the window; opened and closed as a whole."""

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.bucket.connections.address import ProjectAddress
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.messages import Level, Message
from cloudanno_desktop.gui.common.tasks import Task
from cloudanno_desktop.gui.history.lost_question import LostQuestion
from cloudanno_desktop.gui.project.connectivity import Connectivity
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.folder_watch import FolderWatch
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.grid_controls import GridControls
from cloudanno_desktop.gui.project.label_controls import LabelControls
from cloudanno_desktop.gui.project.refresh_scheduler import RefreshScheduler
from cloudanno_desktop.gui.project.shell import Shell
from cloudanno_desktop.gui.project.sync_controller import SyncController
from cloudanno_desktop.gui.project.transfer_controls import TransferControls
from cloudanno_desktop.gui.transfers.transfer_list import TransferList
from cloudanno_desktop.projects.folders import CurrentProject, current_in
from cloudanno_desktop.projects.workspace import Workspace


class Project(QObject):
    """An open project.

    Attributes:
        moving: held while objects are moved; the workspace is closed after that.
    """

    closed = Signal()  # everything is saved as far as possible, and released

    def __init__(self, workspace: Workspace, shell: Shell, views: ProjectViews) -> None:
        super().__init__()
        self.workspace = workspace
        runner, settings = shell.runner, shell.settings
        self._runner = runner
        self.settings = settings
        self._views = views
        self._say = shell.say
        self.media = MediaClient(shell.spare, self)
        self.session = EditSession(workspace, runner, self)
        self.transfers = TransferControls(self.session, self.media, shell)
        self.sync_controller = SyncController(workspace, self.media, runner, self)
        self.connectivity = Connectivity(workspace.bucket, runner, self)
        self.refresh_scheduler = RefreshScheduler(settings.current.refresh_s, self._may_look, self)
        self.grid = GridControls(self.session, self.media, self.transfers.scans, runner, views)
        self.labels = LabelControls(
            self.session, self.sync_controller, self.transfers.queue, shell, views
        )
        self._is_closing = False
        self._reported = ""
        self._has_reported_offline = False
        self._waits_for = {"media", "workspace"}
        self.moving = threading.Lock()
        self._watch = self._folder_watch()
        self._connect()

    @property
    def controllers(self) -> tuple[QObject, ...]:
        return self, self.session, *self.grid.controllers, *self.labels.controllers

    def start(self, secret: Secret | None, transfers: TransferList) -> None:
        self.transfers.show_in(transfers)
        self.media.open_project(self.workspace.address, self.workspace.database.path, secret)
        self.grid.controller.start()
        self.transfers.scans.scan()
        if self._watch is not None:
            self._watch.start()

    def run(self, task: Task) -> None:
        self._runner.run(task)

    @handles(Action.REFRESH)
    def refresh(self) -> None:
        """Look for new pictures and the labels of collaborators, or for the storage itself."""
        self.transfers.queue.note_network()  # what waits for it tries now
        self.connectivity.ask()
        if not self.connectivity.is_online:
            return
        self._views.grid.ask_again()
        self.transfers.scans.scan()
        self.sync_controller.synchronise()

    def show_moved(self) -> bool:
        """Show and save what moving or deleting pictures changed; ``False`` while closing."""
        if self._is_closing:
            return False
        self.session.note_outside_change()
        self.grid.controller.show_images()
        self.sync_controller.note_edit()
        return True

    def find_current(self, top: ProjectAddress) -> CurrentProject | None:
        """Return what of this project lies in a bucket or folder, for whoever changes it."""
        current = current_in(top, self.workspace)
        if current is None:
            return None
        return replace(current, is_online=self.connectivity.is_online, lock=self.moving)

    def close(self) -> None:
        """Save what is pending, then release everything; ``closed`` follows."""
        if self._is_closing:
            return
        self._is_closing = True
        self.session.stop_reading()
        self.grid.close()
        self.labels.history_controller.close()
        self.sync_controller.close()
        self.connectivity.close()
        self.transfers.close()
        self.refresh_scheduler.stop()
        if self._watch is not None:
            self._watch.close()
        self.media.retire()
        self.session.after_edits(lambda: self.sync_controller.save_last(self._release))

    def _folder_watch(self) -> FolderWatch | None:
        if not self.workspace.address.is_folder:
            return None
        watch = FolderWatch(Path(self.workspace.address.location), self)
        watch.images_changed.connect(self.refresh_scheduler.note_change)
        watch.labels_changed.connect(self.sync_controller.take_in)
        watch.closed.connect(lambda: self._note_end("watch"))
        self._waits_for.add("watch")
        return watch

    def _connect(self) -> None:
        self.settings.changed.connect(self._use_settings)
        self._use_settings()
        self.session.edited.connect(self.sync_controller.note_edit)
        self.labels.trash_controller.changed.connect(self.grid.controller.show_images)
        self.grid.controller.resolved.connect(self.sync_controller.take_in)
        self.transfers.scans.failed.connect(self._on_traffic_failed)
        self.transfers.queue.failed.connect(self._on_traffic_failed)
        self.transfers.scans.scan_ended.connect(self._on_scan_ended)
        self.sync_controller.saved.connect(
            lambda: self.session.count(self.grid.controller.show_labels)
        )
        self.sync_controller.taken_in.connect(self._on_taken_in)
        self.sync_controller.failed.connect(self._on_saving_failed)
        self.sync_controller.warned.connect(self._on_warned)
        self.sync_controller.offline_changed.connect(self._on_offline)
        self._connect_news()
        self.media.crashed.connect(self._on_media_crashed)
        self.media.closed.connect(partial(self._note_end, "media"))

    def _use_settings(self) -> None:
        settings = self.settings.current
        self.workspace.labels.author = settings.author_name
        self.media.use_settings(settings)
        self.refresh_scheduler.use_interval(settings.refresh_s)

    def _connect_news(self) -> None:
        status = self._views.window.status
        self.sync_controller.running_changed.connect(
            lambda running: status.show_saving(is_running=running)
        )
        self.transfers.scans.reached.connect(lambda reached: self._on_offline(not reached))
        self.transfers.scans.scan_began.connect(self.refresh_scheduler.note_begin)
        self.refresh_scheduler.due.connect(self._look_for_news)
        self.transfers.offline.progressed.connect(status.show_offline_selection)
        self.connectivity.changed.connect(self._on_connection_changed)

    def _release(self) -> None:
        self.media.close()
        self.session.close()
        self._runner.run(Task(self, self._close_files, lambda _: self._note_end("workspace")))

    def _close_files(self, _task: Task) -> None:
        with self.moving:
            self.grid.thumbnails.close()
            self.workspace.close()

    def _note_end(self, part: str) -> None:
        self._waits_for.discard(part)
        if self._is_closing and not self._waits_for:
            self.closed.emit()

    def _may_look(self) -> bool:
        window = self._views.window
        return self.connectivity.is_online and window.isVisible() and not window.isMinimized()

    def _look_for_news(self) -> None:
        self.transfers.scans.scan(is_quiet=True)
        self.sync_controller.take_in()

    def _on_offline(self, is_offline: bool) -> None:
        if self._is_closing:
            return
        if is_offline:
            self.connectivity.note_silence()
        else:
            self.transfers.queue.note_network()
            self.connectivity.note_reply()

    def _on_connection_changed(self, is_online: bool) -> None:
        self._views.window.status.show_connection(self.connectivity.offline_since)
        if is_online:
            self._views.grid.ask_again()
            self.transfers.scans.scan(is_quiet=True)
            self.sync_controller.synchronise()
            return
        self.sync_controller.pause()
        self.refresh_scheduler.stop()
        if not self._has_reported_offline:
            self._has_reported_offline = True
            text = self.tr(
                "The storage cannot be reached. You can keep working: changes are saved later."
            )
            self._say(Message(Level.INFO, text))

    def _on_scan_ended(self, is_complete: bool) -> None:
        self.refresh_scheduler.note_end(self.transfers.scans.last_scan_s, is_complete=is_complete)
        if is_complete and not self._is_closing:
            self.transfers.offline.update()
        if is_complete:
            self.grid.controller.show_images()
            self.labels.admin.offer_folders()

    def _on_traffic_failed(self, sentence: str, details: str) -> None:
        retry = self.tr("Try again")
        self._say(Message(Level.ERROR, sentence, details, retry, self.refresh))

    def _on_saving_failed(self, error: CloudAnnoError) -> None:
        self.session.note_outside_change()  # what could be taken in is shown
        text = str(error)
        if text == self._reported:
            return
        self._reported = text
        if self.session.counts().pending:
            local = self.tr("Your labels are saved on this computer, but not in the bucket yet: %1")
            text = local.replace("%1", text)
        retry = self.tr("Try again")
        self._say(Message(Level.WARNING, text, "", retry, self.sync_controller.synchronise))

    def _on_warned(self, warnings: tuple[str, ...]) -> None:
        if not warnings:
            return
        message = Message(Level.WARNING, " ".join(warnings))
        if self.workspace.sync.is_lost:
            ask = partial(self._ask_lost, message.text)
            message = replace(message, action=self.tr("Choose…"), act=ask)
        elif not self.workspace.sync.is_whole:
            go_on = self.sync_controller.leave_out_damaged
            message = replace(message, action=self.tr("Continue without it"), act=go_on)
        self._say(message)

    def _ask_lost(self, text: str) -> None:
        question = LostQuestion(text, self._views.window)
        question.resend_requested.connect(self.sync_controller.resend)
        question.anew_requested.connect(self.sync_controller.start_anew)
        question.open()

    def _on_taken_in(self) -> None:
        self.session.note_outside_change()
        reason = self.workspace.labels.read_only_reason or ""
        if reason and reason != self._reported:
            text = self.tr("This project is read-only: %1").replace("%1", reason)
            self._say(Message(Level.WARNING, text))
        self._reported = reason

    def _on_media_crashed(self, details: str, is_restarted: bool) -> None:
        if self._is_closing:
            return
        text = self.tr("The process that reads pictures stopped unexpectedly.")
        if is_restarted:
            text = self.tr("The process that reads pictures stopped and was restarted.")
        self._say(Message(Level.WARNING, text, details))
