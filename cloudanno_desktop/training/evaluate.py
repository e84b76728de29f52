"""How good predictions are: accuracy with its interval, figures of each label, mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.dataset.run_folder import JobImage, LabelScore, Mistake

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

Z_95 = 1.959964
WORST = 100
THRESHOLDS = np.arange(0.05, 0.96, 0.01)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a network did on some pictures.

    Attributes:
        accuracy: share of pictures whose predicted labels are exactly right.
        interval: its 95% interval by Wilson.
        confusion: rows are true labels, columns predicted ones; with several labels a picture, a
            missed label meets every wrong one of the same picture.
        mistakes: the most certain first.
    """

    images: int
    accuracy: float
    interval: tuple[float, float]
    per_label: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]


def evaluate(
    predictions: Floats,
    images: Sequence[JobImage],
    labels: Sequence[str],
    thresholds: Sequence[float],
) -> Evaluation:
    """Compare probabilities (images × labels) with the labels that users gave.

    ``thresholds`` say from which probability a label counts; empty: the most probable one does.
    """
    truth = multi_hot(images, len(labels))
    said = decide(predictions, thresholds)
    right = (said == truth).all(axis=1)
    return Evaluation(
        images=len(images),
        accuracy=float(right.mean()) if len(images) else 0.0,
        interval=wilson(int(right.sum()), len(images)),
        per_label=tuple(_score(name, truth[:, i], said[:, i]) for i, name in enumerate(labels)),
        confusion=_confusion(truth, said),
        mistakes=_mistakes(predictions, images, labels, said),
    )


def multi_hot(images: Sequence[JobImage], labels: int) -> Flags:
    """Return which labels each image carries, images × labels."""
    truth = np.zeros((len(images), labels), np.bool_)
    for row, image in enumerate(images):
        truth[row, list(image.labels)] = True
    return truth


def decide(predictions: Floats, thresholds: Sequence[float]) -> Flags:
    """Return which labels are meant: the most probable one, or all from their thresholds on."""
    if thresholds:
        return np.asarray(predictions >= np.asarray(thresholds, np.float32))
    return np.asarray(np.arange(predictions.shape[1]) == predictions.argmax(axis=1)[:, None])


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson, 1927), which holds for few and for all right."""
    if not total:
        return 0.0, 1.0
    share, z2 = right / total, Z_95**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z_95 * sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def best_thresholds(predictions: Floats, truth: Flags) -> tuple[float, ...]:
    """Return for each label the probability from which counting it gives the best F1.

    Of equally good ones the middle is taken; 0.5 for a label that no picture carries.
    """
    return tuple(
        _best_threshold(predictions[:, label], truth[:, label]) for label in range(truth.shape[1])
    )


def _best_threshold(predictions: Floats, truth: Flags) -> float:
    if not truth.any():
        return 0.5
    scores = [_ratios(truth, predictions >= threshold)[2] for threshold in THRESHOLDS]
    best = THRESHOLDS[np.isclose(scores, max(scores))]
    return round(float(best[len(best) // 2]), 2)


def _score(name: str, truth: Flags, said: Flags) -> LabelScore:
    precision, recall, f1 = _ratios(truth, said)
    return LabelScore(name, int(truth.sum()), precision, recall, f1)


def _ratios(truth: Flags, said: Flags) -> tuple[float, float, float]:
    hits = int((truth & said).sum())
    precision = hits / max(int(said.sum()), 1)
    recall = hits / max(int(truth.sum()), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _confusion(truth: Flags, said: Flags) -> tuple[tuple[int, ...], ...]:
    hits = np.diag((truth & said).sum(axis=0))
    missed = (truth & ~said).astype(np.int64)
    wrong = (said & ~truth).astype(np.int64)
    table = hits + missed.T @ wrong
    return tuple(tuple(int(count) for count in row) for row in table)


def _mistakes(
    predictions: Floats, images: Sequence[JobImage], labels: Sequence[str], said: Flags
) -> tuple[Mistake, ...]:
    truth = multi_hot(images, len(labels))
    certainty = np.where(said == truth, -1, np.abs(predictions - truth)).max(axis=1)
    wrong = np.flatnonzero((said != truth).any(axis=1))
    worst = wrong[np.argsort(-certainty[wrong], kind="stable")][:WORST]
    return tuple(_mistake(predictions, images, labels, row) for row in worst.tolist())


def _mistake(
    predictions: Floats, images: Sequence[JobImage], labels: Sequence[str], row: int
) -> Mistake:
    image, top = images[row], int(predictions[row].argmax())
    return Mistake(
        key=image.key,
        path=image.path,
        truth=tuple(labels[label] for label in image.labels),
        predicted=labels[top],
        probability=float(predictions[row, top]),
    )
