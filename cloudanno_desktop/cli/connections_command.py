"""``cloudanno connections``: saved ways to reach object storage."""

import click

from cloudanno_desktop.bucket.connection import (
    Connection,
    connection_named,
    load_connections,
    remove_connection,
    save_connection,
)
from cloudanno_desktop.bucket.connection_check import CheckResult, check_connection
from cloudanno_desktop.bucket.credentials import Secret, forget_secret, read_secret, store_secret
from cloudanno_desktop.cli.main import DONE, FAILED
from cloudanno_desktop.cli.output import print_json, table


@click.group()
def connections() -> None:
    """Save, list, test and remove connections; secrets go to the system keyring."""


@connections.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List the saved connections, without secrets."""
    saved = load_connections()
    if as_json:
        print_json(saved)
    else:
        table(
            ("name", "endpoint", "region", "key id"),
            [(c.name, c.endpoint_url or "AWS", c.region, c.access_key_id) for c in saved],
        )


@connections.command()
@click.argument("name")
@click.option("--endpoint-url", default="")
@click.option("--region", default="")
@click.option("--profile", default="", help="Profile of ~/.aws instead of keys.")
@click.option("--access-key-id", default="")
@click.option("--addressing", type=click.Choice(["auto", "path", "virtual"]), default="auto")
def add(name: str, **fields: str) -> None:
    """Save a connection; the secret key is asked for, or read from standard input."""
    connection = Connection(name=name, **fields)  # type: ignore[arg-type]  # click checked
    if connection.access_key_id:
        secret = click.prompt("Secret access key", hide_input=True, err=True)
        store_secret(name, Secret(secret))
    save_connection(connection)
    click.echo(f"Saved “{name}”.")


@connections.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a connection and its secret."""
    remove_connection(name)
    forget_secret(name)
    click.echo(f"Removed “{name}”.")


@connections.command()
@click.argument("name")
@click.option("--location", default="", help="Also write and delete in s3://bucket[/prefix].")
@click.option("--json", "as_json", is_flag=True)
def test(name: str, location: str, as_json: bool) -> int:
    """Check what the connection may do."""
    checks = check_connection(connection_named(name), read_secret(name), location)
    if as_json:
        print_json(checks)
    else:
        table(("check", "result", "detail"), [(c.name, c.result, c.detail) for c in checks])
    return FAILED if any(c.result is CheckResult.FAILED for c in checks) else DONE
