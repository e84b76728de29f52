"""What every command that works on a project shares: its options, and opening the project."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import click

from cloudanno_desktop.bucket.connections.address import (
    ProjectAddress,
    is_bucket_address,
    parse_address,
)
from cloudanno_desktop.bucket.connections.connection import Connection, connection_named
from cloudanno_desktop.bucket.connections.credentials import Secret, read_secret
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.cli.output import counted, note, progress_bar, warn
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class ProjectOptions:
    """Which project, how to reach it, and how to answer."""

    project: str
    connection: str  # name of a saved connection; empty for the ad-hoc options and the environment
    endpoint_url: str
    region: str
    profile: str
    as_json: bool


def connection_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how object storage is reached, as in the AWS command line."""
    decorators = (
        click.option("--connection", default="", help="Name of a saved connection."),
        click.option("--endpoint-url", default="", help="URL of an S3-compatible service."),
        click.option("--region", default="", help="Region of the bucket."),
        click.option("--profile", default="", help="Profile in ~/.aws."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    )
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def project_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument PROJECT with its options; the command receives one ``ProjectOptions``."""

    @click.argument("project")
    @connection_options
    @functools.wraps(function)
    def command(**values: object) -> object:
        own = {field.name: values.pop(field.name) for field in fields(ProjectOptions)}
        return function(ProjectOptions(**own), **values)  # type: ignore[arg-type]  # click checked

    return command


def resolve(options: ProjectOptions, settings: Settings) -> tuple[ProjectAddress, Secret | None]:
    """Return the address that the options mean, and the secret of its saved connection."""
    text, name = options.project, options.connection
    for recent in settings.recent:
        if recent.title == text:
            text, name = recent.location, name or recent.connection
    connection = connection_named(name) if name else _ad_hoc(options)
    return parse_address(text, connection), read_secret(name) if name else None


@contextmanager
def opened(options: ProjectOptions, *, refresh: bool = True) -> Iterator[Workspace]:
    """Open the project, bring it up to date, and close it again.

    Without a network a project that was open before is shown as it was; its changes queue.
    """
    settings = load_settings()
    address, secret = resolve(options, settings)
    with Workspace.open(address, settings, secret) as workspace:
        if refresh:
            _refresh(workspace)
        yield workspace
        for sentence in workspace.sync.warnings():
            warn(sentence)


def _refresh(workspace: Workspace) -> None:
    try:
        with progress_bar("Reading the bucket") as progress:
            workspace.refresh(progress)
    except Unreachable as error:
        if not workspace.was_scanned:
            raise
        note(f"{error} Working offline with the last known state.")


def send_changes(workspace: Workspace) -> None:
    """Exchange labels with the bucket; without a network they wait on this computer."""
    try:
        workspace.synchronise()
    except Unreachable as error:
        waiting = workspace.labels.pending()
        note(f"{error} {counted(waiting, 'change')} will be sent at the next sync.")


def _ad_hoc(options: ProjectOptions) -> Connection | None:
    if not is_bucket_address(options.project):
        return None
    return Connection(
        endpoint_url=options.endpoint_url.strip(),
        region=options.region.strip(),
        profile=options.profile,
    )
