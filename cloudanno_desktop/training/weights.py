"""Where a backbone's pretrained weights come from, and whether they can be used."""

import os
from pathlib import Path

from cloudanno_desktop.files import sha256_of
from cloudanno_desktop.training.backbone_spec import (
    WEIGHTS_VARIABLE,
    Backbone,
    Origin,
    Weights,
    WeightsUnusable,
)

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
IMAGENET_LABELS = 1000


def find_weights(backbone: Backbone, choice: str, seed: int, folder: Path) -> Weights:
    """Find or make the weights file; only the making loads TensorFlow.

    Args:
        backbone: the network they belong to.
        choice: ``imagenet`` (``CLOUDANNO_WEIGHTS`` replaces it if set), ``none``, or a file.
        seed: decides the random weights of ``none``.
        folder: where random weights are cached.

    Raises:
        WeightsUnavailable: ImageNet weights are neither cached nor can they be downloaded.
        WeightsUnusable: the file is missing, or not the weights of a network without its top.
    """
    found = weights_at_hand(backbone, choice, seed, folder)
    if found:
        return found
    from cloudanno_desktop.training.keras_backbone import download_weights, write_random_weights

    origin, path = _place(backbone, choice, seed, folder)
    if origin == "imagenet":
        path = download_weights(backbone)
    else:
        write_random_weights(backbone, seed, path)
    return Weights(origin, path, sha256_of(path))


def weights_at_hand(backbone: Backbone, choice: str, seed: int, folder: Path) -> Weights | None:
    """Return the weights of ``find_weights`` if they exist. Raises ``WeightsUnusable``."""
    origin, path = _place(backbone, choice, seed, folder)
    if origin == "file":
        check_weights_file(path, backbone.name)
    return Weights(origin, path, sha256_of(path)) if path.is_file() else None


def check_weights_file(path: Path, backbone: str) -> None:
    """Raise ``WeightsUnusable`` unless ``path`` is an HDF5 file without ImageNet's top layer.

    Whether its shapes fit is seen when the network loads it.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(HDF5_SIGNATURE))
    except OSError as error:
        raise WeightsUnusable(str(path), backbone, _why_closed(error)) from error
    if start != HDF5_SIGNATURE:
        raise WeightsUnusable(str(path), backbone, "it is not an HDF5 file")
    if _has_top(path, backbone):
        reason = f"it still has the top layer for ImageNet's {IMAGENET_LABELS} labels"
        raise WeightsUnusable(str(path), backbone, reason)


def _why_closed(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"it cannot be opened ({error.strerror})"


def _has_top(path: Path, backbone: str) -> bool:
    import h5py

    found: list[str] = []

    def look(name: str, item: object) -> None:
        shape: tuple[int, ...] = getattr(item, "shape", ())
        if shape and shape[-1] == IMAGENET_LABELS:
            found.append(name)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(look)
    except (OSError, RuntimeError) as error:
        raise WeightsUnusable(str(path), backbone, "the file is cut off or damaged") from error
    return bool(found)


def _place(backbone: Backbone, choice: str, seed: int, folder: Path) -> tuple[Origin, Path]:
    """Return what kind of weights the choice means and where they lie."""
    if choice == "imagenet":
        choice = os.environ.get(WEIGHTS_VARIABLE) or choice
    if choice == "imagenet":
        home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
        return "imagenet", home / "models" / backbone.weights_file
    if choice == "none":
        return "none", folder / f"{backbone.name}-random-{seed}.weights.h5"
    return "file", Path(choice).expanduser()
