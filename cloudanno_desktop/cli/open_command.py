"""``cloudanno open``: the window on a project."""

from pathlib import Path

import click


@click.command("open")
@click.argument("project", default="")
@click.option("--connection", default="", help="Name of a saved connection.")
@click.option("--screenshot", type=click.Path(path_type=Path), help="Save a screenshot and quit.")
@click.pass_context
def open(context: click.Context, project: str, connection: str, screenshot: Path | None) -> int:
    """Open PROJECT in the window, or the welcome page."""
    code: int = context.obj(project, connection, screenshot)
    return code
