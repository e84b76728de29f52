"""Losses and accuracies while the head is fitted."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cloudanno_desktop.training.classifier_head import ITERATIONS, Head, loss_of
from cloudanno_desktop.training.evaluate import multi_hot
from cloudanno_desktop.training.events import EpochEnded
from cloudanno_desktop.training.features import Features

STEP = 5
ROWS = 2_000


@dataclass
class Curves:
    """Measures the fit every few iterations, on at most ``ROWS`` pictures of each part."""

    train: Features
    val: Features
    report: Callable[[EpochEnded], None]
    labels: int  # how many
    began: float = field(default_factory=time.monotonic)

    def watch(self, iteration: int, head: Head) -> None:
        if iteration % STEP and iteration != 1:
            return
        loss, accuracy = self._figures(head, self.train)
        val_loss, val_accuracy = self._figures(head, self.val)
        seconds = time.monotonic() - self.began
        self.report(
            EpochEnded(iteration, ITERATIONS, loss, accuracy, val_loss, val_accuracy, seconds)
        )

    def _figures(self, head: Head, part: Features) -> tuple[float, float]:
        """Return the loss and the share of pictures whose top label is one of theirs."""
        truth = multi_hot(part.images[:ROWS], self.labels).astype(np.float32)
        predictions = head.probabilities(part.matrix[:ROWS])
        right = truth[np.arange(len(truth)), predictions.argmax(axis=1)] > 0
        return loss_of(predictions, truth, multi_label=head.multi_label), float(right.mean())
