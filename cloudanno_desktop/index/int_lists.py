"""Numbers that SQLite joined to one text with commas: far less work than a row for each.

They are read in pieces, because numpy lets no other thread run while it reads one text, and a
million numbers would keep the window waiting for a frame.
"""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

PIECE = 1 << 16  # characters: less than a millisecond

Number = TypeVar("Number", np.int32, np.int64)


def numbers_in(text: str | None, kind: type[Number]) -> NDArray[Number]:
    """Return the numbers of ``group_concat``; ``None`` and an empty text have none."""
    pieces = [np.fromstring(piece, kind, sep=",") for piece in _pieces(text or "")]
    return np.concatenate(pieces) if pieces else np.zeros(0, kind)


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find(",", start + PIECE)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1
