"""What is said of a training: before it begins, when it cannot, and when it is done."""

import shlex
from collections.abc import Sequence

import click
import msgspec

from cloudanno_desktop.cli.output import counted, none_of, note, print_weak, printable
from cloudanno_desktop.dataset.readiness import contradictions
from cloudanno_desktop.dataset.run_folder import Job, RunFolder, RunResult, untested, weak


class ArtifactDocument(msgspec.Struct, frozen=True):
    """One exported file in the document of ``train --json``; ``path`` is absolute."""

    format: str
    path: str
    bytes: int
    sha256: str
    val_accuracy: float
    agreement: float


class TrainDocument(msgspec.Struct, frozen=True):
    run: str
    labels: tuple[str, ...]
    images: dict[str, int]
    val_accuracy: float
    val_accuracy_interval: tuple[float, float]
    untested: tuple[str, ...]  # labels without a validation picture
    weak: tuple[str, ...]  # labels of which fewer than half of the pictures were found
    contradictions: tuple[tuple[str, ...], ...]  # keys of one picture with different labels
    seconds: dict[str, float]
    backbone: str
    weights: str
    device: str
    artifacts: tuple[ArtifactDocument, ...]


def note_contradictions(job: Job) -> None:
    found = contradictions(job)
    if found:
        pictures = counted(len(found), "picture")
        note(f"Copies of {pictures} carry different labels:")
    for copies in found:
        named = (
            f"{image.key} ({', '.join(job.labels[label] for label in image.labels)})"
            for image in copies
        )
        note(f"  {printable(' = '.join(named))}")


def with_offer(message: str, labels: Sequence[str]) -> str:
    """Say how to leave labels out that are too small."""
    options = " ".join(f"--leave-out {shlex.quote(name)}" for name in labels)
    return f"{message} ({options})" if labels else message


def train_document(run: RunFolder, result: RunResult) -> TrainDocument:
    artifacts = tuple(
        ArtifactDocument(
            a.format, str(run.path / a.path), a.bytes, a.sha256, a.val_accuracy, a.agreement
        )
        for a in result.artifacts
    )
    return TrainDocument(
        run=str(run.path),
        labels=result.labels,
        images={"train": result.train_images, "val": result.val_images},
        val_accuracy=result.val_accuracy,
        val_accuracy_interval=result.val_accuracy_interval,
        untested=untested(result.per_label),
        weak=tuple(score.name for score in weak(result.per_label)),
        contradictions=tuple(
            tuple(image.key for image in copies) for copies in contradictions(run.read_job())
        ),
        seconds=result.seconds,
        backbone=result.backbone,
        weights=result.weights,
        device=result.device,
        artifacts=artifacts,
    )


def print_result(run: RunFolder, result: RunResult) -> None:
    low, high = result.val_accuracy_interval
    click.echo(
        f"accuracy {result.val_accuracy:.1%} ({low:.1%} to {high:.1%}) "
        f"on {result.val_images} validation pictures{none_of(result.per_label)}, "
        f"{result.seconds['total']:.1f} s"
    )
    print_weak(result.per_label)
    for artifact in result.artifacts:
        size = artifact.bytes / 1e6
        click.echo(f"  {artifact.format:8} {size:5.1f} MB  accuracy {artifact.val_accuracy:.1%}")
    click.echo(f"run {run.path}")
