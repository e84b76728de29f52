"""``cloudanno sync``: exchange labels with the bucket."""

import click

from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import counted, list_left_out, print_json


@click.command()
@project_options
@click.option("--without-damaged", is_flag=True, help="Continue without unreadable files.")
@click.option("--resend", is_flag=True, help="Resend the history that the bucket lost.")
@click.option("--start-anew", is_flag=True, help="Accept the bucket; drop lost history.")
def sync(options: ProjectOptions, without_damaged: bool, resend: bool, start_anew: bool) -> int:
    """Exchange labels with the bucket and write the annotation files."""
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
        click.echo(f"Sent {counted(report.pushed, 'change')}, received {report.pulled:,}")
    list_left_out([(failure.key, failure.reason) for failure in undeleted])
    return LEFT_OUT if undeleted else DONE
