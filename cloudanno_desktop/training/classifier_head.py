"""The classifier on top of the features: regularised logistic regression, calibrated.

Multinomial for one label a picture, a sigmoid for each label otherwise; L-BFGS on standardised
features. The weight decay is the one with the lowest loss on pictures left out (cross-validation),
the temperature (Guo et al., 2017, https://arxiv.org/abs/1706.04599) fits the same predictions.

Small matrices make BLAS threads fight each other: ``OPENBLAS_NUM_THREADS=1`` must be set before
numpy is imported, else 25 fits take 37 s instead of 2 s.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import fmin_l_bfgs_b, minimize_scalar
from scipy.special import expit, log_softmax, logit, softmax

Floats = npt.NDArray[np.float32]

# From strong to weak, so that each fit starts from the one before.
DECAYS = (1.0, 0.3, 0.1, 0.03, 0.01)
FOLDS = 5
CV_ROWS = 5_000
ITERATIONS = 200
SMALLEST_STD = 1e-4
TINY = 1e-7


@dataclass(frozen=True, slots=True)
class FitLimits:
    """When L-BFGS ends."""

    iterations: int
    flat: float  # or when one gains less than so many times the rounding error of the loss


# Comparing weight decays needs no exact minimum.
COMPARING = FitLimits(40, 2e11)
FINAL = FitLimits(ITERATIONS, 5e8)


@dataclass(frozen=True, slots=True)
class Head:
    """A fitted classifier on raw features; standardisation and temperature are folded in.

    Attributes:
        weights: features × labels.
        temperature: by which the logits were divided.
        decay: the weight decay that cross-validation chose.
    """

    weights: Floats
    bias: Floats
    multi_label: bool
    temperature: float
    decay: float

    def probabilities(self, features: npt.NDArray[np.floating]) -> Floats:
        logits = features.astype(np.float32) @ self.weights + self.bias
        return probabilities(logits, multi_label=self.multi_label)


@dataclass(frozen=True, slots=True)
class FittedHead:
    """A head, and its predictions for training pictures while they were left out.

    Attributes:
        out_of_fold: calibrated probabilities, pictures × labels.
        truth: multi-hot, for the same pictures.
    """

    head: Head
    out_of_fold: Floats
    truth: npt.NDArray[np.bool_]


def fit_head(
    features: npt.NDArray[np.float16],
    truth: Floats,
    *,
    multi_label: bool,
    seed: int,
    watch: Callable[[int, Head], None],
) -> FittedHead:
    """Fit the classifier.

    Args:
        features: pictures × features.
        truth: multi-hot, pictures × labels.
        multi_label: each label is decided for itself, instead of one label a picture.
        seed: decides the folds.
        watch: called after each iteration of the last fit; may raise to stop.
    """
    mean, std = _scale(features)
    problem = _Problem((features.astype(np.float32) - mean) / std, truth, multi_label)
    rows, decay, left_out = _cross_validate(problem, seed)
    temperature = fit_temperature(left_out, truth[rows], multi_label=multi_label)

    def folded(solution: Floats) -> Head:
        weights = solution[:-1] / std[:, None] / temperature
        bias = solution[-1] / temperature - mean @ weights
        return Head(weights, bias, multi_label, temperature, decay)

    steps = iter(range(1, ITERATIONS + 1))
    solution = problem.solve(
        decay, problem.zeros(), FINAL, lambda now: watch(next(steps), folded(now))
    )
    calibrated = probabilities(left_out / temperature, multi_label=multi_label)
    return FittedHead(folded(solution), calibrated, truth[rows] > 0)


def probabilities(logits: Floats, *, multi_label: bool) -> Floats:
    prediction = expit(logits) if multi_label else softmax(logits, axis=1)
    return np.asarray(prediction, np.float32)


def logits_of(predictions: Floats, *, multi_label: bool) -> Floats:
    safe = np.clip(predictions, TINY, 1 - TINY)
    return np.asarray(logit(safe) if multi_label else np.log(safe), np.float32)


def loss_of(predictions: Floats, truth: Floats, *, multi_label: bool) -> float:
    """Return the mean loss of probabilities in nats a picture."""
    likely = truth * np.log(predictions + TINY)
    if multi_label:
        likely = likely + (1 - truth) * np.log(1 - predictions + TINY)
    return float(-likely.sum(axis=1).mean()) if len(predictions) else 0.0


def fit_temperature(logits: Floats, truth: Floats, *, multi_label: bool) -> float:
    """Return the number that logits must be divided by to be calibrated; 1 if none helps."""

    def loss(log_temperature: float) -> float:
        predictions = probabilities(
            np.asarray(logits / np.exp(log_temperature), np.float32), multi_label=multi_label
        )
        return loss_of(predictions, truth, multi_label=multi_label)

    found = minimize_scalar(loss, bounds=(-3, 3), method="bounded")
    return float(np.exp(found.x)) if found.fun < loss(0.0) else 1.0


def _scale(features: npt.NDArray[np.float16]) -> tuple[Floats, Floats]:
    mean = features.mean(axis=0, dtype=np.float32)
    std = features.astype(np.float32).std(axis=0)
    return mean, np.where(std < SMALLEST_STD, np.float32(1), std)


def _cross_validate(problem: "_Problem", seed: int) -> tuple[npt.NDArray[np.intp], float, Floats]:
    """Return the rows that took part, the best decay, and the logits of the left-out pictures."""
    rows, folds = _folds(problem.truth, seed)
    logits = {decay: np.zeros((len(rows), problem.labels), np.float32) for decay in DECAYS}
    for fold in range(FOLDS):
        out = folds == fold
        part = problem.part(rows[~out])
        solution = part.zeros()
        for decay in DECAYS:
            solution = part.solve(decay, solution, COMPARING)
            logits[decay][out] = problem.features[rows[out]] @ solution[:-1] + solution[-1]
    truth = problem.truth[rows]

    def loss(decay: float) -> float:
        predictions = probabilities(logits[decay], multi_label=problem.multi_label)
        return loss_of(predictions, truth, multi_label=problem.multi_label)

    best = min(DECAYS, key=loss)
    return rows, best, logits[best]


def _folds(truth: Floats, seed: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Choose at most ``CV_ROWS`` pictures and deal those of each label over the folds."""
    rows = np.random.default_rng(seed).permutation(len(truth))[:CV_ROWS]
    rows = rows[np.argsort(truth[rows].argmax(axis=1), kind="stable")]
    return rows, np.arange(len(rows)) % FOLDS


