"""Open any model file that this program writes."""

import importlib.util
from pathlib import Path

from cloudanno_desktop.dataset.run_folder import RunFolder, is_run_folder
from cloudanno_desktop.export.predictor import ModelUnreadable, Predictor


def open_predictor(path: Path) -> Predictor:
    """Load the model at ``path``: the folder of a run (for its Keras network) or a model file.

    Files end in ``.keras``, ``.tflite`` (needs no TensorFlow), ``.mlmodel``, ``.mlpackage`` or
    ``.zip`` (a zipped ``.mlpackage``). Raises ``ModelUnreadable``.
    """
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
    return opener(path)


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
