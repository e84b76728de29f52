"""Which request runs where in the media process, and how each of them ends."""

import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from cloudanno_desktop import log
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.errors import CloudAnnoError, Failed
from cloudanno_desktop.media.replies import Replies, RequestProgress
from cloudanno_desktop.media.requests import ServedProject, carry_out, open_project
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.media_messages import replies as messages
from cloudanno_desktop.progress import Cancelled
from cloudanno_desktop.settings import Settings

_log = logging.getLogger(__name__)

LAST_WAIT_S = 3.0
MOST_AT_ONCE = 8


class MediaServer:
    """Carries out requests: thumbnails by a queue, a few other requests side by side."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._project: ServedProject | None = None
        self._settings = Settings()
        # A fixed set of threads, because each keeps a connection of its own to the database.
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, "requests")
        self._running: dict[int, tuple[RequestProgress, Future[None]]] = {}

    def take(self, command: commands.Command) -> None:
        """Obey one command, in the order in which they came; who reads them ends at ``Quit``."""
        work = command.work if isinstance(command, commands.Start) else command
        _log.debug("asked: %s", type(work).__name__)
        match command:
            case commands.Prepare():
                _prepare()
            case commands.OpenProject():
                self._open(command)
            case commands.Start():
                self._start(command)
            case commands.WantThumbnails():
                self._want(command)
            case commands.Cancel():
                self._cancel(command.request)
            case commands.UseSettings():
                self._use_settings(command.settings)
            case commands.ControlBatch() | commands.ResolveExisting():
                self._steer(command)

    def close(self) -> bool:
        """Stop everything; say whether all threads have ended."""
        deadline = time.monotonic() + LAST_WAIT_S
        for running, _ in self._running.values():
            running.stop.set()
        if self._project:
            self._project.fetcher.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        _, late = wait([future for _, future in self._running.values()], LAST_WAIT_S)
        return not late and self._close_project(deadline)

    def _cancel(self, request: int) -> None:
        if request in self._running:
            self._running[request][0].stop.set()

    def _use_settings(self, settings: Settings) -> None:
        self._settings = settings
        if self._project:
            self._project.use_settings(settings)

    def _want(self, request: commands.WantThumbnails) -> None:
        if self._project:
            self._project.fetcher.want(request.images, request.size_px, request.generation)

    def _steer(self, command: commands.Steering) -> None:
        """Steer the queue, in order and at once: at most a short write."""
        try:
            if self._project:
                self._project.transfers.steer(command)
        except CloudAnnoError as error:
            self._replies.send(messages.TransfersFailed(messages.Failure("error", str(error))))

    def _open(self, command: commands.OpenProject) -> None:
        def opened() -> messages.Report:
            if self._project:
                raise Failed("This process already serves a project.")
            self._project = open_project(command, self._settings, self._replies)
            self._project.transfers.start()
            self._project.use_settings(self._settings)
            return messages.Opened()

        _reply(command.request, opened, self._replies)

    def _close_project(self, deadline: float) -> bool:
        if self._project is None:
            return True
        if not self._project.transfers.close():
            return False
        threads = self._project.fetcher.threads
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            return False
        self._project.cache.close()
        self._project.index.database.close()
        self._project.bucket.close()
        return True

    def _start(self, start: commands.Start) -> None:
        running = RequestProgress(start.request, self._replies)
        self._running = {n: pair for n, pair in self._running.items() if not pair[1].done()}
        future = self._pool.submit(self._run, start.work, running)
        self._running[start.request] = (running, future)

    def _run(self, work: commands.Work, running: RequestProgress) -> None:
        def finished() -> messages.Report:
            if self._project is None:
                raise Failed("No project is open.")
            return carry_out(self._project, work, running)

        _reply(running.request, finished, self._replies)


def _prepare() -> None:
    from cloudanno_desktop.bucket.s3 import client

    with log.passing_over(CloudAnnoError):  # reported when a project is opened
        client.prepare()


def _reply(request: int, work: Callable[[], messages.Report], replies: Replies) -> None:
    reply: messages.Finished | messages.Stopped | messages.RequestFailed
    try:
        reply = messages.Finished(request, work())
    except Cancelled:
        reply = messages.Stopped(request)
    except Unreachable as error:
        _log.info("request %d: %s", request, error)
        reply = _failed(request, "offline", str(error))
    except CloudAnnoError as error:
        _log.info("request %d: %s", request, error, exc_info=_log.isEnabledFor(logging.DEBUG))
        reply = _failed(request, "error", str(error))
    except Exception:  # noqa: BLE001 a bug is reported to the window, which shows the crash dialog
        _log.exception("a bug")
        reply = _failed(request, "bug", traceback.format_exc())
    replies.send(reply)


def _failed(request: int, kind: messages.FailureKind, message: str) -> messages.RequestFailed:
    return messages.RequestFailed(request, messages.Failure(kind, message))
