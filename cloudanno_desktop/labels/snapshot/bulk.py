"""Bulk inserts: many rows a statement, which halves the time of each."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

ROWS_IN_STATEMENT = 500

Numbers = NDArray[np.int32] | NDArray[np.int64]

LAST_IMAGE = "SELECT coalesce(max(id), 0) FROM image"
IMAGES_BETWEEN = "SELECT key, id FROM image WHERE key BETWEEN ? AND ?"
ADD_IMAGES = "INSERT OR IGNORE INTO image (key) SELECT value FROM json_each(?)"


def insert_table(connection: sqlite3.Connection, insert: str, columns: Sequence[Numbers]) -> None:
    """Insert columns of one length; ``insert`` is the statement up to ``VALUES``."""
    rows = np.stack(columns, axis=1)
    for start in range(0, len(rows), ROWS_IN_STATEMENT):
        part = rows[start : start + ROWS_IN_STATEMENT]
        statement = _statement(insert, len(columns), len(part))
        connection.execute(statement, part.ravel().tolist())


def known_images(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return the ids of all images between the first and the last of sorted keys."""
    return dict(connection.execute(IMAGES_BETWEEN, (keys[0], keys[-1]))) if keys else {}


def insert_images(connection: sqlite3.Connection, keys: Sequence[str]) -> range | None:
    """Insert images with consecutive ids; ``None`` if some were there before.

    No key may contain the character 0, at which SQLite would end it.
    """
    first = int(connection.execute(LAST_IMAGE).fetchone()[0]) + 1
    before = connection.total_changes
    connection.execute(ADD_IMAGES, (msgspec.json.encode(keys).decode(),))
    is_new = connection.total_changes - before == len(keys)
    return range(first, first + len(keys)) if is_new else None


@lru_cache(maxsize=8)
def _statement(insert: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"{insert} VALUES {', '.join([row] * count)}"
