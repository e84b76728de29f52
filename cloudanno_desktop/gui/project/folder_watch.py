"""Watches a project's folder through the operating system, on a thread of its own.

One recursive watch costs the system an entry for each folder, not for each file. Where it cannot
watch (a network drive, too many folders), the regular refresh has to do.
"""

import logging
import os
import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.labels.annotations.format import CSV_KEYS, JSON_KEY
from cloudanno_desktop.project_keys import JOURNAL, OWN_FOLDERS

_log = logging.getLogger(__name__)

GATHER_MS = 1_000
STEP_MS = 100
READY_MS = 500  # without a change; from then on none is missed
ANNOTATIONS = {JSON_KEY, *CSV_KEYS}
OWN_FILE = ".cloudanno"  # parts of files, the lock


class FolderWatch(QObject):
    """Watches one folder from ``start`` until ``close``."""

    images_changed = Signal()  # or may have, while the watch was being set up
    labels_changed = Signal()  # another user wrote to the journal
    closed = Signal()  # the thread has ended

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._is_ready = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folder-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Watch no more; ``closed`` follows."""
        self._stop.set()
        if not self._thread.is_alive():
            self.closed.emit()

    def _run(self) -> None:
        from watchfiles import watch  # slow to load, and only folders need it

        try:
            for changes in watch(
                self._folder,
                watch_filter=None,
                debounce=GATHER_MS,
                step=STEP_MS,
                stop_event=self._stop,
                rust_timeout=READY_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._report({self._key(path) for _, path in changes})
                self._is_ready = True
        except (OSError, RuntimeError) as error:
            _log.info("%s is not watched: %s", self._folder, error)
            self._stop.wait()  # the folder cannot be watched, or is gone
        self.closed.emit()

    def _key(self, path: str) -> str:
        return os.path.relpath(path, self._folder).replace(os.sep, "/")

    def _report(self, keys: set[str]) -> None:
        if any(map(_reports_labels, keys)):
            self.labels_changed.emit()
        if any(map(_may_be_image, keys)) or not self._is_ready:
            self.images_changed.emit()


def _reports_labels(key: str) -> bool:
    return key.startswith(JOURNAL) or key in ANNOTATIONS


def _may_be_image(key: str) -> bool:
    """Say whether a change may be one of images: a folder may have any name."""
    is_own = key.rpartition("/")[2].startswith(OWN_FILE) or f"{key}/".startswith(OWN_FOLDERS)
    return not is_own and key not in ANNOTATIONS
