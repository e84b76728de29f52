"""``cloudanno promote``: one branch takes the model of another."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.publish_command import tell_published
from cloudanno_desktop.publish.publisher import promote as promote_branch


@click.command()
@project_options
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def promote(options: ProjectOptions, source: str, target: str) -> None:
    """Let branch TO serve the model that branch FROM serves."""
    with opened(options, refresh=False) as workspace:
        published = promote_branch(workspace.bucket, source, target)
    tell_published(published, as_json=options.as_json)
