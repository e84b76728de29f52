"""Turn pictures into features, each picture only once.

The backbone runs in LiteRT, one interpreter with one thread for each of our threads: on two cores
that reaches 79% of what its arithmetic allows, and Keras 31%.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.dataset.run_folder import JobImage, Resize
from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.training.feature_cache import FeatureStore, Row
from cloudanno_desktop.training.litert import LiteNetwork
from cloudanno_desktop.training.lookahead import map_ahead
from cloudanno_desktop.training.preprocess import (
    PIXELS_VERSION,
    Pixels,
    decode_threads,
    read_pixels,
)

COMMIT_ROWS = 64


@dataclass(frozen=True, slots=True)
class Extracted:
    """The features of one picture, or the reason why there are none."""

    image: JobImage
    row: Row | None
    reason: str = ""


class Extractor(Protocol):
    """Something that turns pictures into features."""

    id: str  # extractors with the same id give the same bytes the same row

    def rows(self, images: Iterable[JobImage]) -> Iterator[Extracted]:
        """Yield one result for each image, in order."""


@dataclass(frozen=True, slots=True)
class Features:
    """The readable pictures of a run and their features."""

    images: tuple[JobImage, ...]
    matrix: npt.NDArray[np.float16]  # pictures × features
    unreadable: dict[str, str]  # reason by key of the pictures that were left out


def extractor_id(network_id: str, resize: Resize) -> str:
    return f"{network_id}-{resize}-{PIXELS_VERSION}"


def extract(
    images: Sequence[JobImage], extractor: Extractor, store: FeatureStore, progress: Progress
) -> Features:
    """Return the features of all images; what the store lacks is computed and stored.

    Raises ``Cancelled`` after storing what was computed.
    """
    needed = {image.digest: image for image in images}
    rows = dict(store.read(extractor.id, list(needed)))
    missing = [image for digest, image in needed.items() if digest not in rows]
    reasons: dict[str, str] = {}
    progress(len(rows), len(needed))
    for done in _stored(extractor, missing, store):
        if done.row is None:
            reasons[done.image.digest] = done.reason
        else:
            rows[done.image.digest] = done.row
        progress(len(rows) + len(reasons), len(needed))
    readable = tuple(image for image in images if image.digest in rows)
    matrix = np.array([rows[image.digest] for image in readable], np.float16)
    unreadable = {i.key: reasons[i.digest] for i in images if i.digest in reasons}
    return Features(readable, matrix, unreadable)


def _stored(
    extractor: Extractor, images: Sequence[JobImage], store: FeatureStore
) -> Iterator[Extracted]:
    """Yield what is extracted, and write it to the store a few rows at a time."""
    waiting: dict[str, Row] = {}
    try:
        for done in extractor.rows(images):
            if done.row is not None:
                waiting[done.image.digest] = done.row
            if len(waiting) >= COMMIT_ROWS:
                store.write(extractor.id, waiting)
                waiting = {}
            yield done
    finally:
        store.write(extractor.id, waiting)


class LiteExtractor:
    """A converted backbone (a TFLite file), run by LiteRT on the CPU."""

    def __init__(self, path: Path, resize: Resize) -> None:
        self.id = extractor_id(path.stem, resize)
        self._body = path.read_bytes()
        self._resize = resize
        self._local = threading.local()

    def rows(self, images: Iterable[JobImage]) -> Iterator[Extracted]:
        return map_ahead(self._row, images, decode_threads())

    def _row(self, image: JobImage) -> Extracted:
        try:
            pixels = read_pixels(Path(image.path), self._resize)
        except PictureUnreadable as error:
            return Extracted(image, None, error.reason)
        return Extracted(image, self._forward(pixels))

    def _forward(self, pixels: Pixels) -> Row:
        (features,) = self._network()(pixels[None].astype(np.float32))
        return np.asarray(features, np.float16)

    def _network(self) -> LiteNetwork:
        network: LiteNetwork | None = getattr(self._local, "network", None)
        if network is None:
            network = self._local.network = LiteNetwork(self._body)
        return network
