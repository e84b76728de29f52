"""``cloudanno scan``: refresh the index."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import print_counted, progress_bar


@click.command()
@project_options
def scan(options: ProjectOptions) -> None:
    """Find new, changed and vanished images."""
    with opened(options, refresh=False) as workspace, progress_bar("Reading") as progress:
        report = workspace.refresh(progress)
    if options.as_json:
        print_counted(report)
        return
    click.echo(
        f"{report.images} images: {report.new} new, {report.changed} changed, "
        f"{report.vanished} vanished, {report.seconds:.1f} s"
    )
