"""``cloudanno branches``, ``promote`` and ``rollback``: which model each branch serves."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import print_json, table
from cloudanno_desktop.cli.publish_command import report_published
from cloudanno_desktop.publish.publisher import list_branches
from cloudanno_desktop.publish.publisher import promote as promote_branch
from cloudanno_desktop.publish.publisher import rollback as roll_back


@click.command()
@project_options
def branches(options: ProjectOptions) -> None:
    """List the branches of PROJECT and the model that each serves."""
    with opened(options, refresh=False) as workspace:
        found = list_branches(workspace.bucket)
    if options.as_json:
        print_json(found)
    else:
        rows = [(b.branch, b.version, b.serial, b.published_at) for b in found]
        table(("branch", "version", "serial", "published"), rows)


@click.command()
@project_options
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def promote(options: ProjectOptions, source: str, target: str) -> None:
    """Publish the model of branch FROM to branch TO."""
    with opened(options, refresh=False) as workspace:
        published = promote_branch(workspace.bucket, source, target)
    report_published(published, as_json=options.as_json)


@click.command()
@project_options
@click.argument("branch")
@click.argument("version", default="")
def rollback(options: ProjectOptions, branch: str, version: str) -> None:
    """Return BRANCH to VERSION, or to the one before, under a new serial number."""
    with opened(options, refresh=False) as workspace:
        published = roll_back(workspace.bucket, branch, version)
    report_published(published, as_json=options.as_json)
