"""Records in the index how large pictures are, from the thumbnails that come by."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, QTimer

from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.thumbnail_source import ThumbnailSource
from cloudanno_desktop.index.dimensions import Measured, note_pixels
from cloudanno_desktop.media_messages.commands import Picture
from cloudanno_desktop.media_messages.replies import ThumbnailReady

GATHER_MS = 1000


class DimensionRecorder(QObject):
    """Gathers sizes and writes them together, at most once a second."""

    def __init__(self, session: EditSession, thumbnails: ThumbnailSource) -> None:
        super().__init__(session)
        self._session = session
        self._etags: dict[int, str] = {}
        self._found: dict[int, Measured] = {}
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self._write)
        thumbnails.ready.connect(self._on_ready)

    def expect(self, pictures: Iterable[Picture]) -> None:
        """Record these pictures from now on, instead of those before."""
        self._etags = {picture.id: picture.etag for picture in pictures}

    def stop(self) -> None:
        self._etags.clear()
        self._write()

    def _on_ready(self, ready: Sequence[ThumbnailReady]) -> None:
        for one in ready:
            if one.id in self._etags:
                etag = self._etags.pop(one.id)
                self._found[one.id] = Measured(etag, one.source_width, one.source_height)
        if self._found and not self._gather.isActive():
            self._gather.start()

    def _write(self) -> None:
        self._gather.stop()
        found, self._found = self._found, {}
        if found:
            self._session.look(lambda workspace: note_pixels(workspace.database, found), _nothing)


def _nothing(_reply: None) -> None: ...
