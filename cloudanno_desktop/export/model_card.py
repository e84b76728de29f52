"""The model card: what a model predicts, how good it is, where it comes from.

Pure values, readable without any network library. The bucket's version file is made from it.
"""

import hashlib
from datetime import datetime
from importlib import metadata
from typing import Literal

import msgspec

from cloudanno_desktop import log
from cloudanno_desktop.dataset.run_folder import ArtifactResult, Job, LabelScore, Resize, RunResult

MODEL_CARD_SCHEMA = 1
Task = Literal["single-label", "multi-label"]
_PACKAGES = ("cloudanno-desktop", "tensorflow", "tensorflow-cpu", "keras", "coremltools", "numpy")
_LICENCES = {"mobilenet": "Apache-2.0"}  # of the pretrained weights, by the backbone's family


class InputRule(msgspec.Struct, frozen=True):
    """How a picture becomes the network's input.

    The network takes values 0..255 and scales them itself, so scale, mean and std change nothing.

    Attributes:
        resize: ``stretch``, ``crop`` or ``pad``.
        exif: ``apply``: the picture is turned upright first.
        color_profile: ``sRGB``: colors are converted to it where a profile says otherwise. Empty
            in older files, which do not say.
        deep_gray: ``extrema``: gray of more than eight bits is scaled by its own range.
        deep_color: ``bits``: other colors are scaled by the bits that their brightest value takes.
    """

    width: int
    height: int
    resize: Resize
    channels: int = 3
    color: str = "RGB"
    scale: float = 1.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    exif: str = "apply"
    color_profile: str = ""
    deep_gray: str = ""
    deep_color: str = ""


class ModelMetadata(msgspec.Struct, frozen=True):
    """What whoever asks a model must know: in each model file, under the same names as in a branch.

    Attributes:
        thresholds: from which probability a label counts, for multi-label; empty means 0.5.
    """

    task: Task
    thresholds: tuple[float, ...]
    input: InputRule

    @property
    def multi_label(self) -> bool:
        return self.task == "multi-label"

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


class Metrics(msgspec.Struct, frozen=True):
    """How good the model is on the validation pictures; ``interval`` is the 95% one."""

    accuracy: float
    interval: tuple[float, float]
    train_images: int
    val_images: int
    per_label: tuple[LabelScore, ...]


class Origin(msgspec.Struct, frozen=True, rename={"mode": "gear"}):
    """Where the model comes from.

    Attributes:
        weights_licence: SPDX name for pretrained weights; empty when trained from nothing.
        dataset_digest: changes with any picture, label or split of the run.
        software: versions of the packages that made the model.
    """

    backbone: str
    weights: str
    weights_licence: str
    mode: str
    device: str
    seed: int
    dataset_digest: str
    software: dict[str, str]


class ModelCard(msgspec.Struct, frozen=True):
    """All that whoever meets the model later needs to know.

    Attributes:
        labels: names in the order of the outputs.
        thresholds: from which probability a label counts (multi-label).
        temperature: by which the logits were divided in calibration; already inside the files.
    """

    schema: int
    project: str
    created: datetime
    task: Task
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    temperature: float
    input: InputRule
    metrics: Metrics
    origin: Origin
    artifacts: tuple[ArtifactResult, ...]


def input_rule(resize: Resize) -> InputRule:
    """Return how this program reads pictures."""
    return InputRule(224, 224, resize, color_profile="sRGB", deep_gray="extrema", deep_color="bits")


def task_of(multi_label: bool) -> Task:  # the value itself is asked for
    return "multi-label" if multi_label else "single-label"


def read_metadata(body: bytes | str) -> ModelMetadata | None:
    """Read what ``ModelMetadata.encoded`` wrote; ``None`` for anything else."""
    with log.passing_over(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(body, type=ModelMetadata)
    return None


def model_card_of(job: Job, result: RunResult, created: datetime) -> ModelCard:
    """Write the model card of a finished run; ``created`` is aware."""
    return ModelCard(
        schema=MODEL_CARD_SCHEMA,
        project=job.project,
        created=created,
        task=task_of(result.multi_label),
        labels=result.labels,
        thresholds=result.thresholds,
        temperature=result.temperature,
        input=input_rule(job.options.resize),
        metrics=Metrics(
            accuracy=result.val_accuracy,
            interval=result.val_accuracy_interval,
            train_images=result.train_images,
            val_images=result.val_images,
            per_label=result.per_label,
        ),
        origin=_origin(job, result),
        artifacts=result.artifacts,
    )


def weights_licence(backbone: str, weights: str) -> str:
    """Return the SPDX licence of pretrained weights; empty without weights or when unknown."""
    if weights == "none":
        return ""
    return next((name for key, name in _LICENCES.items() if backbone.startswith(key)), "")


def _origin(job: Job, result: RunResult) -> Origin:
    return Origin(
        backbone=result.backbone,
        weights=result.weights,
        weights_licence=weights_licence(result.backbone, result.weights),
        mode=result.mode,
        device=result.device,
        seed=job.options.seed,
        dataset_digest=_dataset_digest(job),
        software=_versions(),
    )


def _dataset_digest(job: Job) -> str:
    """Hash what the network saw: order of the pictures and where they lie do not matter."""
    rows = sorted(
        (image.key, image.digest, tuple(job.labels[i] for i in image.labels), image.split)
        for image in job.images
    )
    return hashlib.blake2b(msgspec.json.encode(rows), digest_size=32).hexdigest()


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
