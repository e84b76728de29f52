"""Freeze a project's labeled pictures into the job of one run."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloudanno_desktop import paths
from cloudanno_desktop.dataset.readiness import check_job
from cloudanno_desktop.dataset.run_folder import JOB_VERSION, Job, JobImage, Split, TrainOptions
from cloudanno_desktop.dataset.split import Candidate, split
from cloudanno_desktop.labels.transaction import LabelUnknown


@dataclass(frozen=True, slots=True)
class LabeledImage:
    """A labeled picture whose original lies on this computer."""

    key: str
    path: str
    digest: str  # blake2b-256 of the original, hex
    labels: tuple[int, ...]  # numbers of the project's labels
    pin: Split | None = None  # the part that the user chose


def build_job(
    project: str,
    labels: Sequence[str],
    images: Sequence[LabeledImage],
    options: TrainOptions,
    *,
    multi_label: bool,
) -> Job:
    """Build the job of one run.

    Args:
        project: title of the project.
        labels: the project's label names in its order; those without pictures are left out.
        images: ordered by key; ``labels`` of each are numbers into ``labels``.
        options: how to train.
        multi_label: whether a picture may carry several labels.

    Raises:
        LabelUnknown: a label that is to be left out does not exist.
        TooFewLabels: fewer than two labels have pictures.
        TooFewImages: a label has fewer than five different pictures.
        PartEmpty: pins leave nothing to train on or to validate with.
    """
    unknown = next((name for name in options.leave_out if name not in labels), None)
    if unknown is not None:
        raise LabelUnknown(unknown)
    left_out = {labels.index(name) for name in options.leave_out}
    numbers = [number for number in _numbers_used(images) if number not in left_out]
    job = Job(
        version=JOB_VERSION,
        project=project,
        labels=tuple(labels[number] for number in numbers),
        multi_label=multi_label,
        images=_job_images(numbers, images, options),
        options=options,
        features_dir=str(paths.features_dir()),
    )
    check_job(job, job.images)
    return job


def _numbers_used(images: Sequence[LabeledImage]) -> list[int]:
    """Return the numbers of the labels that have pictures to train or validate with."""
    return sorted({number for image in images if image.pin != "test" for number in image.labels})


def _job_images(
    numbers: Sequence[int], images: Sequence[LabeledImage], options: TrainOptions
) -> tuple[JobImage, ...]:
    position = {number: index for index, number in enumerate(numbers)}
    candidates = [Candidate(image.digest, image.labels, image.pin) for image in images]
    parts = split(candidates, options.val_fraction, options.seed)
    return tuple(
        JobImage(image.key, image.path, image.digest, known, part)
        for image, part in zip(images, parts, strict=True)
        if (known := tuple(position[number] for number in image.labels if number in position))
    )
