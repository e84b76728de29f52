"""What every loaded model can do, whatever its format."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.export.model_card import ModelMetadata

Floats = npt.NDArray[np.float32]


@dataclass(eq=False)
class ModelUnreadable(CloudAnnoError):
    sentence: ClassVar[str] = "“{path}” cannot be used as a model: {reason}."

    path: str
    reason: str


class Predictor(Protocol):
    labels: tuple[str, ...]  # in the order of the columns of ``predict``
    metadata: ModelMetadata | None  # as the file itself has it

    def predict(self, pixels: Floats) -> Floats:
        """Return probabilities, n × labels, for pictures n × height × width × 3, RGB 0..255."""
