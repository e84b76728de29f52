"""One piece of work that was requested from the media process."""

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Signal

from cloudanno_desktop.media_messages.replies import (
    Failure,
    Finished,
    Progressed,
    RequestFailed,
    Stopped,
)


class Request(QObject):
    """Work under way in the media process; it ends with exactly one of the first three signals.

    Once its owner is gone, the work is cancelled and nothing is emitted.
    """

    done = Signal(object)  # the report on the work
    failed = Signal(object)  # a ``Failure``
    stopped = Signal()  # it was cancelled, or the project was closed
    progressed = Signal(object, object, str)  # units done, units in total or ``None``, text

    def __init__(self, owner: QObject, stop: Callable[[], None]) -> None:
        super().__init__(owner)
        self._stop = stop

    def stop(self) -> None:
        """Cancel the work; ``stopped`` follows unless it is over."""
        self._stop()

    def take(self, reply: Progressed | Finished | Stopped | RequestFailed) -> None:
        """Emit what the media process replied, unless the owner is gone."""
        if not shiboken6.isValid(self):
            return
        match reply:
            case Progressed():
                self.progressed.emit(reply.done, reply.total, reply.text)
                return
            case Finished():
                self.done.emit(reply.report)
            case RequestFailed():
                self.failed.emit(reply.failure)
            case Stopped():
                self.stopped.emit()
        if shiboken6.isValid(self):
            self.deleteLater()


def describe_failure(failure: Failure) -> tuple[str, str]:
    """Return one sentence for the user, and details."""
    if failure.kind == "bug":
        sentence = QCoreApplication.translate(
            "Request", "Something went wrong in the media process."
        )
        return sentence, failure.message
    first, _, rest = failure.message.partition("\n")
    return first, rest
