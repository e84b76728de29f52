"""What an exported model is: its format, what its outputs mean, and the file that holds it.

Pure values: the window and the publisher read them without loading any network library.
"""

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace

from cloudanno_desktop.dataset.run_folder import Resize
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.export.model_card import ModelMetadata, input_rule, task_of
from cloudanno_desktop.files import replaced, sha256_of

METADATA_NAME = "cloudanno.json"  # where a file holds its ``ModelMetadata``
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class Format(StrEnum):
    """A file format that phones, boards or notebooks read."""

    KERAS = "keras"
    TFLITE = "tflite"
    COREML = "coreml"
    MLMODEL = "mlmodel"

    @property
    def file_name(self) -> str:
        return "model." + {"coreml": "mlpackage"}.get(self.value, self.value)

    @property
    def caption(self) -> str:
        return _CAPTIONS[self]

    @property
    def quantization(self) -> str:
        return "float16" if self in (Format.TFLITE, Format.COREML) else "float32"


_CAPTIONS = {
    Format.KERAS: "Keras",
    Format.TFLITE: "TensorFlow Lite",
    Format.COREML: "Core ML program",
    Format.MLMODEL: "Core ML neural network",
}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What a network takes and what its outputs mean.

    Attributes:
        labels: names in the order of the outputs.
        multi_label: each label is decided for itself, instead of one label a picture.
        resize: how a picture becomes ``width`` × ``height``: ``stretch``, ``crop`` or ``pad``.
        thresholds: from which probability a label counts, for multi-label; empty means 0.5.
        licence: under which terms the file may be used, for its metadata.
    """

    labels: tuple[str, ...]
    multi_label: bool = False
    width: int = 224
    height: int = 224
    resize: Resize = "stretch"
    thresholds: tuple[float, ...] = ()
    project: str = ""
    licence: str = ""

    @property
    def metadata(self) -> ModelMetadata:
        rule = replace(input_rule(self.resize), width=self.width, height=self.height)
        return ModelMetadata(task_of(self.multi_label), self.thresholds, rule)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One exported model on disk.

    Attributes:
        path: the file, or the folder of a ``.mlpackage``.
        bytes: size of what is published: for a ``.mlpackage`` that of its zip (see ``packed``).
        sha256: hex digest of the same bytes.
    """

    format: Format
    path: Path
    bytes: int
    sha256: str


@dataclass(eq=False)
class ExportBroken(CloudAnnoError):
    sentence: ClassVar[str] = (
        "The {format} file does not work: {reason}. It was removed; the trained model is safe. "
        "Export it again, or leave this format out."
    )

    format: str
    reason: str


@dataclass(eq=False)
class FormatUnavailable(CloudAnnoError):
    sentence: ClassVar[str] = (
        "This computer cannot write {format} files: {reason}. "
        "Leave this format out, or export on another computer."
    )

    format: str
    reason: str


def exported_file(file_format: Format, path: Path) -> ExportedFile:
    """Describe the exported file at ``path``; packs a ``.mlpackage`` first."""
    body = packed(path)
    return ExportedFile(file_format, path, body.stat().st_size, sha256_of(body))


def packed(path: Path) -> Path:
    """Return the single file that is published for ``path``.

    That is the file itself, or for a folder an uncompressed zip beside it. The zip depends on
    nothing but names and contents, so the same model always has the same digest.
    """
    if not path.is_dir():
        return path
    target = path.with_name(path.name + ".zip")
    with replaced(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(p for p in path.rglob("*") if p.is_file()):
            name = (path.name / file.relative_to(path)).as_posix()
            archive.writestr(zip_entry(name), file.read_bytes())
    return target


def zip_entry(name: str) -> zipfile.ZipInfo:
    """Return a zip entry that is the same on every computer and at any time."""
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.create_system = 3  # Unix, on Windows too
    entry.external_attr = 0o644 << 16
    return entry
