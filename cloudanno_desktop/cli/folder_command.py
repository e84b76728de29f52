"""``cloudanno folder``: move, rename or delete a folder of the project; its labels follow."""

import click
import msgspec

from cloudanno_desktop.bucket.bulk import Amount
from cloudanno_desktop.bucket.cost import estimate_delete, estimate_move, money_of
from cloudanno_desktop.bucket.keys import key_problem
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options, send_changes
from cloudanno_desktop.cli.output import (
    ask_number,
    list_left_out,
    print_counted,
    printable,
    progress_bar,
)
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.labels.store import ProjectReadOnly
from cloudanno_desktop.project_keys import OWN_FOLDERS
from cloudanno_desktop.projects.folders import (
    CurrentProject,
    Folder,
    delete_folder,
    measure,
    move_folder,
    place_of,
)
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Prices


class FolderDocument(msgspec.Struct, frozen=True):
    """The document of ``folder --json``.

    Attributes:
        target: where the folder goes; empty if it is deleted.
        objects: how many were moved or deleted; with ``--dry-run`` how many would be.
        estimated_requests: requests to the service; none for a local folder.
    """

    action: str
    folder: str
    target: str
    objects: int
    bytes: int
    estimated_requests: dict[str, int]
    dry_run: bool
    failed: tuple[tuple[str, str], ...] = ()


@click.command()
@project_options
@click.argument("action", type=click.Choice(["move", "rename", "delete"]))
@click.argument("path", metavar="FOLDER")
@click.argument("to", required=False, default="")
@click.option("--dry-run", is_flag=True, help="Show size and cost without changing anything.")
@click.option("--yes", is_flag=True, help="Delete without confirmation.")
def folder(
    options: ProjectOptions, action: str, path: str, to: str, *, dry_run: bool, yes: bool
) -> int:
    """Move FOLDER to the path TO, rename it to TO, or delete it and everything in it.

    Deleted folders do not go to the trash.
    """
    if bool(to) is (action == "delete"):
        raise click.UsageError(f"“folder {action}” takes {1 + (action != 'delete')} names.")
    prefix, target = _prefix(path), _target(action, _prefix(path), to)
    with opened(options) as workspace:
        place = _folder(workspace, prefix)
        amount = measure(place)
        if not amount.objects:
            raise Failed(f"This project has no folder “{prefix}”.")
        usage = _estimate(workspace, action, amount)
        document = FolderDocument(
            *(action, prefix, target, amount.objects, amount.bytes),
            usage.requests_by_kind(),
            dry_run,
        )
        if not dry_run:
            if action == "delete" and not yes:
                _print(document, usage, workspace.settings.prices, err=True)
                ask_number("objects", amount.objects)
            document = _carry_out(workspace, place, document)
            send_changes(workspace)
    if options.as_json:
        print_counted(document)
    else:
        _print(document, usage, workspace.settings.prices)
    list_left_out(document.failed)
    return LEFT_OUT if document.failed else DONE


def _carry_out(workspace: Workspace, place: Folder, document: FolderDocument) -> FolderDocument:
    if workspace.labels.read_only_reason:
        raise ProjectReadOnly(workspace.labels.read_only_reason)
    if document.action == "delete":
        with progress_bar("Deleting") as progress:
            amount = delete_folder(place, progress)
        return msgspec.structs.replace(document, objects=amount.objects, bytes=amount.bytes)
    with progress_bar("Moving") as progress:
        report = move_folder(place, document.target, progress)
    return msgspec.structs.replace(
        document,
        objects=len(report.moved),
        bytes=sum(entry.size for entry, _ in report.moved),
        failed=tuple((failure.key, failure.reason) for failure in report.failed),
    )


def _folder(workspace: Workspace, prefix: str) -> Folder:
    current = CurrentProject("", place_of(workspace))
    return Folder(workspace.address, prefix, workspace.settings, None, current)


def _estimate(workspace: Workspace, action: str, amount: Amount) -> Usage:
    if workspace.address.is_folder:
        return Usage()
    estimate = estimate_delete if action == "delete" else estimate_move
    return estimate(amount.objects)


def _print(document: FolderDocument, usage: Usage, prices: Prices, *, err: bool = False) -> None:
    parts = [f"{document.objects:,} objects", f"{document.bytes:,} bytes"]
    if usage:
        parts.append(f"about {usage.requests:,} requests")
    money = money_of(usage, prices)
    if usage and money is not None:
        parts.append(f"{money:.4f} {prices.currency}".rstrip())
    target = f" → {document.target}" if document.target else ""
    amount = ", ".join(parts)
    click.echo(f"{document.action} {printable(document.folder + target)}: {amount}", err=err)


def _prefix(path: str) -> str:
    """Return a folder's path as keys start with it. Raises ``Failed`` for one that is no such."""
    prefix = f"{path.strip('/')}/"
    problem = key_problem(prefix.removesuffix("/"))
    if problem:
        raise Failed(f"“{path}” is not a valid folder: {problem}.")
    if any(prefix.startswith(own) or own.startswith(prefix) for own in OWN_FOLDERS):
        raise Failed(f"“{prefix}” is reserved for CloudAnno.")
    return prefix


def _target(action: str, prefix: str, to: str) -> str:
    if action == "delete":
        return ""
    if action == "rename":
        if "/" in to.strip("/"):
            raise Failed("A name cannot contain “/”. Use “move” to change the path.")
        above = prefix[:-1].rpartition("/")[0]
        to = f"{above}/{to}"
    target = _prefix(to)
    if target.startswith(prefix):
        raise Failed("A folder cannot be moved into itself.")
    return target
