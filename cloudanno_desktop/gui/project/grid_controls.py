"""What shows the pictures of an open project: thumbnails, the grid, the quick look."""

from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import GridController, ProjectViews
from cloudanno_desktop.gui.project.quick_look_controller import QuickLookController
from cloudanno_desktop.gui.project.scan_controller import ScanController
from cloudanno_desktop.gui.project.thumbnail_source import ThumbnailSource


class GridControls:
    def __init__(
        self,
        session: EditSession,
        media: MediaClient,
        scans: ScanController,
        runner: TaskRunner,
        views: ProjectViews,
    ) -> None:
        self.thumbnails = ThumbnailSource(media, runner, session)
        self.controller = GridController(session, self.thumbnails, scans, views)
        self._quick_look = QuickLookController(session, media, runner, views)
        self.controllers = (self.controller, self._quick_look)

    def close(self) -> None:
        self.controller.stop()
        self._quick_look.close()
