"""``cloudanno rollback``: a branch serves an older model again."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.publish_command import tell_published
from cloudanno_desktop.publish.publisher import rollback as roll_back


@click.command()
@project_options
@click.argument("branch")
@click.argument("version", default="")
def rollback(options: ProjectOptions, branch: str, version: str) -> None:
    """Let BRANCH serve VERSION again, or what it served before, under a higher serial."""
    with opened(options, refresh=False) as workspace:
        published = roll_back(workspace.bucket, branch, version)
    tell_published(published, as_json=options.as_json)
