"""``cloudanno label``: labels of pictures."""

import click

from cloudanno_desktop.cli.key_list import find_images
from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options, send_changes
from cloudanno_desktop.cli.output import counted, list_left_out, print_json
from cloudanno_desktop.labels.edits.assign import Assign, Edit, SetLabels, Unassign
from cloudanno_desktop.projects.workspace import Workspace


@click.command()
@project_options
@click.argument("action", type=click.Choice(["add", "remove", "set"]))
@click.argument("name", metavar="LABEL")
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
def label(options: ProjectOptions, action: str, name: str, keys: tuple[str, ...]) -> int:
    """Add LABEL to pictures, remove it, or set it as their only label.

    Use - for KEY to read keys from standard input, one per line.
    """
    with opened(options) as workspace:
        ids, left_out = find_images(workspace.index, keys)
        _apply(workspace, action, name, tuple(ids))
        send_changes(workspace)
    if options.as_json:
        print_json({"images": len(ids), "missing": [key for key, _reason in left_out]})
    else:
        click.echo(f"Changed {counted(len(ids), 'picture')}")
    list_left_out(left_out)
    return LEFT_OUT if left_out else DONE


def _apply(workspace: Workspace, action: str, name: str, ids: tuple[int, ...]) -> None:
    if not ids:
        return
    if action == "remove":
        chosen = workspace.labels.label_named(name)
        workspace.apply(Unassign((chosen.id,), ids))
        return
    chosen = workspace.label_named(name)
    edit: Edit = SetLabels(ids, (chosen.id,)) if action == "set" else Assign((chosen.id,), ids)
    workspace.apply(edit)
