"""Run a Core ML file: by Core ML itself on a Mac, elsewhere by the evaluators of this package."""

import os
import platform
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from cloudanno_desktop.export.coreml.eval_network import Network
from cloudanno_desktop.export.coreml.eval_program import Program
from cloudanno_desktop.export.coreml.numpy_ops import Floats
from cloudanno_desktop.export.model_card import ModelMetadata
from cloudanno_desktop.export.predictor import ModelUnreadable, Predictor
from cloudanno_desktop.export.silence import load_coremltools, quiet

_THREADS = min(os.cpu_count() or 1, 8)  # numpy releases the interpreter's lock
_INSIDE = "Data/com.apple.CoreML/"


class _Evaluator(Protocol):
    labels: tuple[str, ...]
    metadata: ModelMetadata | None

    def run(self, picture: Floats) -> Floats: ...


def open_coreml(path: Path) -> Predictor:
    """Load an ``.mlmodel``, ``.mlpackage`` or zipped ``.mlpackage``."""
    if platform.system() == "Darwin":
        return NativePredictor(path)
    return EvaluatedPredictor(_evaluator(path))


class EvaluatedPredictor:
    """A Core ML file that numpy runs, one picture a thread."""

    def __init__(self, evaluator: _Evaluator) -> None:
        self._run = evaluator.run
        self.labels, self.metadata = evaluator.labels, evaluator.metadata

    def predict(self, pixels: Floats) -> Floats:
        pictures = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)
        with ThreadPoolExecutor(_THREADS) as threads:
            predictions = list(threads.map(self._run, pictures))
        return np.array(predictions, np.float32).reshape(len(pixels), len(self.labels))


class NativePredictor:
    """A Core ML file that Core ML runs (macOS); a zip is unpacked while it loads."""

    def __init__(self, path: Path) -> None:
        coremltools = load_coremltools()
        with _unpacked(path) as whole, quiet():
            self._model = coremltools.models.MLModel(str(whole))
        description = self._model.get_spec().description
        self._input: str = description.input[0].name
        self._reply: str = description.predictedProbabilitiesName
        evaluator = _evaluator(path)
        self.labels, self.metadata = evaluator.labels, evaluator.metadata

    def predict(self, pixels: Floats) -> Floats:
        rows = [
            [scores[label] for label in self.labels] for scores in map(self._predict_one, pixels)
        ]
        return np.array(rows, np.float32).reshape(len(pixels), len(self.labels))

    def _predict_one(self, picture: Floats) -> dict[str, float]:
        from PIL import Image

        image = Image.fromarray(picture.round().clip(0, 255).astype(np.uint8))
        prediction: dict[str, Any] = self._model.predict({self._input: image})
        probabilities: dict[str, float] = prediction[self._reply]
        return probabilities


def _evaluator(path: Path) -> _Evaluator:
    if path.suffix.lower() == ".mlmodel":
        return Network(path.read_bytes())
    with _unpacked(path) as package:
        data = package / _INSIDE
        return Program(
            (data / "model.mlmodel").read_bytes(), (data / "weights" / "weight.bin").read_bytes()
        )


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """Yield the file or folder itself; for a zip the package inside, in a temporary folder."""
    if path.suffix.lower() != ".zip":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
        packages = sorted(Path(folder).glob("*.mlpackage"))
        if not packages:
            raise ModelUnreadable(str(path), "the zip holds no .mlpackage")
        yield packages[0]
