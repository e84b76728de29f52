"""``cloudanno branches``: which model each branch serves."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import print_json, table
from cloudanno_desktop.publish.publisher import list_branches


@click.command()
@project_options
def branches(options: ProjectOptions) -> None:
    """List the branches of PROJECT."""
    with opened(options, refresh=False) as workspace:
        found = list_branches(workspace.bucket)
    if options.as_json:
        print_json(found)
    else:
        rows = [(b.branch, b.version, b.serial, b.published_at) for b in found]
        table(("branch", "version", "serial", "published"), rows)
