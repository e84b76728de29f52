"""The model card of a run."""

from datetime import UTC, datetime

import msgspec
import pytest

from cloudanno_desktop.dataset.run_folder import (
    Job,
    JobImage,
    LabelScore,
    RunResult,
    TrainOptions,
)
from cloudanno_desktop.export.model_card import ModelCard, model_card_of, weights_licence

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IMAGES = (
    JobImage("a.jpg", "cache/1", "d1", (0,), "train"),
    JobImage("b.jpg", "cache/2", "d2", (1,), "val"),
)
JOB = Job(1, "Recycling", ("glass", "paper"), False, IMAGES, TrainOptions(resize="pad"), "f")
RESULT = RunResult(
    labels=("glass", "paper"),
    multi_label=False,
    train_images=1,
    val_images=1,
    val_accuracy=0.9,
    val_accuracy_interval=(0.8, 0.95),
    per_label=(LabelScore("glass", 1, 0.9, 0.9, 0.9),),
    confusion=((1, 0), (0, 1)),
    mistakes=(),
    temperature=1.2,
    thresholds=(0.5, 0.5),
    seconds={"total": 2.0},
    backbone="mobilenet_v2",
    weights="imagenet",
    device="CPU",
    mode="fast",
    unreadable={},
)


def changed(**fields):
    return msgspec.structs.replace(JOB, **fields)


def digest(job):
    return model_card_of(job, RESULT, NOW).origin.dataset_digest


def test_a_model_card_survives_the_bucket():
    model_card = model_card_of(JOB, RESULT, NOW)
    assert msgspec.json.decode(msgspec.json.encode(model_card), type=ModelCard) == model_card


def test_a_model_card_says_how_a_picture_goes_in_and_what_comes_out():
    model_card = model_card_of(JOB, RESULT, NOW)
    assert (model_card.input.width, model_card.input.resize, model_card.input.color) == (
        224,
        "pad",
        "RGB",
    )
    assert (model_card.input.scale, model_card.input.mean) == (1.0, (0.0, 0.0, 0.0))
    assert (model_card.task, model_card.labels) == ("single-label", ("glass", "paper"))
    assert model_card.metrics.interval == (0.8, 0.95)
    assert model_card.origin.software["numpy"]


def test_the_digest_of_the_dataset_changes_with_what_was_learned_and_nothing_else():
    moved = tuple(msgspec.structs.replace(image, path="elsewhere") for image in IMAGES[::-1])
    assert digest(changed(images=moved)) == digest(JOB)
    relabeled = (msgspec.structs.replace(IMAGES[0], labels=(1,)), IMAGES[1])
    assert digest(changed(images=relabeled)) != digest(JOB)
    assert digest(changed(labels=("glas", "paper"))) != digest(JOB)


@pytest.mark.parametrize(
    ("backbone", "weights", "licence"),
    [
        ("mobilenet_v2", "imagenet", "Apache-2.0"),
        ("mobilenet_v2", "file.h5", "Apache-2.0"),
        ("mobilenet_v2", "none", ""),
        ("something", "imagenet", ""),
    ],
)
def test_the_licence_of_pretrained_weights_travels(backbone, weights, licence):
    assert weights_licence(backbone, weights) == licence
