"""The columns of a snapshot’s parts, checked and resolved."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cloudanno_desktop.labels.snapshot.format import (
    Clears,
    Column,
    Ints,
    Pairs,
    SnapshotUnusable,
    images_after,
    numbers,
)

LAST_PLACE = np.iinfo(np.int32).max

T = TypeVar("T")
Places = NDArray[np.int32]  # half the memory of what numpy counts with


def pair_places(part: Pairs) -> Places:
    """Return places of images, labels, operations; tags; on or not. Raises ``SnapshotUnusable``."""
    seen = part.seen or bytes(len(part.on))
    places = _together(part.steps, part.label, part.operation, seen, part.on)
    if places[-1].max(initial=0) > 1:
        raise SnapshotUnusable("an assignment is neither on nor off")
    return places


def clear_places(part: Clears) -> Places:
    """Return places of images, writers, operations. Raises ``SnapshotUnusable``."""
    return _together(part.steps, part.writer, part.operation)


def taken(values: Sequence[T], places: Iterable[int]) -> list[T]:
    """Return the values at places of a list. Raises ``SnapshotUnusable``."""
    try:
        return [values[place] for place in places]
    except IndexError as error:
        raise SnapshotUnusable("it names what it does not hold") from error


def at(values: Ints, places: Places | Ints) -> Ints:
    """Return the values at places of an array. Raises ``SnapshotUnusable``."""
    try:
        return values[places]
    except IndexError as error:
        raise SnapshotUnusable("it names what it does not hold") from error


def _together(steps: Column, *others: Column) -> Places:
    columns = [images_after(steps), *map(numbers, others)]
    if len({len(column) for column in columns}) > 1:
        raise SnapshotUnusable("its columns differ in length")
    together = np.stack(columns)
    if together.max(initial=0) > LAST_PLACE:
        raise SnapshotUnusable("it names what it does not hold")
    return together.astype(np.int32)
