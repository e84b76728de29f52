"""Sort images by the set of labels they carry, without looking at one after the other."""

from collections.abc import Mapping

import numpy as np

from cloudanno_desktop.labels.edit import IdArray

BITS = 32  # labels told apart before the codes are made small again


def group_by_labels(
    ids: IdArray, carried: Mapping[int, IdArray]
) -> list[tuple[tuple[int, ...], IdArray]]:
    """Return each set of labels that occurs with the images that carry exactly these.

    Args:
        ids: sorted image ids, not empty.
        carried: for each label number the sorted ids of ``ids`` that carry it.
    """
    code = np.zeros(len(ids), np.int64)
    for count, images in enumerate(carried.values(), start=1):
        code *= 2
        code[np.searchsorted(ids, images)] += 1
        if count % BITS == 0:
            code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    return [
        (_labels_at(ids[place], carried), ids[inverse == number])
        for number, place in enumerate(first)
    ]


def _labels_at(image: int, carried: Mapping[int, IdArray]) -> tuple[int, ...]:
    return tuple(
        no
        for no, images in carried.items()
        if (place := np.searchsorted(images, image)) < len(images) and images[place] == image
    )
