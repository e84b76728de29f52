"""The steps from a job to a validated model.

TensorFlow is loaded after the head was fitted and validated, unless a GPU is used from the start.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cloudanno_desktop.dataset.readiness import check_job
from cloudanno_desktop.dataset.run_folder import Job, JobImage, Resize, RunFolder, RunResult, Split
from cloudanno_desktop.training.backbone_process import prepared
from cloudanno_desktop.training.backbone_spec import Backbone, Weights, backbone_named, features_id
from cloudanno_desktop.training.classifier_head import (
    ITERATIONS,
    FittedHead,
    Floats,
    Head,
    fit_head,
    fit_temperature,
    logits_of,
    probabilities,
)
from cloudanno_desktop.training.curves import Curves
from cloudanno_desktop.training.device import Device, choose_device
from cloudanno_desktop.training.evaluate import (
    Evaluation,
    Flags,
    best_thresholds,
    evaluate,
    multi_hot,
)
from cloudanno_desktop.training.events import PROTOCOL, Evaluated, Phase, Started
from cloudanno_desktop.training.feature_cache import FeatureStore
from cloudanno_desktop.training.features import Extractor, Features, LiteExtractor, extract
from cloudanno_desktop.training.litert import probe
from cloudanno_desktop.training.preprocess import read_batches
from cloudanno_desktop.training.run_control import RunControl
from cloudanno_desktop.training.weights import find_weights

Model = Any  # keras has no types

CHECKED = 8
# Features are stored as float16, the network computes in float32.
ROUNDING = 0.05


@dataclass(frozen=True, slots=True)
class Trained:
    """What the training steps leave for the exports.

    Attributes:
        model: the Keras network with the best weights, already in ``model.keras``.
        validation: the readable validation pictures.
        predictions: the model's probabilities for them, images × labels.
        stopped: whether the user stopped the run, so that nothing more is done.
    """

    job: Job
    model: Model
    result: RunResult
    validation: tuple[JobImage, ...]
    predictions: Floats
    stopped: bool

    def validation_batches(self) -> Iterator[tuple[tuple[str, ...], Floats, Floats, Flags]]:
        """Yield keys, pixels, predictions and truth of the validation pictures."""
        truth = multi_hot(self.validation, len(self.job.labels))
        keys = tuple(image.key for image in self.validation)
        start = 0
        for pixels in _pixels(self.validation, self.job.options.resize):
            part = slice(start, start + len(pixels))
            yield keys[part], pixels, self.predictions[part], truth[part]
            start = part.stop


def train(folder: RunFolder, run_control: RunControl, began: float) -> Trained:
    """Carry out the job up to the validated model, which is written into the folder.

    ``began`` is the ``time.monotonic`` at which the process started to work.

    Raises:
        Cancelled: stopped before there was a model.
        CloudAnnoError: weights, device or pictures do not allow the run.
    """
    return _Run(folder, run_control, began).carry_out()


@dataclass
class _Run:
    folder: RunFolder
    run_control: RunControl
    began: float
    backbone: Backbone = field(init=False)
    weights: Weights = field(init=False)
    seconds: dict[str, float] = field(default_factory=dict)

    def carry_out(self) -> Trained:
        self.job = job = self.folder.read_job()
        options = job.options
        self.device: Device = choose_device(options.device, full=options.mode == "full")
        self.run_control.report(
            Started(PROTOCOL, len(job.images), len(job.labels), self.device.name)
        )
        with self._phase("prepare"):
            extractor = self._prepare()
        with self._phase("features"):
            features = self._features(extractor)
        with self._phase("head"):
            fitted = self._head(features)
        return self._finish(features, fitted)

    def _prepare(self) -> Extractor:
        options = self.job.options
        cache = Path(self.job.features_dir)
        cache.mkdir(parents=True, exist_ok=True)
        if self.device.is_gpu:
            return self._network_extractor(cache)
        ready = prepared(self.folder, self.job, self.run_control.progress)
        self.backbone, self.weights = ready.backbone, ready.weights
        return LiteExtractor(ready.path, options.resize)

    def _network_extractor(self, cache: Path) -> Extractor:
        from cloudanno_desktop.training.keras_features import NetworkExtractor

        options = self.job.options
        self.backbone = backbone_named(options.backbone)
        self.weights = find_weights(self.backbone, options.weights, options.seed, cache)
        network, network_id = self._network(), features_id(self.backbone, self.weights)
        probe(network.predict_on_batch, self.weights, self.backbone.name)
        return NetworkExtractor(network, network_id, options.resize)

    def _features(self, extractor: Extractor) -> Features:
        store = FeatureStore(Path(self.job.features_dir))
        images = [image for image in self.job.images if image.split != "test"]
        try:
            features = extract(images, extractor, store, self.run_control.progress)
        finally:
            store.close()
        check_job(self.job, features.images, features.unreadable)
        return features

    def _head(self, features: Features) -> FittedHead:
        self.run_control.progress(0, ITERATIONS)
        labels, part = len(self.job.labels), _part(features, "train")
        curves = Curves(part, _part(features, "val"), self.run_control.report, labels)
        return fit_head(
            part.matrix,
            multi_hot(part.images, labels).astype(np.float32),
            multi_label=self.job.multi_label,
            seed=self.job.options.seed,
            watch=curves.watch,
        )

    def _finish(self, features: Features, fitted: FittedHead) -> Trained:
        val = _part(features, "val")
        outcome = _Outcome(fitted.head.probabilities(val.matrix), fitted.head.temperature)
        outcome.thresholds = self._thresholds(fitted.out_of_fold, fitted.truth)
        if self.job.options.mode == "full":
            with self._phase("full", "fine_tune"):
                self._full(features, fitted.head, outcome)
        with self._phase("evaluate"):
            found = self._evaluation(val, outcome)
        with self._phase("export", "model"):
            from cloudanno_desktop.training.keras_model import save_model

            if outcome.model is None:
                outcome.model = self._model(fitted.head, val, outcome.predictions)
            save_model(outcome.model, self.folder.model_path)
        result = self._result(features, found, outcome)
        return Trained(
            self.job, outcome.model, result, val.images, outcome.predictions, outcome.stopped
        )

    def _model(self, head: Head, val: Features, predictions: Floats) -> Model:
        """Build the Keras network and check that it predicts what the head predicted."""
        from cloudanno_desktop.training.keras_model import build_model, replies_of

        model = build_model(self._network(), head)
        pixels = next(_pixels(val.images[:CHECKED], self.job.options.resize))
        difference = float(np.abs(replies_of(model, pixels) - predictions[:CHECKED]).max())
        if not difference < ROUNDING:
            raise RuntimeError(f"network and head differ by {difference}")
        return model

    def _network(self) -> Model:
        from cloudanno_desktop.training.keras_backbone import load_network

        return load_network(self.backbone, self.weights)

    def _full(self, features: Features, head: Head, outcome: "_Outcome") -> None:
        """Train from pixels, calibrate again; the outcome is the best that there was."""
        from cloudanno_desktop.training.fine_tune import Pictures, Schedule, fit_full, replies_for
        from cloudanno_desktop.training.keras_model import build_model, soften

        job, train, val = self.job, _part(features, "train"), _part(features, "val")
        model = self._model(head, val, outcome.predictions)
        budget_s = job.options.budget_s
        schedule = Schedule(
            options=job.options,
            backbone=self.backbone,
            deadline=None if budget_s is None else self.began + budget_s,
            progress=self.run_control.progress,
            report=self.run_control.report,
            build_mixed=(
                (lambda: build_model(self._network(), head)) if self.device.is_gpu else None
            ),
        )
        pictures = Pictures(train.images, val.images, len(job.labels), job.multi_label)
        outcome.stopped = fit_full(model, pictures, schedule)
        outcome.model = model
        logits = logits_of(replies_for(model, val.images, job.options), multi_label=job.multi_label)
        truth = multi_hot(val.images, len(job.labels))
        again = fit_temperature(logits, truth.astype(np.float32), multi_label=job.multi_label)
        soften(model, again)
        outcome.predictions = probabilities(logits / np.float32(again), multi_label=job.multi_label)
        outcome.temperature *= again
        outcome.thresholds = self._thresholds(outcome.predictions, truth)

    def _thresholds(self, predictions: Floats, truth: Flags) -> tuple[float, ...]:
        return best_thresholds(predictions, truth) if self.job.multi_label else ()

    def _evaluation(self, val: Features, outcome: "_Outcome") -> Evaluation:
        found = evaluate(outcome.predictions, val.images, self.job.labels, outcome.thresholds)
        low, high = found.interval
        self.run_control.report(Evaluated(found.accuracy, low, high, found.images))
        return found

    def _result(self, features: Features, found: Evaluation, outcome: "_Outcome") -> RunResult:
        return RunResult(
            labels=self.job.labels,
            multi_label=self.job.multi_label,
            train_images=sum(image.split == "train" for image in features.images),
            val_images=found.images,
            val_accuracy=found.accuracy,
            val_accuracy_interval=found.interval,
            per_label=found.per_label,
            confusion=found.confusion,
            mistakes=found.mistakes,
            temperature=outcome.temperature,
            thresholds=outcome.thresholds,
            seconds={
                "fine_tune": 0.0,
                "export": 0.0,
                **self.seconds,
                "total": time.monotonic() - self.began,
            },
            backbone=self.backbone.name,
            weights=self.weights.title,
            device=self.device.name,
            mode=self.job.options.mode,
            unreadable=features.unreadable,
        )

    @contextmanager
    def _phase(self, name: str, key: str = "") -> Iterator[None]:
        """Report the phase and note its seconds, under ``key`` if that is another word."""
        self.run_control.report(Phase(name))
        began = time.monotonic()
        yield
        self.seconds[key or name] = time.monotonic() - began


@dataclass
class _Outcome:
    """The best so far: probabilities for the validation pictures and what made them."""

    predictions: Floats
    temperature: float
    thresholds: tuple[float, ...] = ()
    model: Model = None
    stopped: bool = False


def _part(features: Features, split: Split) -> Features:
    rows = [row for row, image in enumerate(features.images) if image.split == split]
    if split == "val":  # copies of a picture are one proof, not many
        different = {
            (features.images[row].digest, features.images[row].labels): row for row in rows
        }
        rows = list(different.values())
    images = tuple(features.images[row] for row in rows)
    return Features(images, features.matrix[rows], {})


def _pixels(images: Sequence[JobImage], resize: Resize) -> Iterator[Floats]:
    return read_batches([Path(image.path) for image in images], resize)
