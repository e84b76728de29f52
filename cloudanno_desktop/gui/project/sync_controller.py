"""Saves local edits to the bucket, batched, and takes in those of collaborators.

Operations are already on disk on this computer, so a failure loses nothing and is retried. The
annotation files and the snapshots are written by the media process: with a million pictures that
takes seconds of computing.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.errors import CloudAnnoError, Failed
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.labels.naming_rules import RuleProfile
from cloudanno_desktop.media_messages.commands import WriteFiles
from cloudanno_desktop.media_messages.replies import Failure
from cloudanno_desktop.projects.workspace import Workspace

if TYPE_CHECKING:
    from cloudanno_desktop.gui.common.media_request import Request

_log = logging.getLogger(__name__)

FLUSH_AFTER_MS = 3_000
WRITE_FILES_AFTER_MS = 30_000
RETRY_AFTER_MS = 20_000


class SyncController(QObject):
    """Flushes the journal seconds after an edit, the annotation files at most every half minute."""

    saved = Signal()  # everything is in the bucket
    taken_in = Signal()  # labels of collaborators came in
    offline_changed = Signal(bool)  # whether the last attempt found the storage unreachable
    running_changed = Signal(bool)  # whether a sync is running
    warned = Signal(object)  # sentences about what is missing from the labels
    undeleted = Signal(object)  # list of ``DeleteFailure``
    failed = Signal(object)  # any error but an unreachable storage

    def __init__(
        self,
        workspace: Workspace,
        media: MediaClient,
        runner: TaskRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._media = media
        self._runner = runner
        self._is_running = False
        self._is_dirty = False
        self._is_paused = False
        self._are_files_old = False
        self._request: Request | None = None
        self._seen: object = None
        self._warned: tuple[str, ...] = ()
        self._turn = threading.Lock()
        self._flush = QTimer(self, singleShot=True, interval=FLUSH_AFTER_MS)
        self._flush.timeout.connect(self._on_flush)
        self._files = QTimer(self, singleShot=True, interval=WRITE_FILES_AFTER_MS)
        self._files.timeout.connect(self.synchronise)

    def note_edit(self) -> None:
        self._are_files_old = True
        if self._is_paused:
            return
        self._flush.start()
        if not self._files.isActive():
            self._files.start()

    def take_in(self) -> None:
        """Read the project's labels from the bucket; ``taken_in`` follows if there is news."""

        def work(_task: Task) -> None:
            self._workspace.sync.open()
            _log.info("sync: %d taken in", self._workspace.sync.pull())

        if not self._is_running:
            self._run(work, self._report_news)

    def pause(self) -> None:
        """Try nothing while the storage cannot be reached; ``synchronise`` resumes."""
        self._is_paused = True
        self._flush.stop()
        self._files.stop()

    def use_multi_label(
        self, failed: Callable[[CloudAnnoError], None], *, multi_label: bool
    ) -> None:
        def work(_task: Task) -> None:
            with self._turn:
                self._workspace.sync.use_multi_label(multi_label=multi_label)

        def done(_nothing: object) -> None:
            self.taken_in.emit()
            self.note_edit()

        self._runner.run(Task(self, work, done, failed))

    def use_rules(self, profile: RuleProfile, pattern: str) -> None:
        def work(_task: Task) -> None:
            with self._turn:
                self._workspace.sync.use_rules(profile, pattern)

        self._runner.run(Task(self, work, lambda _: self.taken_in.emit(), self.failed.emit))

    def leave_out_damaged(self) -> None:
        self._exchange_after(self._workspace.sync.leave_out_damaged)

    def resend(self) -> None:
        self._exchange_after(self._workspace.sync.resend)

    def start_anew(self) -> None:
        self._exchange_after(self._workspace.sync.start_anew)

    def _exchange_after(self, prepare: Callable[[], object]) -> None:
        def work(_task: Task) -> None:
            prepare()
            self._workspace.exchange()

        self._run(work, self._on_exchanged)

    def synchronise(self) -> None:
        self._is_paused = False
        self._exchange_after(self._delete_waiting)

    def save_last(self, then: Callable[[], None]) -> None:
        """Save what is pending, as far as possible, after what is under way; ``then`` follows."""

        def work(_task: Task) -> bool:
            with self._turn:
                return not self._is_paused and self._exchange_last()

        def done(is_saved: bool) -> None:
            if not is_saved:
                then()
                return
            request = self._media.request(WriteFiles(closing=True), self)
            for end in (request.done, request.failed, request.stopped):
                end.connect(then)

        self._runner.run(Task(self, work, done, lambda _error: then()))

    def close(self) -> None:
        """Stop; from now on only ``save_last`` calls back."""
        self._flush.stop()
        self._files.stop()
        self._runner.cancel_all(self)
        if self._request is not None:
            self._request.blockSignals(True)

    def _exchange_last(self) -> bool:
        self._delete_waiting()
        if not self._are_files_old and not self._workspace.labels.pending():
            return False
        self._workspace.exchange()
        return True

    def _delete_waiting(self) -> None:
        failures = self._workspace.flush_deletions()
        if failures:
            self.undeleted.emit(failures)

    def _on_flush(self) -> None:
        def work(_task: Task) -> None:
            self._delete_waiting()
            _log.info("sync: %d sent", self._workspace.sync.push())

        self._run(work, self.saved.emit)

    def _on_exchanged(self) -> None:
        self.saved.emit()
        self._report_news()
        self._set_running(is_running=True)
        self._are_files_old = False
        self._request = request = self._media.request(WriteFiles(), self)
        request.done.connect(self._on_files_written)
        request.stopped.connect(self._on_files_stopped)
        request.failed.connect(self._on_files_failed)

    def _on_files_written(self) -> None:
        self._end_files()
        self._report_news()
        self._again_if_dirty()

    def _on_files_stopped(self) -> None:
        self._end_files()
        self._are_files_old = True

    def _on_files_failed(self, failure: Failure) -> None:
        self._end_files()
        self._are_files_old = True
        if failure.kind == "offline":
            self.offline_changed.emit(True)
        elif failure.kind == "bug":
            self._runner.crashed.emit(RuntimeError(failure.message))
        else:
            self._files.start()
            self.failed.emit(Failed(failure.message))

    def _end_files(self) -> None:
        self._request = None
        self._set_running(is_running=False)

    def _report_news(self) -> None:
        labels = self._workspace.labels
        seen = (labels.revision, labels.read_only_reason, labels.project)
        if seen != self._seen:
            self._seen = seen
            self.taken_in.emit()
        warnings = self._workspace.sync.warnings()
        if warnings != self._warned:
            self._warned = warnings
            self.warned.emit(warnings)

    def _run(self, work: Callable[[Task], object], then: Callable[[], None]) -> None:
        if self._is_running:
            self._is_dirty = True
            return
        self._set_running(is_running=True)

        def done(_result: object) -> None:
            self._set_running(is_running=False)
            self.offline_changed.emit(False)
            then()
            if not self._is_running:
                self._again_if_dirty()

        def work_alone(task: Task) -> object:
            with self._turn:
                return work(task)

        self._runner.run(Task(self, work_alone, done, self._on_failed))

    def _on_failed(self, error: CloudAnnoError) -> None:
        _log.info("sync failed: %s", error)
        self._set_running(is_running=False)
        if isinstance(error, Unreachable):
            self.offline_changed.emit(True)
        else:
            self._flush.start(RETRY_AFTER_MS)
            self.failed.emit(error)

    def _set_running(self, *, is_running: bool) -> None:
        self._is_running = is_running
        self.running_changed.emit(is_running)

    def _again_if_dirty(self) -> None:
        self._flush.setInterval(FLUSH_AFTER_MS)
        if self._is_dirty:
            self._is_dirty = False
            self.note_edit()
