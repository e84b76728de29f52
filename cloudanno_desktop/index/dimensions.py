"""Widths and heights of pictures, as far as they were decoded: nothing is fetched to learn them.

A row goes when its picture changes; what is not here is not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.database import Database
from cloudanno_desktop.index.image_index import in_chunks
from cloudanno_desktop.index.int_lists import numbers_in

SELECT_KNOWN = "SELECT image_id FROM image_pixels WHERE image_id IN ({})"
NOTE = """
    INSERT OR REPLACE INTO image_pixels SELECT id, ?, ? FROM image WHERE id = ? AND etag = ?
"""
SELECT_ALL = """
    SELECT group_concat(image_id), group_concat(width), group_concat(height) FROM image_pixels
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was learned of one picture; it counts while the image has this ETag."""

    etag: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PixelColumns:
    """Sizes by image id: those of image ``i`` stand at place ``i``; 0 where none is known."""

    width: NDArray[np.int64]
    height: NDArray[np.int64]


def note_pixels(database: Database, measured: Mapping[int, Measured]) -> None:
    """Keep the sizes of many pictures in one step; writes nothing if all are known."""
    known = {row[0] for row in in_chunks(database.reader(), SELECT_KNOWN, list(measured))}
    news = [(m.width, m.height, i, m.etag) for i, m in measured.items() if i not in known]
    if news:
        with database.transaction() as connection:
            connection.executemany(NOTE, news)


def read_pixels(database: Database) -> PixelColumns:
    row = database.reader().execute(SELECT_ALL).fetchone()
    ids, width, height = (numbers_in(text, np.int64) for text in row)
    columns = np.zeros((2, int(ids.max(initial=-1)) + 1), np.int64)
    columns[:, ids] = width, height
    return PixelColumns(columns[0], columns[1])
