"""Load and run conversion libraries without their chatter.

They print progress bars, and warn about versions that are known to work together (see
``pyproject.toml``): exactly these warnings are left out.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

_HARMLESS = ("TensorFlow version ", "scikit-learn version ", "Failed to load _ML")
_LOGGERS = (
    "coremltools",
    "coremltools._deps",
    "coremltools.models.compute_device",
    "coremltools.models.compute_plan",
    "coremltools.models.ml_program.experimental.compute_plan_utils",
    "coremltools.models.model",
)


def load_coremltools() -> Any:  # noqa: ANN401  # a module
    """Import coremltools and return it.

    Its remarks that TensorFlow or scikit-learn is newer than tested, and that Core ML itself is not
    there, are left out; everything else is shown.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_is_worth_telling)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="(TensorFlow|scikit-learn) version .* not (been tested|supported)"
        )
        import coremltools
    return coremltools


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow what Python libraries print inside the block; errors still come as exceptions."""
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield


def _is_worth_telling(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_HARMLESS)
