"""The folder that holds one training run: the only thing that the training child sees.

::

    job.json        what to train on, and how
    events.jsonl    what the child reported
    model.keras     the trained network
    result.json     what came out
    exports/        one file for each format
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from cloudanno_desktop.files import read_json, write_file, write_json

Split = Literal["train", "val", "test"]
Resize = Literal["crop", "pad", "stretch"]
JOB_VERSION = 1
WEAK_RECALL = 0.5


class TrainOptions(msgspec.Struct, frozen=True, rename={"mode": "gear"}):
    """How to train; every field has the default that the button uses.

    Attributes:
        weights: ``imagenet`` (Keras' download and cache), a file path, or ``none``.
        device: ``auto``, ``cpu`` or ``gpu``.
        mode: ``fast`` (cached features and a head) or ``full`` (Keras ``fit``).
        budget_s: seconds after which the best so far is saved; ``None`` for no limit.
        fine_tune: how many of the backbone's last blocks the full mode trains.
        resize: how a picture becomes square.
        val_fraction: share of each label used for validation.
        leave_out: names of the labels that this run does without.
    """

    backbone: str = "mobilenet_v2"
    weights: str = "imagenet"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    mode: Literal["fast", "full"] = "fast"
    budget_s: float | None = None
    epochs: int = 10
    fine_tune: int = 0
    resize: Resize = "stretch"
    val_fraction: float = 0.2
    seed: int = 0
    formats: tuple[str, ...] = ("keras", "tflite", "coreml", "mlmodel")
    leave_out: tuple[str, ...] = ()


class JobImage(msgspec.Struct, frozen=True):
    """One labeled picture of the run."""

    key: str
    path: str  # the original on this computer
    digest: str  # blake2b-256 of its bytes, hex
    labels: tuple[int, ...]  # indices into ``Job.labels``
    split: Split


class Job(msgspec.Struct, frozen=True):
    """Everything a run needs; written once, never changed.

    Attributes:
        labels: names in the order of the network's outputs.
        features_dir: cache of features and converted backbones, shared by all runs.
    """

    version: int
    project: str
    labels: tuple[str, ...]
    multi_label: bool
    images: tuple[JobImage, ...]
    options: TrainOptions
    features_dir: str


class LabelScore(msgspec.Struct, frozen=True):
    """Figures of one label on the validation pictures, 0..1; ``images`` is its support."""

    name: str
    images: int
    precision: float
    recall: float
    f1: float


def untested(scores: Iterable[LabelScore]) -> tuple[str, ...]:
    """Return the labels of which no picture was there to validate with."""
    return tuple(score.name for score in scores if not score.images)


def weak(scores: Iterable[LabelScore]) -> tuple[LabelScore, ...]:
    """Return the labels of which fewer than half of the pictures were found."""
    return tuple(score for score in scores if score.images and score.recall < WEAK_RECALL)


class Mistake(msgspec.Struct, frozen=True):
    """A validation picture that the network got wrong, and the probability of ``predicted``."""

    key: str
    path: str
    truth: tuple[str, ...]
    predicted: str
    probability: float


class ArtifactResult(msgspec.Struct, frozen=True):
    """One exported file and how it did when it was run again."""

    format: str
    path: str  # relative to the run folder
    bytes: int
    sha256: str
    val_accuracy: float
    agreement: float  # share of validation pictures with the network's own top label
    largest_difference: float
    flipped: tuple[str, ...] = ()


class ScoredPicture(msgspec.Struct, frozen=True):
    """A validation picture and the probabilities that the TensorFlow Lite file gives it."""

    key: str
    digest: str  # blake2b-256 of its bytes, hex
    scores: tuple[float, ...]


class RunResult(msgspec.Struct, frozen=True, rename={"mode": "gear"}):
    """What came out of a run; the document of ``train --json`` is made from it.

    Attributes:
        confusion: rows are true labels, columns predicted ones.
        seconds: by phase: prepare, features, head, fine_tune, evaluate (until here the model is
            validated), model (it becomes a Keras file), export (the other formats), total.
        unreadable: reason by key of the pictures that were left out.
        export_problems: reason by format of the files that could not be written.
        samples: pictures that publishing may name as golden samples, the best choices first.
    """

    labels: tuple[str, ...]
    multi_label: bool
    train_images: int
    val_images: int
    val_accuracy: float
    val_accuracy_interval: tuple[float, float]
    per_label: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]
    temperature: float
    thresholds: tuple[float, ...]
    seconds: dict[str, float]
    backbone: str
    weights: str
    device: str
    mode: str
    unreadable: dict[str, str]
    artifacts: tuple[ArtifactResult, ...] = ()
    export_problems: dict[str, str] = {}
    samples: tuple[ScoredPicture, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk."""

    path: Path

    @property
    def events_path(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def model_path(self) -> Path:
        return self.path / "model.keras"

    @property
    def exports_dir(self) -> Path:
        return self.path / "exports"

    @property
    def has_result(self) -> bool:
        """Whether the run made a model."""
        return self._result_path.is_file()

    def write_job(self, job: Job) -> None:
        write_file(self._job_path, msgspec.json.encode(job))

    def read_job(self) -> Job:
        return read_json(self._job_path, Job)

    def write_result(self, result: RunResult) -> None:
        write_json(self._result_path, result)

    def read_result(self) -> RunResult:
        return read_json(self._result_path, RunResult)

    @property
    def _job_path(self) -> Path:
        return self.path / "job.json"

    @property
    def _result_path(self) -> Path:
        return self.path / "result.json"


def is_run_folder(path: Path) -> bool:
    return (path / "job.json").is_file()
