"""The application log: one file for all processes of the program, in which no secret stands.

Modules log by ``logging.getLogger(__name__)``. Every record is appended in one write, so processes
need no lock; a log that has grown large is set aside when a process begins its part.
"""

import logging
import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from cloudanno_desktop import __version__, paths

LEVELS = ("debug", "info", "warning", "error")
LEVEL_VARIABLE = "CLOUDANNO_LOG_LEVEL"  # child processes inherit it
LARGEST_BYTES = 8 << 20
SHORTEST_SECRET = 8  # anything shorter would strike ordinary words

_program = logging.getLogger("cloudanno_desktop")
_log = logging.getLogger(__name__)
_hidden: set[str] = set()
_SECRETS = (
    (re.compile(r"(?i)\?[^\s'\"<>]*(?:x-amz-|sig=|signature=|token=)[^\s'\"<>]*"), "?•••"),
    (
        re.compile(
            r"(?i)((?:secret|token|api_?key|access_?key|password|authorization|signature|credential)"
            r"[\w\-]*['\"]?\s*[=:]\s*['\"]?)(?:(?:bearer|basic|aws4-hmac-sha256)\s+)?\S+"
        ),
        r"\1•••",
    ),
    (re.compile(r"(?i)\b(bearer)\s+\S+"), r"\1 •••"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"), "•••"),
)


@contextmanager
def writing(process: str) -> Iterator[None]:
    """Write the log until the block ends."""
    file = _LogFile()
    file.setFormatter(_Formatter(f"%(asctime)s {process}[%(process)d] {_FORMAT}"))
    hide(*(os.environ.get(f"AWS_{name}", "") for name in ("SECRET_ACCESS_KEY", "SESSION_TOKEN")))
    use_level(os.environ.get(LEVEL_VARIABLE, ""))
    _program.addHandler(file)
    _log.info("begins: CloudAnno %s, Python %s", __version__, platform.python_version())
    try:
        yield
    except Exception:
        _log.exception("ends by a bug")
        raise
    finally:
        _log.info("ends")
        _program.removeHandler(file)
        _program.setLevel(logging.NOTSET)
        file.close()


def use_level(level: str) -> None:
    """Write records of this level and above, here and in child processes started from now on."""
    _program.setLevel(logging.getLevelNamesMapping().get(level.upper(), logging.INFO))
    if level:
        os.environ[LEVEL_VARIABLE] = level


class passing_over(suppress):  # noqa: N801  # as what it extends
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        is_passed = super().__exit__(kind, error, trace)
        if is_passed:
            _log.debug("passed over", exc_info=error)
        return is_passed


def hide(*secrets: str) -> None:
    _hidden.update(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)


def without_secrets(text: str) -> str:
    """Strike known secrets, what follows words such as token, and the query of signed links."""
    for secret in tuple(_hidden):
        text = text.replace(secret, "•••")
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


_FORMAT = "%(levelname)s %(name)s: %(message)s"


class _Formatter(logging.Formatter):
    default_time_format = "%Y-%m-%d %H:%M:%S"

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class _LogFile(logging.Handler):
    """Appends to the log, which is opened for the first record; failing to stops nothing."""

    _descriptor = -1

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._descriptor < 0:
                self._descriptor = _opened()
            os.write(self._descriptor, f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except OSError:
            return  # the disk is full or read-only; the work itself reports it
        except Exception:  # noqa: BLE001  # as in every handler of the library
            self.handleError(record)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        super().close()


def _opened() -> int:
    path = paths.log_file()
    if path.is_file() and path.stat().st_size > LARGEST_BYTES:
        path.replace(path.with_suffix(".1.log"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
