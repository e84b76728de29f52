"""Whether a set of labeled pictures is enough to train on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from cloudanno_desktop.dataset.run_folder import Job, JobImage
from cloudanno_desktop.errors import CloudAnnoError

LEAST_LABELS = 2
LEAST_IMAGES = 5
NAMED = 5  # damaged files, in one sentence
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LabelSize:
    """What a label has: files, and how many different pictures these are."""

    files: int
    pictures: int

    def __str__(self) -> str:
        if self.files == self.pictures:
            return str(self.files)
        return f"{self.files} files, {self.pictures} picture{'' if self.pictures == 1 else 's'}"


@dataclass(eq=False)
class TooFewLabels(CloudAnnoError):
    sentence: ClassVar[str] = (
        "Training needs pictures of at least 2 labels; this project has {found}. "
        "Give some pictures another label and train again."
    )

    found: int


@dataclass(eq=False)
class TooFewImages(CloudAnnoError):
    """Some labels have too few pictures.

    Attributes:
        names: these labels, if the others are enough to train without them.
        unreadable: a sentence about their damaged files, or nothing.
    """

    sentence: ClassVar[str] = (
        "Each label needs at least {least} different readable pictures to train; too few: "
        "{labels}.{unreadable} Add pictures to these labels{otherwise}."
    )

    labels: str
    unreadable: str = ""
    names: tuple[str, ...] = ()
    otherwise: str = ""
    least: int = LEAST_IMAGES


@dataclass(eq=False)
class PartEmpty(CloudAnnoError):
    """There is nothing to train on, or nothing to validate with."""

    sentence: ClassVar[str] = (
        "No pictures of {labels} are left for {part}: all are pinned to another split, or cannot "
        "be read. Unpin some of these pictures or add others, and train again."
    )

    labels: str
    part: str


def check_ready(counts: Mapping[str, int]) -> None:
    """Check the number of pictures of each label; labels without pictures do not count.

    ``counts`` are for training and validation together, by label name. Raises ``TooFewLabels``
    and ``TooFewImages``.
    """
    _check_sizes({name: LabelSize(count, count) for name, count in counts.items() if count})


def check_job(job: Job, images: Sequence[JobImage], unreadable: Mapping[str, str] = NONE) -> None:
    """Check that ``images``, those of the job that can be read, are enough for its labels.

    ``unreadable`` says by key why the others cannot. Copies of a picture count once.

    Raises:
        TooFewLabels: fewer than two labels are in the job.
        TooFewImages: a label of the job has fewer than five different pictures left.
        PartEmpty: a label has no training picture, or there is nothing to validate with.
    """
    sizes = label_sizes(job.labels, (image for image in images if image.split != "test"))
    damaged = [
        (image, f"“{image.key}” ({unreadable[image.key]})")
        for image in job.images
        if image.key in unreadable
    ]
    small = {n for n, name in enumerate(job.labels) if sizes[name].pictures < LEAST_IMAGES}
    _check_sizes(sizes, [text for image, text in damaged if small.intersection(image.labels)])
    trained = label_sizes(job.labels, (image for image in images if image.split == "train"))
    missing = [f"“{name}”" for name, size in trained.items() if not size.files]
    if missing:
        raise PartEmpty(", ".join(missing), "training")
    if not any(image.split == "val" for image in images):
        raise PartEmpty("any label", "validation")


def _check_sizes(sizes: Mapping[str, LabelSize], damaged: Sequence[str] = ()) -> None:
    if len(sizes) < LEAST_LABELS:
        raise TooFewLabels(len(sizes))
    small = {name: size for name, size in sizes.items() if size.pictures < LEAST_IMAGES}
    if not small:
        return
    more = [f"{len(damaged) - NAMED:,} more"] if len(damaged) > NAMED else []
    names = ", ".join([*damaged[:NAMED], *more])
    may_go = len(sizes) - len(small) >= LEAST_LABELS
    raise TooFewImages(
        ", ".join(f"“{name}” ({size})" for name, size in small.items()),
        f" Not readable: {names}." if names else "",
        tuple(small) if may_go else (),
        ", or leave them out this time" if may_go else "",
    )


def label_sizes(labels: Sequence[str], images: Iterable[JobImage]) -> dict[str, LabelSize]:
    digests: dict[int, list[str]] = defaultdict(list)
    for image in images:
        for label in image.labels:
            digests[label].append(image.digest)
    return {
        name: LabelSize(len(digests[number]), len(set(digests[number])))
        for number, name in enumerate(labels)
    }


def contradictions(job: Job) -> list[tuple[JobImage, ...]]:
    """Return the pictures that are there more than once, with different labels."""
    copies: dict[str, list[JobImage]] = defaultdict(list)
    for image in job.images:
        copies[image.digest].append(image)
    return [
        tuple(images) for images in copies.values() if len({image.labels for image in images}) > 1
    ]
