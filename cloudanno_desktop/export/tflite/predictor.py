"""Run a TensorFlow Lite file; needs LiteRT only, no TensorFlow."""

import zipfile
from pathlib import Path

import numpy as np

from cloudanno_desktop.export.predictor import Floats, ModelUnreadable
from cloudanno_desktop.export.silence import quiet_natives
from cloudanno_desktop.export.tflite.metadata import read_labels, tflite_metadata
from cloudanno_desktop.training.litert import LiteNetwork

_THREADS = 2


class TflitePredictor:
    """A TensorFlow Lite file. Raises ``ModelUnreadable`` if it is damaged or has no labels."""

    def __init__(self, path: Path) -> None:
        try:
            body = path.read_bytes()
            self.labels = read_labels(body)
            self.metadata = tflite_metadata(body)
            with quiet_natives():  # LiteRT reports which of its delegates it uses
                self._network = LiteNetwork(body, _THREADS)
        except (zipfile.BadZipFile, KeyError) as error:
            raise ModelUnreadable(str(path), "it does not name its labels") from error

    def predict(self, pixels: Floats) -> Floats:
        predictions = [
            self._network(picture[None].astype(np.float32, copy=False))[0] for picture in pixels
        ]
        return np.array(predictions, np.float32).reshape(len(pixels), len(self.labels))
