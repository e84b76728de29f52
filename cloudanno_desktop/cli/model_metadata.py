"""How a model must be asked: as its run, the folder that pulled it, or its own file says."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from cloudanno_desktop import log
from cloudanno_desktop.dataset.run_folder import Resize, RunFolder, is_run_folder
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.export.model_card import InputRule, ModelMetadata, input_rule, task_of
from cloudanno_desktop.export.predictor import ModelUnreadable, Predictor
from cloudanno_desktop.publish.client import read_current

EVEN = 0.5  # as likely as not


def metadata_of(model: Path, predictor: Predictor) -> ModelMetadata | None:
    """Return how ``model`` must be asked, ``None`` if nothing says it.

    Raises ``ModelUnreadable`` if it wants pictures that this program cannot make.
    """
    found = next(filter(None, _sources(model.resolve(), predictor)), None)
    if found and not _can_make(found.input):
        raise ModelUnreadable(str(model), "it takes pictures in a way that this version does not")
    if found and found.thresholds and len(found.thresholds) != len(predictor.labels):
        raise ModelUnreadable(str(model), "it has not one threshold for each label")
    return found


def resize_of(model: Path, metadata: ModelMetadata | None) -> Resize:
    """Return how pictures become square. Raises ``Failed`` where nothing says it."""
    if metadata is None:
        raise Failed(
            f"“{model}” does not say how pictures become square. "
            "Give --resize stretch, crop or pad, as it was trained."
        )
    return metadata.input.resize


def thresholds_of(metadata: ModelMetadata | None, labels: Sequence[str]) -> tuple[float, ...]:
    """Return from which probability each label counts; empty where the most probable one does."""
    if metadata is None or not metadata.multi_label:
        return ()
    return metadata.thresholds or (EVEN,) * len(labels)


def _can_make(rule: InputRule) -> bool:
    """Say whether pictures are read so; older rules leave the profile and deep gray open."""
    own = input_rule(rule.resize)
    return rule in (own, replace(own, color_profile="", deep_gray="", deep_color=""))


def _sources(model: Path, predictor: Predictor) -> Iterator[ModelMetadata | None]:
    yield _of_run(model)
    yield _pulled(model)
    yield predictor.metadata


def _of_run(model: Path) -> ModelMetadata | None:
    """Return what the run says that ``model`` is, or that holds it."""
    for folder in (model, model.parent, model.parent.parent):
        run = RunFolder(folder)
        if is_run_folder(folder) and model in {
            folder,
            run.model_path,
            run.exports_dir / model.name,
        }:
            job = run.read_job()
            thresholds = run.read_result().thresholds if run.has_result else ()
            return ModelMetadata(
                task_of(job.multi_label), thresholds, input_rule(job.options.resize)
            )
    return None


def _pulled(model: Path) -> ModelMetadata | None:
    """Return what ``current.json`` says of a file that a client keeps up to date."""
    folder = model.parents[2] if len(model.parents) > 2 else model.parent
    current = read_current(folder)
    with log.passing_over(msgspec.ValidationError):
        if current and model in {folder / path for path in current.files.values()}:
            return msgspec.convert(current.served, ModelMetadata)
    return None
