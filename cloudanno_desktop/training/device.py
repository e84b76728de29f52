"""What the network runs on: the CPU, or a GPU that TensorFlow can use."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from cloudanno_desktop.errors import CloudAnnoError


@dataclass(eq=False)
class GpuUnavailable(CloudAnnoError):
    sentence: ClassVar[str] = (
        "No GPU can be used: {reason}. Train on the CPU (--device cpu), or let CloudAnno choose "
        "(--device auto)."
    )

    reason: str


@dataclass(frozen=True, slots=True)
class Device:
    """Where the network runs."""

    name: str  # for the user, such as ``CPU, 8 cores`` or ``NVIDIA H200``
    is_gpu: bool


def choose_device(choice: Literal["auto", "cpu", "gpu"], *, full: bool) -> Device:
    """Decide where the network runs, by environment, before TensorFlow loads.

    The fast mode needs no GPU, so ``auto`` takes one for the full mode only. Only TensorFlow knows
    its GPUs, and takes seconds to load: without a driver it is not loaded.

    Raises:
        GpuUnavailable: the choice is ``gpu`` and TensorFlow can use none.
    """
    if choice == "gpu":
        return _gpu() or _refuse()
    if choice == "auto" and full and _has_gpu_driver():
        return _gpu() or _cpu()
    return _cpu()


def _cpu() -> Device:
    """Hide GPUs from TensorFlow and leave one core to the window."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(max(1, _cores() - 1))
    return Device(f"CPU, {_cores()} cores", is_gpu=False)


def _gpu() -> Device | None:
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    if not found:
        return None
    for gpu in found:
        tf.config.experimental.set_memory_growth(gpu, True)
    details = tf.config.experimental.get_device_details(found[0])
    return Device(details.get("device_name") or found[0].name, is_gpu=True)


def _refuse() -> Device:
    import tensorflow as tf

    if not tf.test.is_built_with_gpu_support():
        raise GpuUnavailable("the installed TensorFlow is built for the CPU only")
    if not _has_gpu_driver():
        raise GpuUnavailable("this computer has no GPU driver that TensorFlow supports")
    raise GpuUnavailable("TensorFlow finds none; its CUDA libraries may not match the driver")


def _has_gpu_driver() -> bool:
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/kfd").exists()


def _cores() -> int:
    return os.cpu_count() or 1
