"""Open any model file that this program writes."""

import importlib.util
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from cloudanno_desktop.dataset.run_folder import RunFolder, is_run_folder
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.export.predictor import ModelUnreadable, Predictor
from cloudanno_desktop.training.preprocess import INPUT_PX

# What a zip may hold: weights hardly get smaller, so that anything much larger is no model.
MOST_RATIO = 20
UNPACKED_SLACK = 64_000_000
MOST_MEMBERS = 10_000
# Readers of models meet broken files with whatever Python raises first.
DAMAGED = (
    OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError,
    EOFError, RuntimeError, MemoryError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def open_predictor(path: Path) -> Predictor:
    """Load the model at ``path``: the folder of a run (for its Keras network) or a model file.

    Files end in ``.keras``, ``.tflite`` (needs no TensorFlow), ``.mlmodel``, ``.mlpackage`` or
    ``.zip`` (a zipped ``.mlpackage``). Raises ``ModelUnreadable``.
    """
    try:
        return _opened(path)
    except CloudAnnoError:
        raise
    except DAMAGED as error:
        raise ModelUnreadable(str(path), f"it is damaged ({_first_line(error)})") from error


def _opened(path: Path) -> Predictor:
    if is_run_folder(path):
        return _open_run(RunFolder(path))
    opener = {
        ".keras": _open_keras,
        ".tflite": _open_tflite,
        ".mlmodel": _open_coreml,
        ".mlpackage": _open_coreml,
        ".zip": _open_coreml,
    }.get(path.suffix.lower())
    if opener is None:
        raise ModelUnreadable(str(path), "it is not a model file that CloudAnno can read")
    if not path.exists():
        raise ModelUnreadable(str(path), "there is no such file")
    _refuse_explosion(path)
    predictor = opener(path)
    _try(predictor, path)
    return predictor


def _refuse_explosion(path: Path) -> None:
    """Compare what a zip holds with its size, before any of it is read."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_RATIO * path.stat().st_size + UNPACKED_SLACK or len(members) > MOST_MEMBERS:
        reason = f"it unpacks to {unpacked / 1e6:,.0f} MB in {len(members):,} files"
        raise ModelUnreadable(str(path), reason)


def _try(predictor: Predictor, path: Path) -> None:
    """Ask for one gray picture: a file may load, and still contradict itself."""
    try:
        predictor.predict(np.full((1, INPUT_PX, INPUT_PX, 3), 128, np.float32))
    except ValueError as error:
        count = len(predictor.labels)
        reason = f"its network does not fit its {count} labels ({_first_line(error)})"
        raise ModelUnreadable(str(path), reason) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0][:160].rstrip(".")


def _open_run(run: RunFolder) -> Predictor:
    _require("keras", run.path)
    from cloudanno_desktop.export.keras import KerasPredictor

    if not run.model_path.is_file():
        raise ModelUnreadable(str(run.path), "this run has no model; it was stopped or failed")
    return KerasPredictor(run.model_path, run.read_job().labels)


def _open_keras(path: Path) -> Predictor:
    _require("keras", path)
    from cloudanno_desktop.export.keras import KerasPredictor, read_labels

    return KerasPredictor(path, read_labels(path))


def _open_tflite(path: Path) -> Predictor:
    from cloudanno_desktop.export.tflite.predictor import TflitePredictor

    return TflitePredictor(path)


def _open_coreml(path: Path) -> Predictor:
    _require("coremltools", path)
    from cloudanno_desktop.export.coreml.predictor import open_coreml

    return open_coreml(path)


def _require(module: str, path: Path) -> None:
    if importlib.util.find_spec(module) is None:
        raise ModelUnreadable(
            str(path), f"{module} is not installed; .tflite files work without it"
        )
