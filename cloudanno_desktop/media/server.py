"""Which request runs where in the media process, and how each of them ends."""

import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from cloudanno_desktop import log
from cloudanno_desktop import media_messages as messages
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.errors import CloudAnnoError, Failed
from cloudanno_desktop.media.replies import Answers, Running
from cloudanno_desktop.media.requests import Project, Work, carry_out, open_project
from cloudanno_desktop.progress import Cancelled

_log = logging.getLogger(__name__)

LAST_WAIT_S = 3.0
MOST_AT_ONCE = 8


class MediaServer:
    """Carries out requests: thumbnails by a queue, a few other requests side by side.

    Args:
        answers: where to answer.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._project: Project | None = None
        # A fixed set of threads, because each keeps a connection of its own to the database.
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, "requests")
        self._running: dict[int, tuple[Running, Future[None]]] = {}

    def take(self, request: messages.Request) -> None:
        """Start one request, in the order in which they came."""
        _log.debug("asked: %s", type(request).__name__)
        match request:
            case messages.Prepare():
                _prepare()
            case messages.OpenProject():
                self._open(request)
            case messages.WantThumbnails():
                self._want(request)
            case messages.Cancel():
                if request.request in self._running:
                    self._running[request.request][0].stop.set()
            case messages.SteerTransfers() | messages.AnswerTaken() | messages.UseTerms():
                self._steer(request)
            case messages.Quit():
                pass  # the one who reads requests ends
            case _:
                self._start(request)

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

    def _want(self, request: messages.WantThumbnails) -> None:
        if self._project:
            images, size_px = request.images, request.size_px
            self._project.fetcher.want(images, size_px, request.generation)

    def _steer(self, request: messages.Steering) -> None:
        """Steer the queue, in order and at once: at most a short write."""
        try:
            if self._project:
                self._project.transfers.steer(request)
        except CloudAnnoError as error:
            self._answers.send(messages.Failed(0, "error", str(error)))

    def _open(self, request: messages.OpenProject) -> None:
        def opened() -> messages.Answer:
            if self._project:
                raise Failed("This process already serves a project.")
            self._project = open_project(request, self._answers)
            self._project.transfers.start()
            return messages.Opened(request.request)

        _answer(request.request, opened, self._answers)

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

    def _start(self, request: Work) -> None:
        running = Running(request.request, self._answers)
        self._running = {n: pair for n, pair in self._running.items() if not pair[1].done()}
        future = self._pool.submit(self._run, request, running)
        self._running[request.request] = (running, future)

    def _run(self, request: Work, running: Running) -> None:
        def finished() -> messages.Answer:
            if self._project is None:
                raise Failed("No project is open.")
            return messages.Finished(request.request, carry_out(self._project, request, running))

        _answer(request.request, finished, self._answers)


def _prepare() -> None:
    from cloudanno_desktop.bucket.s3 import client as s3_client

    with log.passing_over(CloudAnnoError):  # told when a project is opened
        s3_client.prepare()


def _answer(request: int, work: Callable[[], messages.Answer], answers: Answers) -> None:
    """Do ``work`` and close the request by exactly one answer, whatever happens."""
    try:
        answer = work()
    except Cancelled:
        answer = messages.Stopped(request)
    except Unreachable as error:
        _log.info("request %d: %s", request, error)
        answer = messages.Failed(request, "offline", str(error))
    except CloudAnnoError as error:
        _log.info("request %d: %s", request, error, exc_info=_log.isEnabledFor(logging.DEBUG))
        answer = messages.Failed(request, "error", str(error))
    except Exception:  # noqa: BLE001 a bug is told to the window, which shows the crash dialog
        _log.exception("a bug")
        answer = messages.Failed(request, "bug", traceback.format_exc())
    answers.send(answer)