class _Problem:
    """Weighted logistic regression; the last row of a solution is the bias."""

    def __init__(self, features: Floats, truth: Floats, multi_label: bool) -> None:
        self.features = features
        self.truth = truth
        self.multi_label = multi_label
        self.labels = truth.shape[1]
        self._weights = _class_weights(truth)

    def part(self, rows: npt.NDArray[np.intp]) -> "_Problem":
        return _Problem(self.features[rows], self.truth[rows], self.multi_label)

    def zeros(self) -> Floats:
        return np.zeros((self.features.shape[1] + 1, self.labels), np.float32)

    def solve(
        self,
        decay: float,
        start: Floats,
        effort: FitLimits,
        watch: Callable[[Floats], None] | None = None,
    ) -> Floats:
        """Minimise the loss plus ``decay`` / 2 · ‖weights‖², from ``start``."""

        def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            return self._loss(flat.reshape(start.shape).astype(np.float32), decay)

        def after(flat: npt.NDArray[np.float64]) -> None:
            if watch is not None:
                watch(flat.reshape(start.shape).astype(np.float32))

        found, _, _ = fmin_l_bfgs_b(
            loss,
            start.ravel().astype(np.float64),
            maxiter=effort.iterations,
            factr=effort.flat,
            callback=after,
        )
        return np.asarray(found, np.float32).reshape(start.shape)

    def _loss(self, solution: Floats, decay: float) -> tuple[float, npt.NDArray[np.float64]]:
        logits = self.features @ solution[:-1] + solution[-1]
        loss, slope = self._data_loss(logits)
        gradient = np.empty_like(solution)
        gradient[:-1] = self.features.T @ slope + decay * solution[:-1]
        gradient[-1] = slope.sum(axis=0)
        loss += 0.5 * decay * float(np.square(solution[:-1]).sum())
        return loss, gradient.ravel().astype(np.float64)

    def _data_loss(self, logits: Floats) -> tuple[float, Floats]:
        if self.multi_label:
            costs = np.logaddexp(0, logits) - self.truth * logits
            slope = (expit(logits) - self.truth) * self._weights
            return float((costs * self._weights).sum()), slope
        share = self.truth / self.truth.sum(axis=1, keepdims=True)
        costs = -(share * log_softmax(logits, axis=1)).sum(axis=1, keepdims=True)
        slope = (softmax(logits, axis=1) - share) * self._weights
        return float((costs * self._weights).sum()), slope


def _class_weights(truth: Floats) -> Floats:
    """Return a column of weights that add to 1 and give each label the same share."""
    counts = np.maximum(truth.sum(axis=0), 1)
    each = (truth / counts).sum(axis=1, keepdims=True)
    return np.asarray(each / each.sum(), np.float32)
