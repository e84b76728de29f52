"""Run a converted network by LiteRT on the CPU, and check that its features make sense."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.training.backbone_spec import Weights, WeightsUnusable
from cloudanno_desktop.training.preprocess import INPUT_PX

Floats = npt.NDArray[np.float32]


class LiteNetwork:
    """A network of one input and one output, from the bytes of a TFLite file."""

    def __init__(self, body: bytes, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=body, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, pictures: Floats) -> Floats:
        """Return the probabilities for as many pictures as the file takes, usually one."""
        self._interpreter.set_tensor(self._input, pictures)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._output), np.float32)


def probe(network: Callable[[Floats], Floats], weights: Weights, backbone: str) -> None:
    """Raise ``WeightsUnusable`` unless the features of a test picture are finite and varied."""
    picture = np.random.default_rng(0).uniform(0, 255, (1, INPUT_PX, INPUT_PX, 3))
    features = network(picture.astype(np.float32))
    if not np.isfinite(features).all() or float(features.std()) == 0:
        raise WeightsUnusable(
            str(weights.path), backbone, "a test picture gives senseless features"
        )
