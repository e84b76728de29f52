"""The pictures that a command is given: files, folders and projects alike."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cloudanno_desktop import paths
from cloudanno_desktop.cli.options import ProjectOptions, opened
from cloudanno_desktop.dataset.run_folder import Resize
from cloudanno_desktop.errors import CloudAnnoError, Failed
from cloudanno_desktop.export.predictor import Predictor
from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.images.originals import NeededImage, OriginalStore
from cloudanno_desktop.project_keys import is_image_key
from cloudanno_desktop.training.preprocess import read_pixels
from cloudanno_desktop.transfers.local_files import EMPTY, files_below

BATCH = 32

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NamedPicture:
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Predictions:
    pictures: list[NamedPicture]
    probabilities: Floats  # pictures × labels
    unreadable: list[tuple[str, str]]  # name and reason of each picture that was left out


def local_pictures(path: Path) -> list[NamedPicture]:
    """Return a file, or the pictures below a folder by relative name. Raises ``Failed``."""
    if path.is_file():
        return [NamedPicture(str(path), path)]
    if not path.is_dir():
        raise Failed(f"“{path}” does not exist.")
    return [
        NamedPicture(name, file)
        for names, file, problem in files_below(path)
        if problem in {"", EMPTY} and is_image_key(name := "/".join(names))
    ]


def listing(left_out: list[tuple[str, str]]) -> Callable[[NeededImage, CloudAnnoError], None]:
    """Return what lists the key of each image that could not be fetched, with the reason."""
    return lambda image, error: left_out.append((image.key, str(error)))


def project_pictures(
    options: ProjectOptions, left_out: list[tuple[str, str]]
) -> list[NamedPicture]:
    with opened(options) as workspace:
        rows = workspace.index.rows(workspace.index.all_ids().tolist())
        store = OriginalStore(paths.originals_dir(), workspace.bucket)
        files = store.fetch(rows, on_failure=listing(left_out))
        return [NamedPicture(row.key, files[row.id].path) for row in rows if row.id in files]


def ask(predictor: Predictor, pictures: Sequence[NamedPicture], resize: Resize) -> Predictions:
    kept: list[NamedPicture] = []
    unreadable: list[tuple[str, str]] = []
    scores: list[Floats] = []
    for batch in _batches(pictures, resize, unreadable):
        kept += [picture for picture, _ in batch]
        pixels = np.stack([pixel for _, pixel in batch]).astype(np.float32)
        scores.append(predictor.predict(pixels))
    empty = np.zeros((0, len(predictor.labels)), np.float32)
    return Predictions(kept, np.concatenate([empty, *scores]), unreadable)


def _batches(
    pictures: Sequence[NamedPicture], resize: Resize, unreadable: list[tuple[str, str]]
) -> Iterator[list[tuple[NamedPicture, npt.NDArray[np.uint8]]]]:
    batch = []
    for picture in pictures:
        try:
            batch.append((picture, read_pixels(picture.path, resize)))
        except PictureUnreadable as error:
            unreadable.append((os.fspath(picture.name), error.reason))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
