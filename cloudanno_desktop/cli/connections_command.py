"""``cloudanno connections``: saved ways to reach object storage."""

import sys
from pathlib import Path
from typing import BinaryIO

import click

from cloudanno_desktop.bucket.connection_check import check_connection
from cloudanno_desktop.bucket.connections.address import (
    ProjectAddress,
    is_bucket_address,
    parse_address,
)
from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    connection_named,
    load_connections,
    remove_connection,
)
from cloudanno_desktop.bucket.connections.connection_export import add_shared, read_shared, share
from cloudanno_desktop.bucket.connections.credentials import forget_secret, read_secret
from cloudanno_desktop.bucket.connections.policy import needed_policy
from cloudanno_desktop.bucket.connections.providers import PROVIDERS
from cloudanno_desktop.cli.connection_input import add
from cloudanno_desktop.cli.main import DONE, FAILED
from cloudanno_desktop.cli.output import print_json, printable, progress_bar, table


@click.group()
def connections() -> None:
    """Manage connections to object storage. Secrets are stored in the system keyring."""


connections.add_command(add)


@connections.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List saved connections, without their secrets."""
    saved = load_connections()
    if as_json:
        print_json(saved)
    else:
        rows = [
            (c.name, c.kind, c.endpoint_url or "AWS", c.region, c.sign_in, c.access_key_id)
            for c in saved
        ]
        table(("name", "provider", "endpoint", "region", "sign in", "key id"), rows)


@connections.command()
@click.option("--json", "as_json", is_flag=True)
def providers(as_json: bool) -> None:
    """List known providers and their endpoints."""
    if as_json:
        print_json(PROVIDERS)
    else:
        rows = [(p.kind, p.title, p.endpoint or "AWS", p.region, p.conditions) for p in PROVIDERS]
        table(("provider", "name", "endpoint", "region", "conditional writes"), rows)


@connections.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a connection and its secret."""
    remove_connection(name)
    forget_secret(name)
    click.echo(f"Removed “{name}”.")


@connections.command()
@click.argument("name")
@click.argument("bucket", default="")
@click.option("--json", "as_json", is_flag=True)
def test(name: str, bucket: str, as_json: bool) -> int:
    """Test what a connection is allowed to do, optionally in BUCKET[/PREFIX].

    Leaves nothing in the bucket. If permissions are missing, prints the minimal policy.
    """
    connection = connection_named(name)
    address = _tested(bucket, connection)
    with progress_bar("Testing") as progress:
        location = address.location if bucket else ""
        secret = read_secret(name) if connection.needs_secret else None
        checks = check_connection(connection, secret, location, progress)
    policy = needed_policy(checks, address)
    if as_json:
        print_json({"checks": checks, "policy": policy})
    else:
        table(("check", "result", "detail"), [(c.name, c.result, c.detail) for c in checks])
        if policy:
            click.echo(f"\nMinimal policy for this key:\n{policy}")
    return FAILED if any(check.is_missed for check in checks) else DONE


@connections.command()
@click.argument("names", nargs=-1)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Prints by default.")
def export(names: tuple[str, ...], out: Path | None) -> None:
    """Export all connections, or those in NAMES, without secrets."""
    body = share([connection_named(name) for name in names] if names else load_connections())
    if out is None:
        click.echo(body.decode(), nl=False)
    else:
        out.write_bytes(body)
        click.echo(f"Wrote “{out}”.", err=True)


@connections.command("import")
@click.argument("file", type=click.File("rb"))
def import_(file: BinaryIO) -> None:
    """Import connections from FILE (- for standard input). Secrets are not included."""
    added = add_shared(read_shared(file.read()))
    for connection in added:
        where = connection.endpoint_url or "AWS"
        tokens = f", tokens from {connection.iam_url}" if connection.iam_url else ""
        click.echo(printable(f"Added “{connection.name}”: {where}{tokens}."))
    if not added:
        click.echo("Nothing to add.", file=sys.stderr)


def _tested(bucket: str, connection: Connection) -> ProjectAddress:
    if not bucket:
        return ProjectAddress("s3://", connection)
    return parse_address(bucket if is_bucket_address(bucket) else f"s3://{bucket}", connection)
