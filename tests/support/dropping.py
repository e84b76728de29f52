"""Drops as the window system sends them."""

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

COPY = Qt.DropAction.CopyAction
NO_KEY = Qt.KeyboardModifier.NoModifier


def drop(view, point, mime, modifiers=NO_KEY):
    """Carry ``mime`` over the viewport of ``view`` and drop it at ``point``."""
    buttons = Qt.MouseButton.LeftButton
    viewport = view.viewport()
    for kind in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(viewport, kind(point, COPY, mime, buttons, modifiers))
    event = QDropEvent(point, COPY, mime, buttons, modifiers)
    QApplication.sendEvent(viewport, event)
    return event


def files_mime(paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def middle(view):
    return QPoint(view.viewport().width() // 2, view.viewport().height() // 2)
