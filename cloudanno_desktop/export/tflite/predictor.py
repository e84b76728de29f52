"""Ask a TensorFlow Lite file; needs LiteRT only, no TensorFlow."""

import zipfile
from pathlib import Path

import numpy as np

from cloudanno_desktop.export.coreml.numpy_ops import Floats
from cloudanno_desktop.export.predictor import ModelUnreadable
from cloudanno_desktop.export.silence import quiet_natives
from cloudanno_desktop.export.tflite.metadata import read_labels

_THREADS = 2


class TflitePredictor:
    """A TensorFlow Lite file run by LiteRT.

    Args:
        path: the file; its labels must be inside.

    Raises:
        ModelUnreadable: it is damaged or has no labels.
    """

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            body = path.read_bytes()
            self._labels = read_labels(body)
            with quiet_natives():  # LiteRT tells which of its delegates it uses
                self._interpreter = Interpreter(model_content=body, num_threads=_THREADS)
                self._interpreter.allocate_tensors()
        except (zipfile.BadZipFile, KeyError) as error:
            raise ModelUnreadable(str(path), "nothing in it names its outputs") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelUnreadable(str(path), f"it is damaged ({error})") from error
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    def predict(self, pixels: Floats) -> Floats:
        predictions = [self._ask(picture) for picture in pixels]
        return np.array(predictions, np.float32).reshape(len(pixels), len(self._labels))

    def _ask(self, picture: Floats) -> Floats:
        self._interpreter.set_tensor(self._input, picture[None].astype(np.float32, copy=False))
        self._interpreter.invoke()
        prediction: Floats = self._interpreter.get_tensor(self._output)[0]
        return prediction
