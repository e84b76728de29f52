"""Bodies of requests that are read from a local file while they are sent.

boto3 reads a body more than once: for its signature, for a checksum, for a retry. Only what goes
to the network is counted, delayed and stopped. As in s3transfer, the first and the last handler of
``request-created`` distinguish the two.
"""

import threading
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.files import local_errors

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

STEP_BYTES = 1 << 16
EVENT = "request-created.s3"


class _Thread(threading.local):
    is_sending = False


_thread = _Thread()


class Interrupted(BaseException):
    """Carries an error through boto3, which would take any other exception for the network's."""

    def __init__(self, error: CloudAnnoError) -> None:
        super().__init__(str(error))
        self.error = error


class FileSlice(RawIOBase):
    """Some bytes of a local file, as a body that boto3 can read and rewind.

    ``sent`` is called with the bytes of each step before they go to the network; it may raise.
    """

    def __init__(self, path: Path, start: int, length: int, sent: Callable[[int], None]) -> None:
        super().__init__()
        self._path = path
        self._start = start
        self._length = length
        self._sent = sent
        self._position = 0
        self._counted = 0
        self._file: BinaryIO | None = None
        _thread.is_sending = False

    def __len__(self) -> int:
        return self._length

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._length)[whence]
        self._position = min(max(0, base + offset), self._length)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes. Raises ``Interrupted``."""
        left = self._length - self._position
        length = left if size is None or size < 0 else min(size, left)
        try:
            body = self._read(min(length, STEP_BYTES) if _thread.is_sending else length)
            if _thread.is_sending and self._position > self._counted:
                fresh, self._counted = self._position - self._counted, self._position
                self._sent(fresh)
        except CloudAnnoError as error:
            raise Interrupted(error) from error
        return body

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()

    def _read(self, size: int) -> bytes:
        with local_errors(self._path):
            if self._file is None:
                self._file = self._path.open("rb")
            self._file.seek(self._start + self._position)
            body = self._file.read(size)
        self._position += len(body)
        return body


def watch_bodies(client: "S3Client") -> None:
    """Mark the thread that sends; boto3 signs and sends a request in one thread."""
    events = client.meta.events
    events.register_first(EVENT, _on_signing, unique_id="cloudanno-signing")
    events.register_last(EVENT, _on_sending, unique_id="cloudanno-sending")


def _on_signing(**_: object) -> None:
    _thread.is_sending = False


def _on_sending(**_: object) -> None:
    _thread.is_sending = True
