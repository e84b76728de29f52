"""The pretrained networks, their weights, and the errors of either."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from cloudanno_desktop.errors import CloudAnnoError

WEIGHTS_VARIABLE = "CLOUDANNO_WEIGHTS"
Origin = Literal["imagenet", "file", "none"]

# Part of the converted file's name: raise it when the same weights give other features.
LEVELS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network of ``keras.applications`` and the layers that describe a picture.

    Attributes:
        application: name of its function there; takes RGB scaled to -1..1.
        levels: layers whose averages are joined, from early to late.
        blocks: prefixes of its blocks' layer names, the last block first.
        weights_file: name of the ImageNet weights in Keras' cache.
        weights_folder: where Keras downloads them, below its storage address.
    """

    name: str
    application: str
    alpha: float
    levels: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]
    weights_file: str
    weights_folder: str


BACKBONES = {
    "mobilenet_v2": Backbone(
        name="mobilenet_v2",
        application="MobileNetV2",
        alpha=1.0,
        levels=("block_6_expand_relu", "block_13_expand_relu", "out_relu"),
        blocks=(("Conv_1",), *((f"block_{number}_",) for number in range(16, 0, -1))),
        weights_file="mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        weights_folder="mobilenet_v2",
    ),
    "mobilenet_v1_025": Backbone(
        name="mobilenet_v1_025",
        application="MobileNet",
        alpha=0.25,
        levels=("conv_pw_5_relu", "conv_pw_11_relu", "conv_pw_13_relu"),
        blocks=tuple((f"conv_dw_{n}", f"conv_pw_{n}") for n in range(13, 0, -1)),
        weights_file="mobilenet_2_5_224_tf_no_top.h5",
        weights_folder="mobilenet",
    ),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """A weights file on this computer."""

    origin: Origin
    path: Path
    sha256: str

    @property
    def title(self) -> str:
        """What the result names: ``imagenet``, ``none``, or the file."""
        return str(self.path) if self.origin == "file" else self.origin


@dataclass(eq=False)
class BackboneUnknown(CloudAnnoError):
    sentence: ClassVar[str] = "There is no backbone “{name}”. Choose one of: {known}."

    name: str
    known: str


@dataclass(eq=False)
class WeightsUnavailable(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The pretrained weights of {backbone} are not on this computer and could not be "
        "downloaded. Choose a weights file (--weights FILE, or the environment variable "
        "CLOUDANNO_WEIGHTS), connect to the network and train again, or train without pretrained "
        "weights (--weights none), which is less accurate."
    )

    backbone: str


@dataclass(eq=False)
class WeightsUnusable(CloudAnnoError):
    sentence: ClassVar[str] = (
        "“{path}” cannot be used as weights of {backbone}: {reason}. Choose the file of this "
        "network without its top layer, or train without pretrained weights (--weights none)."
    )

    path: str
    backbone: str
    reason: str


def backbone_named(name: str) -> Backbone:
    """Return the backbone of that name. Raises ``BackboneUnknown``."""
    if name not in BACKBONES:
        raise BackboneUnknown(name, ", ".join(BACKBONES))
    return BACKBONES[name]


def features_id(backbone: Backbone, weights: Weights) -> str:
    """Return a short text that distinguishes these features from those of other networks."""
    return f"{backbone.name}-{weights.sha256[:16]}-{LEVELS_VERSION}"
