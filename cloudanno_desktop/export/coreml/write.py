"""Core ML files: a program (``.mlpackage``, float16) and a neural network (``.mlmodel``).

Both are classifiers with one picture ``image``, the label ``classLabel`` and the probabilities
``classLabelProbs``. The network scales its input itself, so the picture's own scale stays 1.
Dates and random identifiers are taken out: the same network always gives the same bytes.
"""

import importlib.util
import shutil
import uuid
from pathlib import Path
from typing import Any

import msgspec

from cloudanno_desktop.export.artifact import (
    METADATA_NAME,
    Format,
    FormatUnavailable,
    ModelSpec,
)
from cloudanno_desktop.export.silence import load_coremltools, quiet

INPUT = "image"
LABEL = "classLabel"
PROBABILITIES = "classLabelProbs"
Network = Any  # keras and coremltools have no types
_AUTHOR = "com.apple.CoreML"
_DATED = "com.github.apple.coremltools.conversion_date"


class _Item(msgspec.Struct, frozen=True):
    author: str
    description: str
    name: str
    path: str


class _Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """``Manifest.json`` of a package: its items, and which of them is the program."""

    file_format_version: str
    item_info_entries: dict[str, _Item]
    root_model_identifier: str


def write_program(model: Network, spec: ModelSpec, path: Path) -> None:
    """Save the network as a program at ``path``, a folder. Raises ``FormatUnavailable``."""
    _require(Format.COREML, "coremltools.libmilstoragepython")
    with quiet():
        converted = _converted(model, spec, "mlprogram")
    _write_package(path, _finished(converted, spec), Path(converted.weights_dir) / "weight.bin")


def write_network(model: Network, spec: ModelSpec, path: Path) -> None:
    """Save the network as a neural-network classifier. Raises ``FormatUnavailable``."""
    _require(Format.MLMODEL, "coremltools")
    with quiet():
        converted = _converted(model, spec, "neuralnetwork")
    path.write_bytes(_finished(converted, spec))


def _require(file_format: Format, module: str) -> None:
    if importlib.util.find_spec("coremltools") is None:
        raise FormatUnavailable(file_format.caption, "coremltools is not installed")
    if importlib.util.find_spec(module) is None:
        raise FormatUnavailable(
            file_format.caption, "coremltools has no writer for them on this system"
        )


def _converted(model: Network, spec: ModelSpec, kind: str) -> Network:
    coremltools = load_coremltools()
    target = {"minimum_deployment_target": coremltools.target.iOS15} if kind == "mlprogram" else {}
    return coremltools.convert(
        model,
        source="tensorflow",
        convert_to=kind,
        inputs=[
            coremltools.ImageType(
                name=INPUT,
                shape=(1, spec.height, spec.width, 3),
                color_layout=coremltools.colorlayout.RGB,
            )
        ],
        classifier_config=coremltools.ClassifierConfig(list(spec.labels), LABEL),
        skip_model_load=True,
        **target,
    )


def _finished(converted: Network, spec: ModelSpec) -> bytes:
    """Return the saved form with clear names, a description and no date."""
    saved = converted.get_spec()
    _rename_probabilities(saved)
    description = saved.description
    description.metadata.userDefined.pop(_DATED, None)
    description.metadata.shortDescription = _sentence(spec)
    description.metadata.userDefined[METADATA_NAME] = spec.metadata.encoded().decode()
    description.metadata.author = spec.project
    description.metadata.license = spec.licence
    description.input[0].shortDescription = f"Upright picture, {spec.width} × {spec.height}"
    body: bytes = saved.SerializeToString(deterministic=True)
    return body


def _sentence(spec: ModelSpec) -> str:
    kind = "several labels a picture" if spec.multi_label else "one label a picture"
    return f"Image classifier, {kind}: " + ", ".join(spec.labels)


def _rename_probabilities(saved: Network) -> None:
    """Call the probabilities by their name; coremltools leaves TensorFlow's “Identity”."""
    old = saved.description.predictedProbabilitiesName
    saved.description.predictedProbabilitiesName = PROBABILITIES
    for output in saved.description.output:
        if output.name == old:
            output.name = PROBABILITIES
    if saved.WhichOneof("Type") == "mlProgram":
        _rename_in_program(saved, old)
        return
    network = saved.neuralNetworkClassifier
    network.labelProbabilityLayerName = PROBABILITIES
    network.layers[-1].output[0] = PROBABILITIES


def _rename_in_program(saved: Network, old: str) -> None:
    function = saved.mlProgram.functions["main"]
    block = function.block_specializations[function.opset]
    block.outputs[:] = [PROBABILITIES if name == old else name for name in block.outputs]
    for output in block.operations[-1].outputs:
        if output.name == old:
            output.name = PROBABILITIES


def _write_package(folder: Path, program: bytes, weights: Path) -> None:
    """Lay out the package: manifest, program, weights."""
    inside = folder / "Data" / _AUTHOR
    (inside / "weights").mkdir(parents=True)
    (inside / "model.mlmodel").write_bytes(program)
    shutil.copyfile(weights, inside / "weights" / "weight.bin")
    items = {
        _identifier("model.mlmodel"): _item("Specification", "model.mlmodel"),
        _identifier("weights"): _item("Weights", "weights"),
    }
    manifest = _Manifest("1.0.0", items, _identifier("model.mlmodel"))
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=4)
    (folder / "Manifest.json").write_bytes(body)


def _item(kind: str, name: str) -> _Item:
    return _Item(_AUTHOR, f"CoreML Model {kind}", name, f"{_AUTHOR}/{name}")


def _identifier(name: str) -> str:
    """Return an identifier that is the same in every package; coremltools draws a random one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{_AUTHOR}/{name}"))
