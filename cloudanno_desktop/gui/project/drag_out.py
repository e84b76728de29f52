"""Download by dragging pictures out of the window: the drag carries files that are ready."""

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QObject

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.keys import local_segments, numbered
from cloudanno_desktop.files import local_errors
from cloudanno_desktop.gui.common.media_request import Request, describe_failure
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.grid.carried import Carried
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.project import Project
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.media_messages.commands import FetchOriginals
from cloudanno_desktop.media_messages.replies import Failure, OriginalsFetched

MOST = 100  # pictures; more are downloaded into a folder
EXPIRES_S = 86_400  # until then another program may still copy what was dragged out


class DragOut(QObject):
    """Provides originals for a drag that leaves the window, under the pictures' own names."""

    def __init__(self, project: Project, runner: TaskRunner, views: ProjectViews, say: Say) -> None:
        super().__init__(project)
        self._project = project
        self._runner = runner
        self._say = say
        self._carried: Carried | None = None
        self._rows: Sequence[ImageRow] = ()
        self._ready: tuple[Sequence[ImageRow], Sequence[Path]] = ((), ())
        self._request: Request | None = None
        self._is_awaited = False
        views.grid.carried.connect(self._on_carried)

    def _on_carried(self, carried: Carried) -> None:
        carried.ended.connect(self._on_ended)
        self._carried = carried
        self._is_awaited = False
        if len(carried.ids) > MOST:
            self._rows = ()
            return
        self._rows = self._project.workspace.index.rows(carried.ids)
        own = self._own_files()
        if own:
            carried.offer(own)
        elif self._rows == self._ready[0]:
            carried.offer(self._ready[1])
        else:
            carried.may_offer_files()
            carried.left.connect(self._fetch)

    def _own_files(self) -> list[Path]:
        """Return the user's own files, where the project is a folder that has them all."""
        address = self._project.workspace.address
        if not address.is_folder:
            return []
        files = [Path(address.location) / row.key for row in self._rows]
        return files if all(file.is_file() for file in files) else []

    def _fetch(self) -> None:
        if self._request is not None:
            return
        pictures = self._project.session.pictures([row.id for row in self._rows])
        self._request = request = self._project.media.request(FetchOriginals(tuple(pictures)), self)
        request.done.connect(self._on_done)
        request.failed.connect(self._on_failed)
        request.stopped.connect(self._on_stopped)

    def _on_ended(self, outside: bool) -> None:
        carried, self._carried = self._carried, None
        if not outside:
            if self._request is not None:
                self._request.stop()
        elif carried is not None and len(carried.ids) > MOST:
            text = self.tr(
                "At most %n picture(s) can be dragged out at once. Download the selection instead.",
                "",
                MOST,
            )
            self._say(Message(Level.INFO, text))
        elif carried is not None and not carried.has_files:
            self._is_awaited = True
            count = len(carried.ids)
            text = self.tr("Fetching %n original(s). Drag again when they are ready.", "", count)
            self._say(Message(Level.INFO, text))

    def _on_done(self, report: OriginalsFetched) -> None:
        self._request = None
        rows = self._rows
        if report.failed:
            first = report.failed[0]
            self._say(Message(Level.ERROR, f"{first.name}: {first.reason}"))
            return
        originals = {file.id: Path(os.fsdecode(file.path)) for file in report.files}

        def done(files: list[Path]) -> None:
            self._ready = (rows, files)
            self._offer(rows, files)

        self._runner.run(Task(self, lambda _task: name_copies(rows, originals), done))

    def _offer(self, rows: Sequence[ImageRow], files: Sequence[Path]) -> None:
        if self._carried is not None and self._rows is rows:
            self._carried.offer(files)
        elif self._is_awaited:
            self._is_awaited = False
            text = self.tr("%n picture(s) ready to be dragged out.", "", len(files))
            self._say(Message(Level.GOOD, text))

    def _on_failed(self, failure: Failure) -> None:
        self._request = None
        self._say(Message(Level.ERROR, *describe_failure(failure)))

    def _on_stopped(self) -> None:
        self._request = None


def name_copies(rows: Sequence[ImageRow], originals: dict[int, Path]) -> list[Path]:
    """Copy originals under the names of the pictures; other programs may write to them.

    Raises:
        FileProblem: there is no room, or an original is gone.
    """
    top = paths.cache_dir() / "dragged"
    _remove_old(top)
    folder = top / uuid4().hex
    taken: set[str] = set()
    copies = []
    with local_errors(folder):
        folder.mkdir(parents=True)
        for row in rows:
            target = folder / _free_name(row.key, taken)
            shutil.copyfile(originals[row.id], target)
            copies.append(target)
    return copies


def _free_name(key: str, taken: set[str]) -> str:
    name = local_segments(key)[-1]
    number = 1
    while numbered(name, number).casefold() in taken:
        number += 1
    taken.add(numbered(name, number).casefold())
    return numbered(name, number)


def _remove_old(top: Path) -> None:
    for folder in top.glob("*"):
        if folder.stat().st_mtime < time.time() - EXPIRES_S:
            shutil.rmtree(folder, ignore_errors=True)
