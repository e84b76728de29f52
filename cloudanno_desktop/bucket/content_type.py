"""The MIME type of a key, the same on every machine."""

from pathlib import PurePosixPath

_BY_SUFFIX = {
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".csv": "text/csv;charset=utf-8",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".html": "text/html;charset=utf-8",
    ".jfif": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json;charset=utf-8",
    ".jsonl": "application/x-ndjson;charset=utf-8",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".txt": "text/plain;charset=utf-8",
    ".webp": "image/webp",
    ".zip": "application/zip",
}


def guess_content_type(key: str) -> str:
    return _BY_SUFFIX.get(PurePosixPath(key).suffix.lower(), "application/octet-stream")
