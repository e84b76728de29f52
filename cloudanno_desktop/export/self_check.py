"""Ask a file that was just written about two pictures, before anybody relies on it.

A conversion can go wrong without an error: an unfrozen network becomes a file that answers NaN, a
lost input one that always answers the same.
"""

import numpy as np
import numpy.typing as npt

from cloudanno_desktop.export.artifact import ExportBroken, Format, ModelSpec

Floats = npt.NDArray[np.float32]
_SAME = 1e-6  # two answers closer than this are one answer
_DIFFERENT = 1e-3  # the network itself tells the probe pictures apart by at least this
_TOLERANCE = 0.35  # float16 weights of a network that was never trained come up to 0.2


def probe_pictures(spec: ModelSpec) -> Floats:
    """Return two unlike pictures, 2 × height × width × 3: a colour ramp, and dark noise."""
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
    """Compare a file's probabilities for the probe pictures with those of the network.

    Raises:
        ExportBroken: they cannot be those of the same network.
    """
    reason = _reason(predictions, expected, spec)
    if reason:
        raise ExportBroken(file_format.caption, reason)


def _reason(predictions: Floats, expected: Floats, spec: ModelSpec) -> str:
    if predictions.shape != (len(expected), len(spec.labels)):
        return f"it gives {predictions.shape[-1]} numbers for {len(spec.labels)} labels"
    if not np.isfinite(predictions).all():
        return "it answers “not a number”"
    if _spread(predictions) < _SAME and _spread(expected) > _DIFFERENT:
        return "it answers the same for every picture"
    if predictions.min() < -_SAME or predictions.max() > 1 + 1e-3:
        return "its answers are no probabilities"
    difference = float(np.abs(predictions - expected).max())
    if difference > _TOLERANCE:
        return f"its answers differ by {difference:.2f} from those of the network"
    return ""


def _spread(predictions: Floats) -> float:
    return float(np.ptp(predictions, axis=0).max())
