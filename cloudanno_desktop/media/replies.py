"""The way back from the media process to the window."""

import threading
from dataclasses import dataclass, field
from typing import BinaryIO

from cloudanno_desktop import log
from cloudanno_desktop.media_messages import replies as messages
from cloudanno_desktop.media_messages.frames import encode_frame
from cloudanno_desktop.progress import StopFlag, Throttle


class Replies:
    """The way back to the window: one frame at a time, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, reply: messages.Reply) -> None:
        """Write one reply. It is dropped when the window is gone; end of input follows."""
        frame = encode_frame(reply)
        with self._lock, log.passing_over(BrokenPipeError, ValueError):
            self._stream.write(frame)
            self._stream.flush()


@dataclass(slots=True)
class RequestProgress:
    """A running request: reports progress at most ten times a second, and can be stopped."""

    request: int
    replies: Replies
    stop: StopFlag = field(default_factory=StopFlag)
    throttle: Throttle = field(default_factory=Throttle)

    def __call__(self, done: int, total: int | None, text: str = "") -> None:
        self.stop.check()
        if self.throttle.is_due(at_once=done == total):
            self.replies.send(messages.Progressed(self.request, done, total, text))
