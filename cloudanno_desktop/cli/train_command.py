"""``cloudanno train``: a project or a prepared run folder becomes a model."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import msgspec

from cloudanno_desktop.cli.main import DONE, LEFT_OUT, STOPPED
from cloudanno_desktop.cli.model_input import listing
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options, send_changes
from cloudanno_desktop.cli.output import counted, list_left_out, note, print_json, progress_bar
from cloudanno_desktop.cli.train_report import (
    note_contradictions,
    print_result,
    train_document,
    with_offer,
)
from cloudanno_desktop.dataset.readiness import TooFewImages
from cloudanno_desktop.dataset.run_folder import (
    RunFolder,
    TrainOptions,
    is_run_folder,
)
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.export.artifact import Format
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.training.events import (
    AnyEvent,
    EpochEnded,
    Exported,
    Phase,
    RunFailed,
    RunProgressed,
    RunStopped,
    Started,
)
from cloudanno_desktop.training.process import TrainingChild

DURATION = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[float]):
    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value)
        factor = DURATION.get(text[-1:], 0)
        try:
            seconds = float(text[:-1]) * factor if factor else float(text)
        except ValueError:
            seconds = 0.0
        if seconds <= 0:
            self.fail(f"“{text}” is not a duration such as 90s, 2m or 1h.", param, ctx)
        return seconds


@click.command()
@project_options
@click.option("--out", default="", help="Folder for the run; new by default.")
@click.option("--backbone", default="mobilenet_v2", show_default=True)
@click.option("--weights", default="", help="A file, imagenet (default) or none.")
@click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto")
@click.option("--mode", "--gear", "gear", type=click.Choice(["fast", "full"]), default="fast")
@click.option("--budget", "budget_s", type=Duration(), help="Time limit, such as 2m.")
@click.option("--epochs", type=click.IntRange(1), default=10, help="Epochs in full mode.")
@click.option("--fine-tune", type=click.IntRange(0), default=0, help="Last blocks to train.")
@click.option(
    "--resize",
    type=click.Choice(["crop", "pad", "stretch"]),
    default="stretch",
    help="Fit to square.",
)
@click.option(
    "--val",
    "val_fraction",
    type=click.FloatRange(0.01, 0.9),
    default=0.2,
    help="Validation fraction.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0)
@click.option(
    "--leave-out", multiple=True, metavar="LABEL", help="Train without this label; repeatable."
)
@click.option("--formats", default="keras,tflite,coreml,mlmodel", show_default=True)
@click.option("--events", is_flag=True, help="Print events as JSON lines.")
def train(options: ProjectOptions, out: str, *, events: bool, **chosen: object) -> int:
    """Train on the labeled pictures of PROJECT, or execute a prepared run folder."""
    folder = Path(options.project)
    if is_run_folder(folder):
        return _run_in_child(RunFolder(folder), options, echo_events=events)
    left_out: list[tuple[str, str]] = []
    try:
        run = _prepare(options, out, _train_options(chosen), left_out)
    finally:
        list_left_out(left_out)
    code = _run_in_child(run, options, echo_events=events)
    return LEFT_OUT if left_out and code == DONE else code


def _train_options(chosen: dict[str, object]) -> TrainOptions:
    formats = _formats(str(chosen.pop("formats")))
    weights = str(chosen.pop("weights")) or "imagenet"
    if weights not in {"imagenet", "none"}:
        weights = str(Path(weights).expanduser().resolve())
    try:
        return msgspec.convert({**chosen, "formats": formats, "weights": weights}, TrainOptions)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from error


def _formats(text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.replace(" ", "").split(",") if name)
    for name in names:
        if name not in list(Format):
            raise Failed(f"Unknown format “{name}”. Choose from {', '.join(Format)}.")
    return names


def _prepare(
    options: ProjectOptions, out: str, chosen: TrainOptions, left_out: list[tuple[str, str]]
) -> RunFolder:
    path = Path(out).resolve() if out else None
    if path and is_run_folder(path):
        raise Failed(f"“{path}” already contains a run. Choose another folder.")
    try:
        with opened(options) as workspace:
            send_changes(workspace)
            with progress_bar("Fetching") as progress:
                return Runs(workspace).prepare(chosen, path, progress, listing(left_out))
    except TooFewImages as error:
        raise Failed(with_offer(str(error), error.names)) from error


def _run_in_child(run: RunFolder, options: ProjectOptions, *, echo_events: bool = False) -> int:
    note_contradictions(run.read_job())
    closing = run_child(run, echo_events=echo_events)
    return _close(run, closing, options, quiet=echo_events)


def run_child(run: RunFolder, *, echo_events: bool = False) -> AnyEvent | None:
    """Train a prepared run in a child process, show its progress, return its closing event.

    An interrupt from the keyboard, or SIGTERM, stops the child, which keeps the best model so far.
    """
    child = TrainingChild(run.path)
    closing: AnyEvent | None = None
    with _stopped_by_interrupt(child), progress_bar("Training") as progress:
        for event in child.events():
            closing = event
            _show(event, progress, echo=echo_events)
    return closing


@contextmanager
def _stopped_by_interrupt(child: TrainingChild) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        child.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _show(event: AnyEvent, progress: Progress, *, echo: bool) -> None:
    if echo:
        sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
        sys.stdout.buffer.flush()
    match event:
        case Started():
            pictures, labels = counted(event.images, "picture"), counted(event.labels, "label")
            note(f"{pictures}, {labels}, on {event.device}")
        case Phase():
            progress(0, None, event.name)
        case RunProgressed():
            progress(event.done, event.total, event.text)
        case EpochEnded():
            progress(event.epoch, event.epochs, f"validation {event.val_accuracy:.1%}")
        case Exported():
            note(f"exported {event.format}: accuracy {event.accuracy:.1%}")


def _close(
    run: RunFolder, closing: AnyEvent | None, options: ProjectOptions, *, quiet: bool
) -> int:
    if isinstance(closing, RunFailed):
        raise Failed(with_offer(closing.message, closing.labels))
    stopped = isinstance(closing, RunStopped)
    if stopped and not run.has_result:
        note("Stopped before the first model was ready.")
        return STOPPED
    result = run.read_result()
    list_left_out(sorted({**result.unreadable, **result.export_problems}.items()))
    if options.as_json:
        print_json(train_document(run, result))
    elif not quiet:
        print_result(run, result)
    if stopped:
        return STOPPED
    return LEFT_OUT if result.unreadable or result.export_problems else DONE
