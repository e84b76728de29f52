"""Run a file that was just written on two pictures, before anything relies on it.

A conversion can go wrong without an error: an unfrozen network becomes a file that returns NaN, a
lost input one that always returns the same.
"""

import numpy as np

from cloudanno_desktop.export.artifact import ExportBroken, Format, ModelSpec
from cloudanno_desktop.export.predictor import Floats

_SAME = 1e-6  # two outputs closer than this are one
_DIFFERENT = 1e-3  # the network itself gives the probe pictures outputs at least this far apart
_TOLERANCE = 0.35  # float16 weights of a network that was never trained come up to 0.2


def probe_pictures(spec: ModelSpec) -> Floats:
    """Return two unlike pictures, 2 × height × width × 3: a color ramp, and dark noise."""
    down, right = np.mgrid[0 : spec.height, 0 : spec.width]
    ramp = np.stack(
        [
            255 * down / spec.height,
            255 * right / spec.width,
            128 + 127 * np.sin((down + right) / 9),
        ],
        axis=-1,
    )
    noise = np.random.default_rng(20).uniform(0, 110, ramp.shape)
    return np.stack([ramp, noise]).round().astype(np.float32)


def check_replies(
    file_format: Format, predictions: Floats, expected: Floats, spec: ModelSpec
) -> None:
    """Raise ``ExportBroken`` if the probe pictures' probabilities are not those of the network."""
    if reason := _reason(predictions, expected, spec):
        raise ExportBroken(file_format.caption, reason)


def _reason(predictions: Floats, expected: Floats, spec: ModelSpec) -> str:
    if predictions.shape != (len(expected), len(spec.labels)):
        return f"it gives {predictions.shape[-1]} numbers for {len(spec.labels)} labels"
    if not np.isfinite(predictions).all():
        return "it returns NaN"
    if _spread(predictions) < _SAME and _spread(expected) > _DIFFERENT:
        return "it returns the same for every picture"
    if predictions.min() < -_SAME or predictions.max() > 1 + 1e-3:
        return "its outputs are not probabilities"
    difference = float(np.abs(predictions - expected).max())
    if difference > _TOLERANCE:
        return f"its outputs differ from the network’s by {difference:.2f}"
    return ""


def _spread(predictions: Floats) -> float:
    return float(np.ptp(predictions, axis=0).max())
