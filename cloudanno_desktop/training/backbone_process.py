"""A run's weights and converted backbone, made in a process of their own.

TensorFlow takes some hundred megabytes and frees them only when its process ends; pictures of a
hundred megapixels are decoded after that.
"""

import contextlib
import logging
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cloudanno_desktop import paths
from cloudanno_desktop.dataset.run_folder import Job, RunFolder
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.progress import Progress
from cloudanno_desktop.training.backbone import converted_backbone, converted_path
from cloudanno_desktop.training.backbone_spec import (
    Backbone,
    Weights,
    WeightsUnavailable,
    backbone_named,
)
from cloudanno_desktop.training.events import BUG, WEIGHTS_UNAVAILABLE, RunFailed, decode_event
from cloudanno_desktop.training.weights import find_weights, weights_at_hand

_log = logging.getLogger(__name__)

LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A backbone, its weights, and ``path``: the backbone as a float32 TFLite file."""

    backbone: Backbone
    weights: Weights
    path: Path


def prepared(folder: RunFolder, job: Job, progress: Progress) -> Prepared:
    """Return the backbone of the job; what is missing is made in a process of its own.

    Raises:
        Cancelled: that process was killed.
        WeightsUnavailable: ImageNet weights are neither cached nor can they be downloaded.
        CloudAnnoError: the weights cannot be used, or the disk is full.
    """
    found = _at_hand(job)
    if found is None:
        _make_apart(folder, backbone_named(job.options.backbone), progress)
        found = _at_hand(job)
    assert found is not None
    return found


def make(job: Job) -> None:
    """Make what the job lacks, in this process, which then holds TensorFlow.

    Raises ``WeightsUnavailable`` and ``WeightsUnusable``.
    """
    options, cache = job.options, Path(job.features_dir)
    backbone = backbone_named(options.backbone)
    weights = find_weights(backbone, options.weights, options.seed, cache)
    converted_backbone(backbone, weights, cache)


def _at_hand(job: Job) -> Prepared | None:
    options, cache = job.options, Path(job.features_dir)
    backbone = backbone_named(options.backbone)
    weights = weights_at_hand(backbone, options.weights, options.seed, cache)
    if weights is None:
        return None
    path = converted_path(backbone, weights, cache)
    return Prepared(backbone, weights, path) if path.is_file() else None


def _make_apart(folder: RunFolder, backbone: Backbone, progress: Progress) -> None:
    """Run ``prepare RUN``, which reports on standard output why it failed, and nothing else."""
    with subprocess.Popen(
        [*paths.cli_command(), "prepare", str(folder.path)],
        stdin=subprocess.PIPE,  # closed when this process ends, even if killed: that ends the other
        stdout=subprocess.PIPE,
    ) as process:
        _log.info("backbone process %d begins", process.pid)
        try:
            _wait(process, progress)
        finally:
            process.kill()
        said = process.stdout.read() if process.stdout else b""
    _log.info("backbone process %d ended with code %d", process.pid, process.returncode)
    if process.returncode:
        raise _failure(said, process.returncode, backbone)


def _wait(process: subprocess.Popen[bytes], progress: Progress) -> None:
    while process.poll() is None:
        progress(0, None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_S)


def _failure(said: bytes, code: int, backbone: Backbone) -> Exception:
    failed = decode_event(said) if said else None
    if not isinstance(failed, RunFailed):
        return RuntimeError(f"the process that prepares the backbone ended with code {code}")
    if failed.kind == WEIGHTS_UNAVAILABLE:
        return WeightsUnavailable(backbone.name)
    return RuntimeError(failed.message) if failed.kind == BUG else Failed(failed.message)
