"""``cloudanno labels``: the labels themselves."""

import click

from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options, send_changes
from cloudanno_desktop.cli.output import (
    ask_number,
    counted,
    list_left_out,
    print_json,
    progress_bar,
    table,
)
from cloudanno_desktop.labels.edits.assign import CreateLabel, DeleteLabel, Edit, MergeLabels
from cloudanno_desktop.labels.edits.delete_label import DeleteLabelAndImages, DeleteMode, reach_of
from cloudanno_desktop.labels.edits.properties import RenameLabel
from cloudanno_desktop.projects.workspace import Workspace

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
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in DeleteMode]),
    default=DeleteMode.LABEL.value,
    help="For delete: remove only the label, or also the pictures that have no other label, "
    "or their files too.",
)
@click.option("--yes", is_flag=True, help="Delete files without confirmation.")
def labels(
    options: ProjectOptions, action: str, names: tuple[str, ...], mode: str, *, yes: bool
) -> int:
    """List labels, create NAME, rename OLD NEW, merge FROM INTO, or delete NAME.

    “single” allows one label per picture, “multi” several.
    """
    failed: list[tuple[str, str]] = []
    if len(names) != NAMES_NEEDED[action]:
        raise click.UsageError(f"“labels {action}” takes {counted(NAMES_NEEDED[action], 'name')}.")
    with opened(options) as workspace:
        if action in MODES:
            workspace.sync.use_multi_label(multi_label=MODES[action])
        elif action == "delete":
            failed = _delete(workspace, names[0], DeleteMode(mode), is_sure=yes)
        elif action != "list":
            workspace.apply(_edit(workspace, action, names))
        if action != "list":
            send_changes(workspace)
        rows = [(count.label.name, count.images) for count in workspace.labels.labels()]
    if options.as_json:
        print_json([{"name": name, "count": images} for name, images in rows])
    else:
        table(("label", "pictures"), rows)
    list_left_out(failed)
    return LEFT_OUT if failed else DONE


def _edit(workspace: Workspace, action: str, names: tuple[str, ...]) -> Edit:
    if action == "create":
        return CreateLabel(names[0])
    first = workspace.labels.label_named(names[0])
    if action == "rename":
        return RenameLabel(first.id, names[1])
    return MergeLabels(first.id, workspace.labels.label_named(names[1]).id)


def _delete(
    workspace: Workspace, name: str, mode: DeleteMode, *, is_sure: bool
) -> list[tuple[str, str]]:
    """Delete a label in one of three ways; return the files that could not be deleted."""
    label_id = workspace.labels.label_named(name).id
    if mode is DeleteMode.IMAGES:
        workspace.apply(DeleteLabelAndImages(label_id))
        return []
    failed: list[tuple[str, str]] = []
    if mode is DeleteMode.FILES:
        only = reach_of(workspace.labels, label_id).only
        if len(only) and not is_sure:
            ask_number("files", len(only))
        files = workspace.image_files
        with progress_bar("Deleting") as progress:
            uses_trash = workspace.settings.uses_trash
            done = files.delete(files.describe(only), progress, uses_trash=uses_trash)
        failed = done.failed
    workspace.apply(DeleteLabel(label_id))
    return failed
