"""``cloudanno scan``: refresh the index."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import counted, print_counted, progress_bar


@click.command()
@project_options
def scan(options: ProjectOptions) -> None:
    """Find new, changed and deleted pictures."""
    with opened(options, refresh=False) as workspace, progress_bar("Reading") as progress:
        report = workspace.refresh(progress)
    if options.as_json:
        print_counted(report)
        return
    click.echo(
        f"{counted(report.images, 'picture')}: {report.new:,} new, {report.changed:,} changed, "
        f"{report.vanished:,} deleted, {report.seconds:.1f} s"
    )
