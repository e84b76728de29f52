"""The quick look of an open project: its pictures from the media process, its labels by keys."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.grid.layout import NOWHERE
from cloudanno_desktop.gui.grid.quick_look import LARGE_PX, QuickLook
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.media_messages.commands import FetchOriginals
from cloudanno_desktop.media_messages.replies import (
    OriginalsFetched,
    ThumbnailFailed,
    ThumbnailReady,
)

if TYPE_CHECKING:
    from cloudanno_desktop.gui.common.media_request import Request


class QuickLookController(QObject):
    def __init__(
        self, session: EditSession, media: MediaClient, runner: TaskRunner, views: ProjectViews
    ) -> None:
        super().__init__(session)
        self._session = session
        self._media = media
        self._views = views
        self._request: Request | None = None
        self._rendering = -1
        self._look = QuickLook(runner, views.window)
        views.window.actions_set.attach_labeling(self._look)
        self._connect()

    def close(self) -> None:
        """Close the quick look for good; edits that still wait no longer reach it."""
        self._views.grid.quick_look_requested.disconnect(self._on_requested)
        self._views.grid.current_changed.disconnect(self._on_current_changed)
        self._views.grid.visible_changed.disconnect(self._on_visible_changed)
        self._session.images_relabeled.disconnect(self._on_relabeled)
        self._look.close()
        self._look.deleteLater()

    @handles(Action.QUICK_LOOK)
    def open_current(self) -> None:
        self._on_requested(self._views.grid.current_id)

    def _connect(self) -> None:
        self._views.grid.quick_look_requested.connect(self._on_requested)
        self._views.grid.current_changed.connect(self._on_current_changed)
        self._views.grid.visible_changed.connect(self._on_visible_changed)
        self._look.picture_requested.connect(self._on_picture_requested)
        self._look.original_requested.connect(self._on_original_requested)
        self._look.moved.connect(self._on_moved)
        self._look.closed.connect(self._on_closed)
        self._session.images_relabeled.connect(self._on_relabeled)
        self._media.thumbnails_ready.connect(self._on_renderings)
        self._media.thumbnail_failed.connect(self._on_rendering_failed)

    def _on_requested(self, image_id: int) -> None:
        if image_id >= 0:
            self._views.grid.set_current(image_id)
            self._look.setGeometry(self._views.window.geometry())
            self._look.open()
            self._show_current()

    def _show_current(self) -> None:
        grid = self._views.grid
        place = grid.selection.current
        if place != NOWHERE:
            cell = self._session.cells([grid.current_id])[0]
            self._look.show_cell(cell, place, len(grid.ids))
            self._look.show_labels([row.label.name for row in self._session.labels()])

    def _on_moved(self, step: int) -> None:
        self._views.grid.step_current(step)

    def _on_current_changed(self, image_id: int) -> None:
        if self._look.isVisible() and image_id >= 0:
            self._show_current()
        elif image_id < 0:
            self._look.close()  # the last picture of the tab was labeled

    def _on_relabeled(self, _ids: object) -> None:
        if self._look.isVisible():
            self._show_current()

    def _on_closed(self) -> None:
        self._stop_fetching()
        self._rendering = -1
        self._views.grid.ask_again()

    def _on_picture_requested(self, image_id: int) -> None:
        small = self._views.grid.thumbnail_of(image_id)
        if small is not None:
            self._look.show_rendering(image_id, small)
        self._rendering = image_id
        self._ask_rendering()

    def _on_visible_changed(self, _ids: object) -> None:
        # The grid below scrolled along, and its request replaced ours.
        if self._rendering >= 0:
            self._ask_rendering()

    def _ask_rendering(self) -> None:
        pictures = self._session.pictures([self._rendering])
        self._media.want_thumbnails(self._views.grid.generation, pictures, LARGE_PX)

    def _on_original_requested(self, image_id: int) -> None:
        self._stop_fetching()
        pictures = self._session.pictures([image_id])
        self._request = self._media.request(FetchOriginals(tuple(pictures)), self)
        self._request.done.connect(self._on_originals)

    def _stop_fetching(self) -> None:
        if self._request is not None:
            self._request.stop()

    def _on_renderings(self, ready: list[ThumbnailReady]) -> None:
        for one in ready:
            if one.size_px == LARGE_PX and not one.is_preview:
                self._note_reply(one.id)
                source = (one.source_width, one.source_height)
                self._look.show_rendering(one.id, one.jpeg, source)

    def _on_rendering_failed(self, failed: ThumbnailFailed) -> None:
        if failed.size_px == LARGE_PX:
            self._note_reply(failed.id)
            self._look.show_problem(failed.id, failed.reason)

    def _note_reply(self, image_id: int) -> None:
        if image_id == self._rendering:
            self._rendering = -1

    def _on_originals(self, report: OriginalsFetched) -> None:
        for file in report.files:
            self._look.show_original(file.id, Path(os.fsdecode(file.path)))
