"""``cloudanno sync``: exchange labels with the bucket."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import print_json


@click.command()
@project_options
def sync(options: ProjectOptions) -> None:
    """Flush the journal, take in others' work, write the annotation files."""
    with opened(options) as workspace:
        report = workspace.synchronise(closing=True)
    if options.as_json:
        print_json(report)
    else:
        click.echo(f"{report.pushed} operations sent, {report.pulled} taken in")
