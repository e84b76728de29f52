"""``cloudanno status``: what a project holds."""

import click
import msgspec

from cloudanno_desktop import log
from cloudanno_desktop.bucket.errors import Unreachable
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import counted, print_counted, table
from cloudanno_desktop.labels.store import ProjectReadOnly
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.publish.publisher import list_branches


class LabelStatus(msgspec.Struct, frozen=True):
    name: str
    count: int


class BranchStatus(msgspec.Struct, frozen=True):
    name: str
    version: str
    serial: int


class Status(msgspec.Struct, frozen=True):
    """The document of ``status --json``; ``pending`` operations wait to be flushed."""

    images: int
    labeled: int
    unlabeled: int
    labels: tuple[LabelStatus, ...]
    pending: int
    conflicts: int
    changed: int  # pictures that are not what was labeled
    branches: tuple[BranchStatus, ...]
    read_only_reason: str  # empty where labels may change


@click.command()
@project_options
def status(options: ProjectOptions) -> None:
    """Show pictures, labels, unsent changes and branches."""
    with opened(options) as workspace:
        document = read_status(workspace)
    if options.as_json:
        print_counted(document)
    else:
        _print(document)


def read_status(workspace: Workspace) -> Status:
    images = len(workspace.labels.image_ids())
    labeled = len(workspace.labels.labeled_ids())
    return Status(
        images=images,
        labeled=labeled,
        unlabeled=images - labeled,
        labels=tuple(LabelStatus(c.label.name, c.images) for c in workspace.labels.labels()),
        pending=workspace.labels.pending(),
        conflicts=len(workspace.labels.conflicts()),
        changed=len(workspace.labels.changed_ids()),
        branches=_branches(workspace),
        read_only_reason=workspace.labels.read_only_reason or "",
    )


def _branches(workspace: Workspace) -> tuple[BranchStatus, ...]:
    """Without a network the branches are unknown, as the refresh has reported."""
    with log.passing_over(Unreachable):
        served = list_branches(workspace.bucket)
        return tuple(BranchStatus(b.branch, b.version, b.serial) for b in served)
    return ()


def _print(status: Status) -> None:
    click.echo(
        f"{counted(status.images, 'picture')}: "
        f"{status.labeled:,} labeled, {status.unlabeled:,} unlabeled"
    )
    click.echo(
        f"{counted(status.pending, 'change')} to send, {counted(status.conflicts, 'conflict')}"
    )
    if status.read_only_reason:
        click.echo(str(ProjectReadOnly(status.read_only_reason)))
    if status.changed:
        changed = counted(status.changed, "picture")
        click.echo(f"{changed} changed since labeled: see “cloudanno changed PROJECT”")
    if status.labels:
        click.echo()
        table(("label", "pictures"), [(label.name, label.count) for label in status.labels])
    if status.branches:
        click.echo()
        rows = [(branch.name, branch.version, branch.serial) for branch in status.branches]
        table(("branch", "version", "serial"), rows)
