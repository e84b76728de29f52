"""Features by the Keras network itself, on a GPU."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from cloudanno_desktop.dataset.run_folder import JobImage, Resize
from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.training.features import Extracted, extractor_id
from cloudanno_desktop.training.lookahead import map_ahead
from cloudanno_desktop.training.preprocess import Pixels, decode_threads, read_pixels

BATCH = 64
_Read = tuple[JobImage, Pixels | None, str]


class NetworkExtractor:
    """A backbone run by Keras in batches.

    Its rows equal those of the converted backbone within rounding, so both share one id. The
    network comes from ``keras_backbone.load_network``, its id from ``backbone_spec.features_id``.
    """

    def __init__(self, network: Any, network_id: str, resize: Resize) -> None:  # noqa: ANN401  # keras is untyped
        self.id = extractor_id(network_id, resize)
        self._network = network
        self._resize = resize

    def rows(self, images: Iterable[JobImage]) -> Iterator[Extracted]:
        reads = map_ahead(self._read, images, decode_threads())
        while group := list(islice(reads, BATCH)):
            yield from self._forward(group)

    def _read(self, image: JobImage) -> _Read:
        try:
            return image, read_pixels(Path(image.path), self._resize), ""
        except PictureUnreadable as error:
            return image, None, error.reason

    def _forward(self, group: list[_Read]) -> Iterator[Extracted]:
        pixels = [picture for _, picture, _ in group if picture is not None]
        if pixels:
            rows = iter(self._network.predict_on_batch(np.stack(pixels).astype(np.float32)))
        for image, picture, reason in group:
            row = None if picture is None else np.asarray(next(rows), np.float16)
            yield Extracted(image, row, reason)
