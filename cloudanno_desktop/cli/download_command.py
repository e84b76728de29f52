"""``cloudanno download``: pictures of the project into a folder of this computer."""

from pathlib import Path

import click
import msgspec

from cloudanno_desktop.cli.existing_option import choice_of, existing_option
from cloudanno_desktop.cli.key_list import find_images
from cloudanno_desktop.cli.main import DONE, LEFT_OUT
from cloudanno_desktop.cli.options import ProjectOptions, opened, project_options
from cloudanno_desktop.cli.output import list_left_out, print_json, progress_bar
from cloudanno_desktop.index.image_index import ImageIndex
from cloudanno_desktop.projects import uploads
from cloudanno_desktop.transfers.run_once import TransferReport


class DownloadDocument(msgspec.Struct, frozen=True):
    """The document of ``download --json``; ``skipped`` were there already."""

    downloaded: int
    skipped: int
    failed: tuple[tuple[str, str], ...]


@click.command()
@project_options
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("keys", nargs=-1)
@click.option("--prefix", default="", help="Only pictures whose key starts with this.")
@existing_option
def download(
    options: ProjectOptions, folder: Path, keys: tuple[str, ...], prefix: str, existing: str
) -> int:
    """Download pictures of PROJECT to FOLDER: all, those in KEYS, or those under a prefix.

    Use - for KEYS to read them from standard input, one per line.
    """
    choice = choice_of(existing)
    with opened(options) as workspace:
        ids, left_out = find_images(workspace.index, keys)
        requested = [row.key for row in workspace.index.rows(ids)]
        if not keys or prefix:
            requested += [key for key in _all_keys(workspace.index) if key.startswith(prefix)]
        with progress_bar("Downloading") as progress:
            report = uploads.download(workspace, requested, folder, progress, choice)
    return _report(report, left_out, as_json=options.as_json)


def _all_keys(index: ImageIndex) -> list[str]:
    return [row.key for row in index.rows(index.all_ids())]


def _report(report: TransferReport, left_out: list[tuple[str, str]], *, as_json: bool) -> int:
    failed = (*left_out, *((item.key, item.reason) for item in report.failed))
    document = DownloadDocument(len(report.done), len(report.skipped), failed)
    if as_json:
        print_json(document)
    else:
        click.echo(
            f"{document.downloaded:,} downloaded, {document.skipped:,} unchanged,"
            f" {len(failed):,} failed"
        )
    list_left_out(failed)
    return LEFT_OUT if failed else DONE
