"""Keras' own training from pixels: the whole network, or its last blocks. Loads TensorFlow.

It starts from the fast mode's model and keeps a state only if validation got better, so it never
ends below what the fast mode reached.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cloudanno_desktop.dataset.run_folder import JobImage, TrainOptions
from cloudanno_desktop.progress import Cancelled, Progress
from cloudanno_desktop.training.backbone_spec import Backbone
from cloudanno_desktop.training.classifier_head import Floats, loss_of
from cloudanno_desktop.training.evaluate import multi_hot
from cloudanno_desktop.training.events import EpochEnded
from cloudanno_desktop.training.keras_model import LOGITS, replies_of
from cloudanno_desktop.training.preprocess import read_batches

BATCH = 32
HEAD_RATE = 1e-4
FINE_TUNE_RATE = 2e-5


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that the full mode trains on and validates with."""

    train: Sequence[JobImage]
    val: Sequence[JobImage]
    labels: int  # how many
    multi_label: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to train, with what, and where to report.

    ``build_mixed`` makes the same network for mixed precision on a GPU; ``None`` on a CPU.
    """

    options: TrainOptions
    backbone: Backbone
    deadline: float | None  # by ``time.monotonic``
    progress: Progress
    report: Callable[[EpochEnded], None]
    build_mixed: Callable[[], Any] | None = None


def fit_full(model: Any, pictures: Pictures, schedule: Schedule) -> bool:  # noqa: ANN401  # keras is untyped
    """Train ``model`` further; it ends with the weights that validated best.

    Return whether the user stopped it. A budget that runs out just ends it.
    """
    fit = _Fit(model, _trainer(model, schedule), pictures, schedule)
    stopped = False
    try:
        fit.run()
    except Cancelled:
        stopped = True
    model.set_weights(fit.best)
    return stopped


def replies_for(model: Any, images: Sequence[JobImage], options: TrainOptions) -> Floats:  # noqa: ANN401  # keras is untyped
    """Return the model's probabilities, images × labels."""
    paths = [Path(image.path) for image in images]
    batches = read_batches(paths, options.resize, BATCH)
    return np.concatenate([replies_of(model, pixels) for pixels in batches])


def _trainer(model: Any, schedule: Schedule) -> Any:  # noqa: ANN401  # keras is untyped
    if schedule.build_mixed is None:
        trainer = model
    else:
        keras.config.set_dtype_policy("mixed_float16")
        try:
            trainer = schedule.build_mixed()
        finally:
            keras.config.set_dtype_policy("float32")
        trainer.set_weights(model.get_weights())
    _freeze(trainer, schedule)
    return trainer


def _freeze(trainer: Any, schedule: Schedule) -> None:  # noqa: ANN401  # keras is untyped
    """Train the classifier and the last blocks; normalisation keeps what ImageNet taught it."""
    blocks = schedule.backbone.blocks[: schedule.options.fine_tune]
    prefixes = tuple(prefix for block in blocks for prefix in block)
    for layer in trainer.layers:
        chosen = layer.name == LOGITS or _belongs(layer.name, prefixes)
        layer.trainable = chosen and not isinstance(layer, keras.layers.BatchNormalization)


def _belongs(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix.rstrip('_')}_") for prefix in prefixes)


class _Fit:
    """One run of Keras' ``fit`` with its best state."""

    def __init__(self, model: Any, trainer: Any, pictures: Pictures, schedule: Schedule) -> None:  # noqa: ANN401  # keras is untyped
        self._model = model
        self._trainer = trainer
        self._pictures = pictures
        self._schedule = schedule
        self._truth = multi_hot(pictures.val, pictures.labels).astype(np.float32)
        self._steps = -(-len(pictures.train) // BATCH)
        self._epoch_began = time.monotonic()
        self.best = model.get_weights()
        self._best_score = self._score()

    def run(self) -> None:
        options = self._schedule.options
        rate = FINE_TUNE_RATE if options.fine_tune else HEAD_RATE
        loss = "binary_crossentropy" if self._pictures.multi_label else "categorical_crossentropy"
        accuracy = "binary_accuracy" if self._pictures.multi_label else "categorical_accuracy"
        self._trainer.compile(keras.optimizers.Adam(rate), loss=loss, metrics=[accuracy])
        keras.utils.set_random_seed(options.seed)
        watch = keras.callbacks.LambdaCallback(
            on_train_batch_end=self._after_batch, on_epoch_end=self._after_epoch
        )
        self._trainer.fit(
            self._batches(),
            steps_per_epoch=self._steps,
            epochs=options.epochs,
            callbacks=[watch],
            verbose=0,
        )

    def _batches(self) -> Iterator[tuple[Floats, Floats]]:
        """Yield shuffled pictures without end, as ``fit`` expects them."""
        images, options = self._pictures.train, self._schedule.options
        truth = multi_hot(images, self._pictures.labels).astype(np.float32)
        random = np.random.default_rng(options.seed)
        while True:
            order = random.permutation(len(images))
            paths = [Path(images[row].path) for row in order]
            for number, pixels in enumerate(read_batches(paths, options.resize, BATCH)):
                yield pixels, truth[order[number * BATCH : number * BATCH + len(pixels)]]

    def _after_batch(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._schedule.progress(batch + 1, self._steps, "")
        deadline = self._schedule.deadline
        if deadline is not None and time.monotonic() > deadline:
            self._trainer.stop_training = True

    def _after_epoch(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self._trainer is not self._model:
            self._model.set_weights(self._trainer.get_weights())
        score = accuracy, negative_loss = self._score()
        if score > self._best_score:
            self.best, self._best_score = self._model.get_weights(), score
        metrics = logs or {}
        now = time.monotonic()
        self._schedule.report(
            EpochEnded(
                epoch=epoch + 1,
                epochs=self._schedule.options.epochs,
                loss=metrics.get("loss", 0.0),
                accuracy=max(
                    (v for k, v in metrics.items() if k.endswith("accuracy")), default=0.0
                ),
                val_loss=-negative_loss,
                val_accuracy=accuracy,
                seconds=now - self._epoch_began,
            )
        )
        self._epoch_began = now

    def _score(self) -> tuple[float, float]:
        """Return validation accuracy and the negative loss: the greater, the better."""
        predictions = replies_for(self._model, self._pictures.val, self._schedule.options)
        multi_label = self._pictures.multi_label
        if multi_label:
            right = ((predictions >= 0.5) == self._truth.astype(bool)).all(axis=1)
        else:
            right = predictions.argmax(axis=1) == self._truth.argmax(axis=1)
        return float(right.mean()), -loss_of(predictions, self._truth, multi_label=multi_label)
