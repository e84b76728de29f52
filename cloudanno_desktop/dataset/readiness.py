"""Whether a set of labeled pictures is enough to train on."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from cloudanno_desktop.dataset.run_folder import Job, JobImage
from cloudanno_desktop.errors import CloudAnnoError

LEAST_LABELS = 2
LEAST_IMAGES = 5


@dataclass(eq=False)
class TooFewLabels(CloudAnnoError):
    sentence: ClassVar[str] = (
        "Training needs pictures of at least 2 labels; this project has {found}. "
        "Give some pictures another label and train again."
    )

    found: int


@dataclass(eq=False)
class TooFewImages(CloudAnnoError):
    """Some labels have too few pictures; ``labels`` names them with their counts."""

    sentence: ClassVar[str] = (
        "Each label needs at least {least} readable pictures to train; too few: {labels}. "
        "Add pictures to these labels, or remove the labels, and train again."
    )

    labels: str
    least: int = LEAST_IMAGES


@dataclass(eq=False)
class PartEmpty(CloudAnnoError):
    """Split pins leave nothing to train on, or nothing to validate with."""

    sentence: ClassVar[str] = (
        "No pictures of {labels} are left for {part}, because all are pinned to another split. "
        "Unpin some of these pictures and train again."
    )

    labels: str
    part: str


def check_ready(counts: Mapping[str, int]) -> None:
    """Check the number of pictures of each label; labels without pictures do not count.

    ``counts`` are for training and validation together, by label name. Raises ``TooFewLabels``
    and ``TooFewImages``.
    """
    _check_counts({name: count for name, count in counts.items() if count})


def check_job(job: Job, images: Sequence[JobImage]) -> None:
    """Check that ``images``, those of the job that can be read, are enough for its labels.

    Raises:
        TooFewLabels: fewer than two labels are in the job.
        TooFewImages: a label of the job has fewer than five pictures left.
        PartEmpty: a label has no training picture, or there is nothing to validate with.
    """
    _check_counts(label_counts(job.labels, (image for image in images if image.split != "test")))
    trained = label_counts(job.labels, (image for image in images if image.split == "train"))
    missing = [f"“{name}”" for name, count in trained.items() if not count]
    if missing:
        raise PartEmpty(", ".join(missing), "training")
    if not any(image.split == "val" for image in images):
        raise PartEmpty("any label", "validation")


def _check_counts(counts: Mapping[str, int]) -> None:
    if len(counts) < LEAST_LABELS:
        raise TooFewLabels(len(counts))
    small = [f"“{name}” ({count})" for name, count in counts.items() if count < LEAST_IMAGES]
    if small:
        raise TooFewImages(", ".join(small))


def label_counts(labels: Sequence[str], images: Iterable[JobImage]) -> dict[str, int]:
    counter = Counter(label for image in images for label in image.labels)
    return {name: counter[index] for index, name in enumerate(labels)}
