"""What the grid and the label list drag: their own MIME types, and files from outside."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QUrl

# Ids mean something in this process only, so no other window of the program takes them.
IMAGES_MIME = f"application/x-cloudanno-images-{os.getpid()}"
LABEL_MIME = f"application/x-cloudanno-label-{os.getpid()}"


def images_mime(ids: Iterable[int]) -> QMimeData:
    mime = QMimeData()
    mime.setData(IMAGES_MIME, np.fromiter(ids, np.dtype("<i4")).tobytes())
    return mime


def ids_from(mime: QMimeData) -> NDArray[np.int32]:
    packed = bytes(mime.data(IMAGES_MIME).data())
    return np.frombuffer(packed, np.dtype("<i4")).astype(np.int32)


def label_mime(label_id: str) -> QMimeData:
    mime = QMimeData()
    mime.setData(LABEL_MIME, label_id.encode())
    return mime


def label_from(mime: QMimeData) -> str:
    return bytes(mime.data(LABEL_MIME).data()).decode()


def brings_files(mime: QMimeData) -> bool:
    """Return whether files come from outside; own pictures carry theirs for other programs only."""
    return mime.hasUrls() and not mime.hasFormat(IMAGES_MIME)


def local_paths(mime: QMimeData) -> list[Path]:
    return [_local_path(url) for url in mime.urls() if url.isLocalFile()]


def _local_path(url: QUrl) -> Path:
    """Keep the bytes of a POSIX file name that is no valid Unicode."""
    if sys.platform == "win32":
        return Path(url.toLocalFile())
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return Path(os.fsdecode(unquote_to_bytes(encoded)))
