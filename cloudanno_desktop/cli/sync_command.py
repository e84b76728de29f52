"""``cloudanno sync``: exchange labels with the bucket."""

import click

from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import list_left_out, print_json


@click.command()
@project_options
@click.option("--without-damaged", is_flag=True, help="Go on without what cannot be read.")
@click.option("--resend", is_flag=True, help="Send the history again that the bucket lost.")
@click.option("--start-anew", is_flag=True, help="Take the bucket as it is; forget what it lost.")
def sync(options: ProjectOptions, without_damaged: bool, resend: bool, start_anew: bool) -> int:
    """Flush the journal, take in others' work, write the annotation files."""
    with opened(options) as workspace:
        if resend:
            workspace.sync.resend()
        elif start_anew:
            workspace.sync.start_anew()
        if without_damaged:
            workspace.sync.leave_out_damaged()
        undeleted = workspace.flush_deletions()
        report = workspace.synchronise(closing=True)
    if options.as_json:
        print_json(report)
    else:
        click.echo(f"{report.pushed} operations sent, {report.pulled} taken in")
    list_left_out([(failure.key, failure.reason) for failure in undeleted])
    return LEFT_OUT if undeleted else DONE
