"""``cloudanno changed``: labeled pictures that other programs replaced or renamed."""

import click
import msgspec

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options, send_changes
from cloudanno_desktop.cli.output import counted, print_counted
from cloudanno_desktop.index.image_index import Ids
from cloudanno_desktop.labels.edits.assign import ClearLabels, Edit
from cloudanno_desktop.labels.edits.confirm import KeepLabels
from cloudanno_desktop.labels.moved_outside import renamed
from cloudanno_desktop.projects.workspace import Workspace


class RenamedPicture(msgspec.Struct, frozen=True):
    key: str
    was: str


class ChangedPictures(msgspec.Struct, frozen=True):
    """The document of ``changed --json``: what was found before anything was done."""

    changed: tuple[str, ...]
    renamed: tuple[RenamedPicture, ...]


@click.command()
@project_options
@click.option("--keep", "act", flag_value="keep", help="Keep the labels of changed pictures.")
@click.option("--drop", "act", flag_value="drop", help="Remove the labels of changed pictures.")
@click.option("--renamed", "act", flag_value="renamed", help="Label renamed pictures as before.")
def changed(options: ProjectOptions, act: str | None) -> None:
    """List pictures that were replaced or renamed since they were labeled.

    Replaced pictures are left out of training until their labels are kept or dropped.
    """
    with opened(options) as workspace:
        ids, moved = workspace.labels.changed_ids(), renamed(workspace.labels)
        found = ChangedPictures(
            _keys(workspace, ids),
            tuple(
                RenamedPicture(key, was)
                for key, was in zip(
                    _keys(workspace, moved.targets), _keys(workspace, moved.sources), strict=True
                )
            )
            if moved
            else (),
        )
        edits: dict[str | None, Edit | None] = {
            "keep": KeepLabels(ids),
            "drop": ClearLabels(ids),
            "renamed": moved,
        }
        if edit := edits.get(act):
            workspace.apply(edit)
            send_changes(workspace)
    if options.as_json:
        print_counted(found)
    else:
        _print(found, act)


def _keys(workspace: Workspace, ids: Ids) -> tuple[str, ...]:
    return tuple(row.key for row in workspace.index.rows(ids))


def _print(found: ChangedPictures, act: str | None) -> None:
    for key in found.changed:
        click.echo(f"{key}: changed since it was labeled")
    for one in found.renamed:
        click.echo(f"{one.key}: was “{one.was}”, which had labels")
    done = {"keep": "labels kept", "drop": "labels removed"}.get(act or "", "changed")
    click.echo(f"{counted(len(found.changed), 'picture')} {done}")
    moved = counted(len(found.renamed), "picture")
    click.echo(f"{moved} {'labeled as before' if act == 'renamed' else 'renamed'}")
