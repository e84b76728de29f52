"""``cloudanno labels``: the labels themselves."""

import click

from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options, send_changes
from cloudanno_desktop.cli.output import print_json, table
from cloudanno_desktop.labels.edits import CreateLabel, DeleteLabel, Edit, MergeLabels
from cloudanno_desktop.labels.property_edits import RenameLabel
from cloudanno_desktop.workspace import Workspace

NAMES_NEEDED = {
    "list": 0,
    "create": 1,
    "rename": 2,
    "merge": 2,
    "delete": 1,
    "single": 0,
    "multi": 0,
}
MODES = {"single": False, "multi": True}


@click.command()
@project_options
@click.argument("action", type=click.Choice(list(NAMES_NEEDED)))
@click.argument("names", nargs=-1)
def labels(options: ProjectOptions, action: str, names: tuple[str, ...]) -> None:
    """List, create NAME, rename OLD NEW, merge FROM INTO, or delete NAME.

    “single” and “multi” let pictures carry one label or several.
    """
    if len(names) != NAMES_NEEDED[action]:
        raise click.UsageError(f"“labels {action}” takes {NAMES_NEEDED[action]} names.")
    with opened(options) as workspace:
        if action in MODES:
            workspace.sync.use_multi_label(multi_label=MODES[action])
        elif action != "list":
            workspace.apply(_edit(workspace, action, names))
        if action != "list":
            send_changes(workspace)
        rows = [(count.label.name, count.images) for count in workspace.labels.labels()]
    if options.as_json:
        print_json([{"name": name, "count": images} for name, images in rows])
    else:
        table(("label", "images"), rows)


def _edit(workspace: Workspace, action: str, names: tuple[str, ...]) -> Edit:
    if action == "create":
        return CreateLabel(names[0])
    first = workspace.labels.label_named(names[0])
    if action == "rename":
        return RenameLabel(first.id, names[1])
    if action == "merge":
        return MergeLabels(first.id, workspace.labels.label_named(names[1]).id)
    return DeleteLabel(first.id)
