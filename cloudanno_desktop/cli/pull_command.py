"""``cloudanno pull``: the client that keeps a device's model up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
import msgspec

from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.cli.options import ProjectOptions, project_options, resolve
from cloudanno_desktop.cli.output import note, print_json
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.publish.bucket_source import BucketSource
from cloudanno_desktop.publish.client import Pulled, PullFailed, Source, open_source, watch
from cloudanno_desktop.publish.client import pull as pull_once
from cloudanno_desktop.settings import load_settings


@click.command()
@project_options
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--branch", required=True, help="Branch, such as dev or main.")
@click.option("--formats", default="", help="Formats, such as tflite; all by default.")
@click.option("--watch", "forever", is_flag=True, help="Keep checking for new models.")
def pull(
    options: ProjectOptions, folder: Path, branch: str, formats: str, *, forever: bool
) -> None:
    """Download the current model of a branch to FOLDER. PROJECT may be an http(s) URL."""
    chosen = tuple(formats.replace(" ", "").split(",")) if formats else ()
    with _source(options) as source:
        if forever:
            for outcome in watch(source, branch, folder, chosen):
                _report(outcome, folder, as_json=options.as_json)
            return
        try:
            pulled = pull_once(source, branch, folder, chosen)
        except PullFailed as error:
            raise Failed(f"The model was not changed: {error}.") from error
    _report(pulled, folder, as_json=options.as_json)


@contextmanager
def _source(options: ProjectOptions) -> Iterator[Source]:
    if options.project.startswith(("http://", "https://")):
        yield open_source(options.project)
        return
    bucket = open_bucket(*resolve(options, load_settings()))
    try:
        yield BucketSource(bucket)
    finally:
        bucket.close()


def _report(outcome: Pulled | PullFailed, folder: Path, *, as_json: bool) -> None:
    if isinstance(outcome, PullFailed):
        note(f"The model was not changed: {outcome}.")
    elif as_json:
        print_json({"changed": outcome.changed, **msgspec.to_builtins(asdict(outcome.model))})
    else:
        word = "new" if outcome.changed else "unchanged"
        click.echo(f"{word}: {outcome.model.version}, serial {outcome.model.serial}")
        for path in outcome.model.files.values():
            click.echo(folder / path)
