"""``cloudanno open``: the window on a project."""

from pathlib import Path

import click


@click.command("open")
@click.argument("project", default="")
@click.option("--connection", default="", help="Name of a saved connection.")
@click.option("--screenshot", type=click.Path(path_type=Path), help="Save a picture there and end.")
@click.pass_context
def open(context: click.Context, project: str, connection: str, screenshot: Path | None) -> int:
    """Open the window, on PROJECT or on the welcome page."""
    code: int = context.obj(project, connection, screenshot)
    return code
