"""``cloudanno sync``: exchange labels with the bucket."""

import click

from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import list_left_out, print_json


@click.command()
@project_options
def sync(options: ProjectOptions) -> int:
    """Flush the journal, take in others' work, write the annotation files."""
    with opened(options) as workspace:
        undeleted = workspace.flush_deletions()
        report = workspace.synchronise(closing=True)
    if options.as_json:
        print_json(report)
    else:
        click.echo(f"{report.pushed} operations sent, {report.pulled} taken in")
    list_left_out([(failure.key, failure.reason) for failure in undeleted])
    return LEFT_OUT if undeleted else DONE
