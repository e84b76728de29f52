"""The sample project: generated pictures, labeled in part, to try all five steps at once."""

import importlib.util
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, cast

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.bulk import exists
from cloudanno_desktop.bucket.connections.address import ProjectAddress, parse_address
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.labels.annotations.format import JSON_KEY
from cloudanno_desktop.progress import Progress, silent
from cloudanno_desktop.project_keys import OWN
from cloudanno_desktop.projects.uploads import LocalFiles, upload
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers.plan import PlannedUpload

UNLABELED_SHARE = 8  # every eighth picture is left for the user to label


class MakePictures(Protocol):
    """The generator in ``resources/demo``: writes ``<folder>/<label>/<picture>.jpg``."""

    def __call__(self, folder: Path, seed: int = 0, progress: Progress = silent) -> list[Path]:
        """Draw the pictures and return their paths."""


def sample_address() -> ProjectAddress:
    return parse_address(str(paths.data_dir() / "sample"), None)


def make_sample(folder: Path, settings: Settings, progress: Progress = silent) -> None:
    """Make the sample project in ``folder``; do nothing if it is there already.

    The folder is marked as a project from the start, and a run that was cut short goes on where it
    ended: pictures that are there are not uploaded twice.
    Raises ``Failed``: the folder holds something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / OWN
    if any(folder.iterdir()) and not marker.is_dir():
        raise Failed(f"“{folder}” is not empty. Choose another folder for the sample project.")
    marker.mkdir(exist_ok=True)
    with (
        Workspace.open(parse_address(str(folder), None), settings) as workspace,
        tempfile.TemporaryDirectory(prefix="cloudanno-sample-") as drawn,
    ):
        workspace.refresh()
        if exists(workspace.bucket, JSON_KEY):  # written last
            return
        pictures = _load_generator()(Path(drawn), 0, progress)
        upload(workspace, LocalFiles(pictures, _labels_for(pictures), "photos/"))
        workspace.synchronise()


def _labels_for(pictures: Sequence[Path]) -> Callable[[PlannedUpload], Sequence[str]]:
    left = set(sorted(pictures)[::UNLABELED_SHARE])

    def labels_for(item: PlannedUpload) -> Sequence[str]:
        return () if item.path in left else (item.path.parent.name,)

    return labels_for


def _load_generator() -> MakePictures:
    path = paths.resources_dir() / "demo" / "make_pictures.py"
    spec = importlib.util.spec_from_file_location("cloudanno_demo", path)
    if spec is None or spec.loader is None:
        raise Failed(f"The sample pictures cannot be drawn: “{path}” is missing.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("MakePictures", module.make_pictures)
