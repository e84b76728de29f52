"""Image ids as sorted int32 arrays."""

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.index.int_lists import numbers_in

IdArray = NDArray[np.int32]


def sorted_ids(text: str) -> IdArray:
    ids = numbers_in(text, np.int32)
    ids.sort()
    return ids
