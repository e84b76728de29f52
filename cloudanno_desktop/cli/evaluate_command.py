"""``cloudanno evaluate``: how a model does on labeled pictures."""

from pathlib import Path

import click
import msgspec

from cloudanno_desktop import paths
from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.model_input import NamedPicture, ask, listing, local_pictures
from cloudanno_desktop.cli.model_metadata import metadata_of, resize_of, thresholds_of
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import list_left_out, none_of, print_json, print_weak, table
from cloudanno_desktop.dataset.run_folder import JobImage, LabelScore, Resize, untested, weak
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.export.model_card import ModelMetadata, input_rule
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.images.originals import OriginalStore
from cloudanno_desktop.labels.annotations.format import CSV_KEYS, JSON_KEY
from cloudanno_desktop.labels.naming_rules import folded_name
from cloudanno_desktop.project_keys import OWN
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.training.evaluate import Evaluation
from cloudanno_desktop.training.evaluate import evaluate as evaluate_answers

PROJECT_MARKS = (OWN, JSON_KEY, CSV_KEYS[0])


class EvaluateDocument(msgspec.Struct, frozen=True):
    """The document of ``evaluate --json``; rows of ``confusion`` are true labels."""

    labels: tuple[str, ...]
    images: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    untested: tuple[str, ...]  # labels of the model that no picture has
    weak: tuple[str, ...]  # labels of which fewer than half of the pictures were found
    per_label: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    unreadable: dict[str, str]


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@project_options
@click.option(
    "--resize", type=click.Choice(["crop", "pad", "stretch"]), help="As trained by default."
)
def evaluate(options: ProjectOptions, model: Path, resize: Resize | None) -> int:
    """Evaluate MODEL (a run or an exported file) on PROJECT or on class folders."""
    predictor = open_predictor(model)
    number = {folded_name(name): i for i, name in enumerate(predictor.labels)}
    left_out: list[tuple[str, str]] = []
    labeled = _labeled(options, left_out)
    list_left_out(left_out)
    truth = {p: tuple(map(folded_name, names)) for p, names in labeled.items()}
    known = {p: names for p, names in truth.items() if names and set(names) <= number.keys()}
    if not known:
        raise Failed("None of these pictures has a label that the model knows.")
    metadata = metadata_of(model, predictor)
    used = resize or resize_of(model, metadata)
    predictions = ask(predictor, list(known), used)
    images = [
        JobImage(p.name, str(p.path), "", tuple(number[name] for name in known[p]), "test")
        for p in predictions.pictures
    ]
    if metadata is None and any(len(image.labels) > 1 for image in images):
        metadata = ModelMetadata("multi-label", (), input_rule(used))
    thresholds = thresholds_of(metadata, predictor.labels)
    found = evaluate_answers(predictions.probabilities, images, predictor.labels, thresholds)
    left_out += predictions.unreadable
    _report(found, predictor.labels, dict(left_out), as_json=options.as_json)
    list_left_out(predictions.unreadable)
    return LEFT_OUT if left_out else DONE


def _labeled(
    options: ProjectOptions, left_out: list[tuple[str, str]]
) -> dict[NamedPicture, tuple[str, ...]]:
    folder = Path(options.project)
    if folder.is_dir() and not any((folder / mark).exists() for mark in PROJECT_MARKS):
        return {p: (p.path.parent.name,) for p in local_pictures(folder)}
    with opened(options) as workspace:
        rows = Runs(workspace).labeled_rows()
        names = {count.label.id: count.label.name for count in workspace.labels.labels()}
        carried = workspace.labels.labels_of([row.id for row in rows])
        store = OriginalStore(paths.originals_dir(), workspace.bucket)
        files = store.fetch(rows, on_failure=listing(left_out))
        return {
            NamedPicture(row.key, files[row.id].path): tuple(names[i] for i in carried[row.id])
            for row in rows
            if row.id in files
        }


def _report(
    found: Evaluation, labels: tuple[str, ...], unreadable: dict[str, str], *, as_json: bool
) -> None:
    if as_json:
        print_json(
            EvaluateDocument(
                labels,
                found.images,
                found.accuracy,
                found.interval,
                untested(found.per_label),
                tuple(score.name for score in weak(found.per_label)),
                found.per_label,
                found.confusion,
                unreadable,
            )
        )
        return
    low, high = found.interval
    click.echo(
        f"accuracy {found.accuracy:.1%} ({low:.1%} to {high:.1%}) "
        f"on {found.images} pictures{none_of(found.per_label)}"
    )
    print_weak(found.per_label)
    click.echo()
    table(
        ("label", "pictures", "precision", "recall", "F1"),
        [
            (s.name, s.images, f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}")
            for s in found.per_label
        ],
    )
