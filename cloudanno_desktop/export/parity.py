"""Run an exported file on the validation pictures again and compare it with the network.

Wrong color order, a doubled scaling or a broken conversion show here, before anything is
published.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cloudanno_desktop.export.artifact import ExportedFile, ModelSpec
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.export.predictor import Floats
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.training.evaluate import Flags, decide


class PictureBatch(NamedTuple):
    """Some validation pictures.

    Attributes:
        keys: of the pictures, n.
        pixels: n × height × width × 3, RGB 0..255.
        reference: the network's own probabilities, n × labels.
        truth: multi-hot, n × labels.
    """

    keys: tuple[str, ...]
    pixels: Floats
    reference: Floats
    truth: Flags


@dataclass(frozen=True, slots=True)
class ParityReport:
    """How an exported file compares with the network.

    Attributes:
        accuracy: share of pictures that the file gets right.
        reference_accuracy: the same of the network.
        agreement: share of pictures with the network's own decision.
        largest_difference: between two probabilities of the same label.
        flipped: keys of the pictures with another decision.
        scores: the file's probabilities by key.
    """

    images: int
    accuracy: float
    reference_accuracy: float
    agreement: float
    largest_difference: float
    flipped: tuple[str, ...]
    scores: dict[str, tuple[float, ...]]

    @property
    def is_faithful(self) -> bool:
        """Whether the file decides like the network: at most one picture, or 3%, flipped.

        Half precision flips up to one in a hundred; colors in the wrong order or a doubled
        scaling flip far more.
        """
        finite = math.isfinite(self.largest_difference)
        return finite and len(self.flipped) <= max(1, 0.03 * self.images)


def check_parity(
    file: ExportedFile,
    spec: ModelSpec,
    batches: Iterable[PictureBatch],
    progress: Progress = silent,
    scored: Collection[str] = (),
) -> ParityReport:
    """Run the file on every picture of every batch and compare; without pictures the shares are 1.

    The report holds the file's probabilities for the pictures whose keys are in ``scored``.
    """
    rows = list(_compared(file, spec, batches, progress))
    return ParityReport(
        images=len(rows),
        accuracy=_share([row.right for row in rows]),
        reference_accuracy=_share([row.reference_right for row in rows]),
        agreement=_share([row.same for row in rows]),
        largest_difference=float(np.max([row.difference for row in rows], initial=0.0)),
        flipped=tuple(row.key for row in rows if not row.same),
        scores={row.key: tuple(row.prediction.tolist()) for row in rows if row.key in scored},
    )


def decisions(probabilities: Floats, spec: ModelSpec) -> Flags:
    """Return which labels the probabilities stand for, multi-hot."""
    thresholds = spec.thresholds or (0.5,) * len(spec.labels)
    return decide(probabilities, thresholds if spec.multi_label else ())


class _Compared(NamedTuple):
    key: str
    right: bool
    reference_right: bool
    same: bool
    difference: float
    prediction: Floats


def _compared(
    file: ExportedFile, spec: ModelSpec, batches: Iterable[PictureBatch], progress: Progress
) -> Iterator[_Compared]:
    predictor = open_predictor(file.path)
    done = 0
    for keys, pixels, reference, truth in batches:
        predictions = predictor.predict(pixels)
        said, expected = decisions(predictions, spec), decisions(reference, spec)
        yield from map(
            _Compared,
            keys,
            (said == truth).all(axis=1).tolist(),
            (expected == truth).all(axis=1).tolist(),
            (said == expected).all(axis=1).tolist(),
            np.abs(predictions - reference).max(axis=1).tolist(),
            predictions,
        )
        done += len(keys)
        progress(done, None, file.format.caption)


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 1.0
