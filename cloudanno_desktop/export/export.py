"""Write a trained network in the formats that phones, boards and notebooks read.

Each file is written aside, run on two pictures and only then put in its place. The values that
travel (``Format``, ``ModelSpec``, ``ExportedFile``) live in ``export/artifact.py``, which loads no
network library.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cloudanno_desktop.export.artifact import (
    ExportBroken,
    ExportedFile,
    Format,
    ModelSpec,
    exported_file,
    packed,
)
from cloudanno_desktop.export.coreml.numpy_ops import LayerUnknown
from cloudanno_desktop.export.coreml.write import write_network, write_program
from cloudanno_desktop.export.full_precision import in_full_precision
from cloudanno_desktop.export.keras import write_keras
from cloudanno_desktop.export.open_predictor import open_predictor
from cloudanno_desktop.export.predictor import Floats, ModelUnreadable
from cloudanno_desktop.export.self_check import check_replies, probe_pictures
from cloudanno_desktop.export.tflite.write import write_tflite
from cloudanno_desktop.progress import Progress, silent

Network = Any  # keras has no types
# What keras, tensorflow and coremltools raise for a network that they cannot translate.
_LIBRARY_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
_WRITERS: dict[Format, Callable[[Network, ModelSpec, Path], None]] = {
    Format.KERAS: write_keras,
    Format.TFLITE: write_tflite,
    Format.COREML: write_program,
    Format.MLMODEL: write_network,
}


def export_model(
    model: Network,
    spec: ModelSpec,
    folder: Path,
    formats: Sequence[Format],
    progress: Progress = silent,
) -> list[ExportedFile]:
    """Write ``model`` into ``folder`` once for each format and return the files.

    Args:
        model: the Keras network: RGB 0..255 in, probabilities out.
        spec: what its outputs mean.
        folder: created if missing; older files of the same formats are replaced.
        formats: what to write, in this order.
        progress: called before each format and at the end.

    Raises:
        ExportBroken: a file does not predict what the network predicts; it was removed, an older
            one of the same format is untouched.
        FormatUnavailable: this computer cannot write one of the formats.
        Cancelled: the files written so far are complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    full = in_full_precision(model)
    expected = full(probe_pictures(spec), training=False).numpy()
    files = []
    for done, file_format in enumerate(formats):
        progress(done, len(formats), file_format.caption)
        aside = _written(full, spec, folder / ".aside", file_format, expected)
        files.append(_placed(aside, folder, file_format))
    progress(len(formats), len(formats))
    return files


def discard(file: ExportedFile) -> None:
    """Remove an exported file, also one that is a folder."""
    if file.path.is_dir():
        packed(file.path).unlink()
        _remove(file.path)
    else:
        file.path.unlink()


def _written(
    model: Network, spec: ModelSpec, aside: Path, file_format: Format, expected: Floats
) -> Path:
    """Write one file into the folder ``aside`` and run it on the probe pictures."""
    _remove(aside)
    aside.mkdir()
    path = aside / file_format.file_name
    try:
        _WRITERS[file_format](model, spec, path)
        check_replies(file_format, _replies(path, file_format, spec), expected, spec)
    except _LIBRARY_ERRORS as error:
        _remove(aside)
        raise ExportBroken(file_format.caption, f"the conversion stopped ({error})") from error
    except BaseException:
        _remove(aside)
        raise
    return path


def _replies(path: Path, file_format: Format, spec: ModelSpec) -> Floats:
    try:
        predictor = open_predictor(path)
        if predictor.labels != spec.labels:
            raise ExportBroken(file_format.caption, "its labels are not those of the network")
        return predictor.predict(probe_pictures(spec))
    except ModelUnreadable as error:
        raise ExportBroken(file_format.caption, error.reason) from error
    except LayerUnknown as error:
        reason = f"it uses “{error.layer}”, which cannot be checked here"
        raise ExportBroken(file_format.caption, reason) from error


def _placed(written: Path, folder: Path, file_format: Format) -> ExportedFile:
    """Put the file, or the folder of a package, in the place of an older one."""
    target = folder / file_format.file_name
    if target.is_dir():
        _remove(target)
    written.replace(target)
    _remove(written.parent)
    return exported_file(file_format, target)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
