"""``cloudanno demo``: the whole workflow on the sample project."""

import subprocess
from pathlib import Path

import click

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.cli.output import has_display, note, progress_bar
from cloudanno_desktop.cli.status_command import read_status
from cloudanno_desktop.cli.train_command import run_child
from cloudanno_desktop.dataset.run_folder import RunFolder, TrainOptions
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.projects.sample import make_sample
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.publish.publisher import PublishOptions
from cloudanno_desktop.publish.publisher import publish as publish_run
from cloudanno_desktop.settings import load_settings
from cloudanno_desktop.training.events import WEIGHTS_UNAVAILABLE, RunFailed

BRANCH = "dev"


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--no-window", is_flag=True, help="Do not open the window at the end.")
@click.option("--screenshot", default="", help="Save a screenshot of the window.")
def demo(folder: Path | None, no_window: bool, screenshot: str) -> None:
    """Create a sample project in FOLDER, then label, train and publish it."""
    folder = (folder or paths.data_dir() / "sample").resolve()
    settings = load_settings()
    with progress_bar("Drawing pictures") as progress:
        make_sample(folder, settings, progress)
    with Workspace.open(parse_address(str(folder), None), settings) as workspace:
        workspace.refresh()
        _report_labels(workspace)
        run = _train(workspace)
        _publish(workspace, run)
    if screenshot:
        _take_screenshot(folder, Path(screenshot))
    if no_window:
        return
    if not has_display():
        note("No display: the window is left out.")
    else:
        _open([str(folder)])


def _report_labels(workspace: Workspace) -> None:
    status = read_status(workspace)
    counts = ", ".join(f"{label.name} {label.count}" for label in status.labels)
    click.echo(f"project   {workspace.address.location}")
    click.echo(f"images    {status.images}, {status.labeled} labeled, {status.unlabeled} unlabeled")
    click.echo(f"labels    {counts}")


def _train(workspace: Workspace) -> RunFolder:
    run = Runs(workspace).prepare(TrainOptions())
    closing = run_child(run)
    if isinstance(closing, RunFailed) and closing.kind == WEIGHTS_UNAVAILABLE:
        note(f"{closing.message}\nTraining the demo without them.")
        run = Runs(workspace).prepare(TrainOptions(weights="none"))
        closing = run_child(run)
    if isinstance(closing, RunFailed):
        raise Failed(closing.message)
    result = run.read_result()
    low, high = result.val_accuracy_interval
    click.echo(
        f"accuracy  {result.val_accuracy:.1%} ({low:.1%} to {high:.1%}) "
        f"on {result.val_images} pictures, weights {result.weights}"
    )
    return run


def _publish(workspace: Workspace, run: RunFolder) -> None:
    published = publish_run(workspace.bucket, run, BRANCH, PublishOptions())
    click.echo(f"branch    {BRANCH} serves {published.version}, serial {published.serial}")
    for key in published.keys:
        click.echo(f"file      {key}")


def _open(arguments: list[str]) -> None:
    code = subprocess.run([*paths.cli_command(), "open", *arguments], check=False).returncode
    if code:
        raise click.exceptions.Exit(code)  # it said why


def _take_screenshot(folder: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    _open([str(folder), "--screenshot", str(target)])
    for path in sorted(target.parent.glob(f"{target.stem}*{target.suffix}")):
        click.echo(f"picture   {path}")
