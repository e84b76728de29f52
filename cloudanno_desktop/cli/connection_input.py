"""``cloudanno connections add``: from options, or from credentials of a provider."""

import sys
from typing import IO, Any

import click
import msgspec

from cloudanno_desktop.bucket.connections.connection import (
    Connection,
    SignInMethod,
    save_connection,
)
from cloudanno_desktop.bucket.connections.credential_import import read_credentials
from cloudanno_desktop.bucket.connections.credentials import KeyringMissing, Secret, store_secret
from cloudanno_desktop.bucket.connections.providers import KINDS, provider_named, with_provider
from cloudanno_desktop.cli.output import note
from cloudanno_desktop.errors import Failed

_OPTIONS = (
    click.option("--provider", type=click.Choice(KINDS), help="Use the defaults of this provider."),
    click.option("--account", default="", help="Account ID, for Cloudflare R2."),
    click.option("--endpoint-url", default="", help="URL of the service."),
    click.option("--region", default="", help="Region of the buckets."),
    click.option("--access-key-id", default="", help="Access key ID; prompts for the secret key."),
    click.option("--session-token", "has_token", is_flag=True, help="Also prompt for a token."),
    click.option("--profile", default="", help="Profile in ~/.aws to use instead of keys."),
    click.option("--api-key", "uses_api_key", is_flag=True, help="Prompt for an IBM API key."),
    click.option("--resource-instance-id", default="", help="IBM service instance of the buckets."),
    click.option("--iam-url", default="", help="IAM endpoint, if not the public one."),
    click.option("--anonymous", is_flag=True, help="Read a public bucket without a key."),
    click.option("--from-file", "file", type=click.File(), help="Credentials file, or -."),
    click.option("--addressing", type=click.Choice(["auto", "path", "virtual"]), help="URL style."),
    click.option(
        "--checksums",
        type=click.Choice(["auto", "when_required", "when_supported"]),
        help="When to send.",
    ),
    click.option("--ca-file", default="", help="PEM file with certificates to trust."),
    click.option("--insecure", is_flag=True, help="Trust ANY certificate (unsafe)."),
    click.option("--proxy", default="", help="URL of a proxy."),
    click.option("--connect-timeout", "connect_timeout_s", type=int, help="In seconds."),
    click.option("--read-timeout", "read_timeout_s", type=int, help="In seconds."),
)


def _with_options(function: Any) -> Any:  # noqa: ANN401 as click's decorators
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command()
@click.argument("name")
@_with_options
def add(
    name: str,
    provider: str | None,
    account: str,
    has_token: bool,
    file: IO[str] | None,
    **fields: Any,  # noqa: ANN401 the rest of the options, which click checked
) -> None:
    """Save a connection. Secrets are prompted for, or read from standard input."""
    given = {field: value for field, value in fields.items() if value}
    if file is not None:
        pasted = read_credentials(file.read())
        connection = msgspec.structs.replace(pasted.connection, name=name, **given)
        secret: Secret | None = pasted.secret
    else:
        connection = Connection(name=name, **given)
        secret = _asked(connection, has_token=has_token)
    if provider or connection.kind:
        chosen = provider_named(provider or connection.kind)
        connection = with_provider(chosen, connection, account)
    if "{account}" in connection.endpoint_url:
        raise click.UsageError("The URL contains your account ID. Add --account.")
    save_connection(connection)
    if connection.insecure:
        note("Warning: certificates are not verified. Others can read and change your data.")
    if secret is not None:
        _store(name, secret)
    click.echo(f"Saved “{name}”.")


def _store(name: str, secret: Secret) -> None:
    try:
        store_secret(name, secret)
    except KeyringMissing as error:
        raise Failed(
            f"Saved “{name}” without its secret: the system keyring is not available "
            f"({error.reason}). Use --profile, or set AWS_ACCESS_KEY_ID."
        ) from error


def _asked(connection: Connection, *, has_token: bool) -> Secret | None:
    match connection.sign_in:
        case SignInMethod.API_KEY:
            return Secret(api_key=_ask("API key"))
        case SignInMethod.KEYS:
            secret = _ask("Secret access key")
            return Secret(secret, _ask("Session token") if has_token else "")
        case _:
            return None


def _ask(what: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True)).strip()
    line = sys.stdin.readline().strip()
    if not line:
        raise click.UsageError(f"{what}: standard input is empty.")
    return line
