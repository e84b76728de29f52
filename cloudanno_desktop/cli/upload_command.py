"""``cloudanno upload``: pictures into the project, labeled on the way."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from cloudanno_desktop.bucket.bucket_admin import create_bucket
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.cli.existing_option import choice_of, existing_option
from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options, resolve
from cloudanno_desktop.cli.output import list_left_out, print_counted, progress_bar
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.projects import uploads
from cloudanno_desktop.settings import load_settings
from cloudanno_desktop.transfers.plan import PlannedUpload
from cloudanno_desktop.transfers.run_once import TransferReport


class UploadDocument(msgspec.Struct, frozen=True):
    """The document of ``upload --json``; ``skipped`` were there already with the same bytes."""

    uploaded: int
    skipped: int
    failed: tuple[tuple[str, str], ...]


@click.command()
@project_options
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--label", "labels", multiple=True, help="Label for all files; repeatable.")
@click.option("--labels-from-folders", is_flag=True, help="Use the last folder as label.")
@click.option("--prefix", default="", help="Folder in the project.")
@click.option("--create-bucket", "create", is_flag=True, help="Create the bucket first.")
@existing_option
def upload(
    options: ProjectOptions,
    files: tuple[Path, ...],
    labels: tuple[str, ...],
    labels_from_folders: bool,
    prefix: str,
    create: bool,
    existing: str,
) -> int:
    """Upload FILES and folders to PROJECT."""
    _check_exist(files)
    choice = choice_of(existing)
    if create:
        _create_bucket(options)
    prefix = prefix.strip("/")

    def labels_for(item: PlannedUpload) -> Sequence[str]:
        return (*labels, *(uploads.folder_label(item) if labels_from_folders else ()))

    with opened(options) as workspace:
        with progress_bar("Uploading") as progress:
            local = uploads.LocalFiles(files, labels_for, prefix and prefix + "/", labels)
            report = uploads.upload(workspace, local, progress, choice)
        workspace.synchronise()
    return _report(report, as_json=options.as_json)


def _create_bucket(options: ProjectOptions) -> None:
    address, secret = resolve(options, load_settings())
    if address.is_folder:
        Path(address.location).mkdir(parents=True, exist_ok=True)
        return
    create_bucket(address.connection or Connection(), address.bucket_name, secret)


def _check_exist(files: tuple[Path, ...]) -> None:
    for path in files:
        if not path.exists():
            raise Failed(f"“{path}” does not exist.")


def _report(report: TransferReport, *, as_json: bool) -> int:
    failed = tuple((str(item.path), item.reason) for item in report.failed)
    document = UploadDocument(len(report.done), len(report.skipped), failed)
    if as_json:
        print_counted(document)
    else:
        click.echo(
            f"{document.uploaded:,} uploaded, {document.skipped:,} unchanged, {len(failed)} failed"
        )
    list_left_out(failed)
    return LEFT_OUT if failed else DONE
