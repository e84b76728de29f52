"""Drops onto the grid's viewport: files from outside, and a label onto thumbnails."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from cloudanno_desktop.gui.grid.layout import NOWHERE
from cloudanno_desktop.gui.grid.mime import brings_files, label_from, local_paths

MOVES = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


@dataclass(frozen=True, slots=True)
class DropOffer:
    """What is dragged over the grid; empty if the grid cannot use it."""

    paths: tuple[Path, ...] = ()
    label_id: str = ""


class DropZone(QObject):
    """Accepts drops on a viewport."""

    hovered = Signal()
    files_dropped = Signal(object)  # list of paths
    label_dropped = Signal(str, int)  # label id and position

    def __init__(self, viewport: QWidget, position_at: Callable[[QPoint], int]) -> None:
        super().__init__(viewport)
        self.offer = DropOffer()
        self.target = NOWHERE
        self._position_at = position_at
        viewport.setAcceptDrops(True)
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVES and isinstance(event, QDragMoveEvent):
            self._on_move(event)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._show(DropOffer(), NOWHERE)
            return True
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._on_drop(event)
            return True
        return super().eventFilter(watched, event)

    def _on_move(self, event: QDragMoveEvent) -> None:
        offer = _offer_of(event.mimeData())
        target = self._target_of(offer, event)
        self._show(offer, target)
        entering = event.type() == QEvent.Type.DragEnter
        if offer.paths or (offer.label_id and (entering or target != NOWHERE)):
            event.setDropAction(_action_of(event))
            event.accept()
        else:
            event.ignore()

    def _on_drop(self, event: QDropEvent) -> None:
        offer = _offer_of(event.mimeData())
        target = self._target_of(offer, event)
        self._show(DropOffer(), NOWHERE)
        if not offer.paths and target == NOWHERE:
            event.ignore()
            return
        event.setDropAction(_action_of(event))
        event.accept()
        if offer.paths:
            self.files_dropped.emit(list(offer.paths))
        else:
            self.label_dropped.emit(offer.label_id, target)

    def _target_of(self, offer: DropOffer, event: QDropEvent) -> int:
        return self._position_at(event.position().toPoint()) if offer.label_id else NOWHERE

    def _show(self, offer: DropOffer, target: int) -> None:
        if (offer, target) != (self.offer, self.target):
            self.offer, self.target = offer, target
            self.hovered.emit()


def _offer_of(mime: QMimeData) -> DropOffer:
    label_id = label_from(mime)
    if label_id:
        return DropOffer(label_id=label_id)
    return DropOffer(tuple(local_paths(mime))) if brings_files(mime) else DropOffer()


def _action_of(event: QDropEvent) -> Qt.DropAction:
    """Copy, never move: a moved file would be deleted by the program it came from."""
    possible = event.possibleActions()
    copy, link = Qt.DropAction.CopyAction, Qt.DropAction.LinkAction
    return copy if possible & copy else link
