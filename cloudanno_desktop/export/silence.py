"""Load and run conversion libraries without their output.

They print progress bars, and warn about versions that are known to work together (see
``pyproject.toml``): only these warnings are filtered.
"""

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

_HARMLESS = (
    "TensorFlow version ",  # newer than coremltools was tested with
    "scikit-learn version ",
    "Failed to load _ML",  # Core ML itself, which only Macs have
    "Please consider providing the trackable_obj",  # a frozen function needs none
)
_LOGGERS = (
    "absl",
    "coremltools",
    "coremltools._deps",
    "coremltools.models.compute_device",
    "coremltools.models.compute_plan",
    "coremltools.models.ml_program.experimental.compute_plan_utils",
    "coremltools.models.model",
)


def load_coremltools() -> Any:  # noqa: ANN401  # a module
    """Import coremltools and return it, without its warnings about versions and Macs."""
    with _without_harmless():
        import coremltools
    return coremltools


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow what Python libraries print inside the block; errors still come as exceptions."""
    sink = io.StringIO()
    with _without_harmless(), contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield


@contextlib.contextmanager
def quiet_natives() -> Iterator[None]:
    """Swallow what libraries that are not Python write to standard error inside the block."""
    sys.stderr.flush()
    saved = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)


@contextlib.contextmanager
def _without_harmless() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(_is_worth_reporting)
    with warnings.catch_warnings():
        # coremltools leaves a temporary folder to be cleaned up by its finalizer
        warnings.filterwarnings("ignore", "Implicitly cleaning up", ResourceWarning)
        yield
    for logger in loggers:
        logger.removeFilter(_is_worth_reporting)


def _is_worth_reporting(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_HARMLESS)
