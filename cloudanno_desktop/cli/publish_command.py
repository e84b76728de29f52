"""``cloudanno publish``, to a branch that phones poll."""

from pathlib import Path

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import print_json, progress_bar
from cloudanno_desktop.dataset.run_folder import RunFolder, is_run_folder
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.publish.publisher import Published, PublishOptions
from cloudanno_desktop.publish.publisher import publish as publish_run


@click.command()
@project_options
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--branch", required=True, help="Branch, such as dev or main.")
@click.option("--formats", default="", help="Formats, such as tflite; all by default.")
@click.option("--rollout", type=click.IntRange(0, 100), default=100, help="Percentage of clients.")
@click.option(
    "--max-drop", type=click.FloatRange(0, 1), default=0.01, help="Accepted accuracy loss."
)
def publish(
    options: ProjectOptions, run: Path, branch: str, formats: str, rollout: int, max_drop: float
) -> None:
    """Publish the model of RUN to a branch of PROJECT."""
    if not is_run_folder(run):
        raise Failed(f"“{run}” is not a run folder. “cloudanno train” prints its folder.")
    chosen = PublishOptions(
        formats=tuple(formats.replace(" ", "").split(",")) if formats else (),
        rollout=rollout,
        max_drop=max_drop,
    )
    with opened(options, refresh=False) as workspace, progress_bar("Publishing") as progress:
        workspace.synchronise()
        workspace.sync.check_whole()
        published = publish_run(workspace.bucket, RunFolder(run), branch, chosen, progress)
    report_published(published, as_json=options.as_json)


def report_published(published: Published, *, as_json: bool) -> None:
    if as_json:
        print_json(published)
        return
    click.echo(f"{published.branch} serves {published.version}, serial {published.serial}")
    for key in published.keys:
        click.echo(f"  {key}")
