"""``cloudanno open``: the window on a project. The program itself starts it; see ``__main__``."""

import click


@click.command("open")
@click.argument("project", required=False)
@click.option("--connection", default="", help="Name of a saved connection.")
@click.option("--screenshot", default="", help="Save a picture of the window there and end.")
def open(project: str, connection: str, screenshot: str) -> None:
    """Open the window, on PROJECT or on the welcome page."""
