"""The way of a thumbnail from the media process to the screen, a few each frame."""

import time
from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap

from cloudanno_desktop.gui.grid.pixmaps import Pixmaps

FRAME_MS = 16
DECODED_PER_FRAME = 20
DECODING_PER_FRAME_S = 0.008
PREVIEW_PX = 1  # a preview may show an older picture: anything that was rendered is better
RENDERED_SIZES_PX = (128, 256, 512, 1024)


class ThumbnailFeed(QObject):
    """Receives JPEGs, drops late ones, decodes the last requested first."""

    decoded = Signal(object)  # list of ids whose pixmap changed

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.generation = 1
        self._request_px = RENDERED_SIZES_PX[0]
        self._pixmaps = Pixmaps()
        self._pending: dict[int, None] = {}
        self._problems: dict[int, str] = {}
        self._animated: set[int] = set()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_frame)

    @property
    def request_px(self) -> int:
        return self._request_px

    @property
    def is_idle(self) -> bool:
        return not self._pending

    def set_side_px(self, side_px: int) -> None:
        self._pixmaps.side_px = side_px
        fitting = (size for size in RENDERED_SIZES_PX if size >= side_px)
        request_px = next(fitting, RENDERED_SIZES_PX[-1])
        if request_px != self._request_px:
            self._request_px = request_px
            self.generation += 1

    def receive(
        self, image_id: int, generation: int, jpeg: bytes, *, is_preview: bool = False
    ) -> None:
        """Take a thumbnail; late or smaller ones are dropped, a preview where there is one."""
        rendered_px = PREVIEW_PX if is_preview else self._request_px
        if generation != self.generation or self._pixmaps.rendered_px(image_id) > rendered_px:
            return
        self._problems.pop(image_id, None)
        self._pixmaps.add(image_id, jpeg, rendered_px)
        self._decode_soon(image_id)

    def mark_animated(self, ids: Iterable[int]) -> None:
        self._animated.update(ids)

    def is_animated(self, image_id: int) -> bool:
        return image_id in self._animated

    def fail(self, image_id: int, generation: int, reason: str) -> None:
        if generation == self.generation:
            self._problems[image_id] = reason
            self.decoded.emit([image_id])

    def pixmap(self, image_id: int) -> QPixmap | None:
        """Return what can be painted now; the right size follows."""
        if not self._pixmaps.is_ready(image_id) and self._pixmaps.can_decode(image_id):
            self._decode_soon(image_id)
        return self._pixmaps.pixmap(image_id)

    def jpeg(self, image_id: int) -> bytes | None:
        return self._pixmaps.jpeg(image_id)

    def problem(self, image_id: int) -> str:
        return self._problems.get(image_id, "")

    def missing(self, ids: Iterable[int]) -> list[int]:
        size_px = self._request_px
        return [i for i in ids if i not in self._problems and not self._pixmaps.has(i, size_px)]

    def forget(self, ids: Iterable[int] | None) -> None:
        """Drop thumbnails of changed pictures, or all; those still on their way come too late."""
        gone = None if ids is None else list(ids)
        self.generation += 1
        self._pixmaps.forget(gone)
        for image_id in list(self._problems) if gone is None else gone:
            self._problems.pop(image_id, None)
        self._animated = set() if gone is None else self._animated - set(gone)
        if gone is None:
            self._pending.clear()

    def forget_problems(self) -> None:
        self._problems.clear()

    def _decode_soon(self, image_id: int) -> None:
        self._pending.pop(image_id, None)
        self._pending[image_id] = None
        if not self._timer.isActive():
            self._timer.start(0)

    def _on_frame(self) -> None:
        changed: list[int] = []
        began = time.perf_counter()
        while self._pending and len(changed) < DECODED_PER_FRAME:
            image_id = self._pending.popitem()[0]
            self._decode(image_id)
            changed.append(image_id)
            if time.perf_counter() - began > DECODING_PER_FRAME_S:
                break
        if self._pending:
            spent_ms = round(1000 * (time.perf_counter() - began))
            self._timer.start(max(1, FRAME_MS - spent_ms))
        if changed:
            self.decoded.emit(changed)

    def _decode(self, image_id: int) -> None:
        if self._pixmaps.can_decode(image_id) and not self._pixmaps.decode(image_id):
            self._problems[image_id] = self.tr("The thumbnail cannot be decoded.")
