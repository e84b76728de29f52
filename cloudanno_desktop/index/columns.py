"""Sizes and dates of all images as arrays, so that a filter does not read a million rows."""

import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.index.int_lists import numbers_in

SELECT_COLUMNS = """
SELECT group_concat(id), group_concat(size), group_concat(CAST(modified_s AS INTEGER))
FROM image WHERE present = 1
"""


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts by image id: the value of image ``i`` stands at place ``i``; 0 where there is none."""

    size: NDArray[np.int64]
    modified_s: NDArray[np.int64]  # time of the last write, whole seconds since 1970 UTC


def read_columns(connection: sqlite3.Connection) -> Columns:
    row = connection.execute(SELECT_COLUMNS).fetchone()
    ids, size, modified_s = (numbers_in(text, np.int64) for text in row)
    columns = np.zeros((2, int(ids.max(initial=-1)) + 1), np.int64)
    columns[:, ids] = size, modified_s
    return Columns(columns[0], columns[1])
