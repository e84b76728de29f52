"""``cloudanno predict``: what a model sees in pictures."""

import csv
from dataclasses import replace
from pathlib import Path

import click
import msgspec

from cloudanno_desktop.bucket.connections.address import is_bucket_address
from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.model_input import (
    NamedPicture,
    Predictions,
    ask,
    local_pictures,
    project_pictures,
)
from cloudanno_desktop.cli.model_metadata import metadata_of, resize_of, thresholds_of
from cloudanno_desktop.cli.options import ProjectOptions, connection_options
from cloudanno_desktop.cli.output import list_left_out, print_json, table
from cloudanno_desktop.dataset.run_folder import Resize
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.training.evaluate import decide

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Prediction(msgspec.Struct, frozen=True):
    key: str
    label: str  # the most probable one
    labels: tuple[str, ...]  # all that count: in multi-label models those from their thresholds on
    confidence: float
    scores: dict[str, float]


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("sources", nargs=-1, required=True)
@connection_options
@click.option("--csv", "csv_path", default="", help="Write keys, labels and scores to this file.")
@click.option(
    "--resize", type=click.Choice(["crop", "pad", "stretch"]), help="As trained by default."
)
def predict(
    model: Path, sources: tuple[str, ...], csv_path: str, resize: Resize | None, **reach: object
) -> int:
    """Predict labels with MODEL (a run or an exported file) for files, folders or projects."""
    options = msgspec.convert({"project": "", **reach}, ProjectOptions)
    predictor = open_predictor(model)
    left_out: list[tuple[str, str]] = []
    pictures = [p for source in sources for p in _pictures(source, options, left_out)]
    metadata = metadata_of(model, predictor)
    scored = ask(predictor, pictures, resize or resize_of(model, metadata))
    predictions = _predictions(scored, predictor.labels, thresholds_of(metadata, predictor.labels))
    if csv_path:
        _write_csv(Path(csv_path), predictions, predictor.labels)
    if options.as_json:
        print_json(predictions)
    elif not csv_path:
        table(
            ("picture", "label", ""),
            [(p.key, ", ".join(p.labels), f"{p.confidence:.1%}") for p in predictions],
        )
    left_out += scored.unreadable
    list_left_out(left_out)
    return LEFT_OUT if left_out else DONE


def _pictures(
    source: str, options: ProjectOptions, left_out: list[tuple[str, str]]
) -> list[NamedPicture]:
    if is_bucket_address(source):
        return project_pictures(replace(options, project=source), left_out)
    return local_pictures(Path(source))


def _predictions(
    scored: Predictions, labels: tuple[str, ...], thresholds: tuple[float, ...]
) -> list[Prediction]:
    said = decide(scored.probabilities, thresholds)
    return [
        Prediction(
            picture.name,
            labels[int(scores.argmax())],
            tuple(name for name, counts in zip(labels, row, strict=True) if counts),
            float(scores.max()),
            dict(zip(labels, map(float, scores), strict=True)),
        )
        for picture, scores, row in zip(scored.pictures, scored.probabilities, said, strict=True)
    ]


def _write_csv(path: Path, predictions: list[Prediction], labels: tuple[str, ...]) -> None:
    """Write a table for spreadsheets, which take UTF-8 for what it is only after a BOM."""
    with path.open("w", newline="", encoding="utf-8-sig", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(["key", "label", *map(_as_text, labels)])
        for p in predictions:
            scores = (f"{p.scores[name]:.6f}" for name in labels)
            writer.writerow([_as_text(p.key), _as_text(p.label), *scores])


def _as_text(cell: str) -> str:
    """Keep a spreadsheet from running a name as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
