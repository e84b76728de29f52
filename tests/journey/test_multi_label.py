"""Pictures with several labels: from the choice to a file for phones that says the same."""

import json

import numpy as np
import pytest
from PIL import Image

from cloudanno_desktop.dataset.run_folder import RunFolder

pytestmark = [pytest.mark.training, pytest.mark.slow, pytest.mark.xdist_group("training")]

LABELS = ("red", "blue", "striped")
OPTIONS = ("--weights", "none", "--backbone", "mobilenet_v1_025", "--formats", "tflite")


def draw(path, *, red, striped):
    """Write a noisy picture with two attributes that know nothing of each other."""
    random = np.random.default_rng(int(path.stem))
    pixels = random.integers(0, 80, (96, 128, 3))
    if striped:
        pixels[::8] += 90
        pixels[1::8] += 90
    pixels[:, :, 0 if red else 2] += 110
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)


@pytest.fixture
def drawn(project):
    """Draw 48 pictures and return the labels of each key."""
    labels = {}
    for number in range(48):
        red, striped = number % 2 == 0, number % 4 < 2
        draw(project / f"{number}.png", red=red, striped=striped)
        labels[f"{number}.png"] = ("red" if red else "blue", *(("striped",) if striped else ()))
    return labels


def test_pictures_with_several_labels_are_trained_exported_and_judged_alike(
    cloudanno, project, drawn, tmp_path
):
    assert cloudanno("labels", project, "multi").code == 0
    for label in LABELS:
        keys = [key for key, carried in drawn.items() if label in carried]
        assert cloudanno("label", project, "add", label, *keys).code == 0
    run = RunFolder(tmp_path / "run")
    trained = cloudanno("train", project, "--out", run.path, *OPTIONS)
    assert trained.code == 0, trained.err

    job, result = run.read_job(), run.read_result()
    assert job.multi_label
    assert {image.key: {job.labels[i] for i in image.labels} for image in job.images} == {
        key: set(carried) for key, carried in drawn.items()
    }
    assert result.multi_label
    assert all(0.1 <= threshold <= 0.9 for threshold in result.thresholds)
    assert len(result.thresholds) == 3
    assert result.val_accuracy > 0.7
    assert all(score.images and score.f1 > 0.7 for score in result.per_label)
    assert [artifact.val_accuracy for artifact in result.artifacts] == [result.val_accuracy]

    exported = run.path / result.artifacts[0].path
    alone = tmp_path / "alone.tflite"
    alone.write_bytes(exported.read_bytes())
    for model in (run.path, exported, alone):
        document = json.loads(cloudanno("evaluate", model, project, "--json").out)
        assert document["images"] == 48
        assert document["accuracy"] > 0.8
        assert {score["name"]: score["images"] for score in document["per_label"]} == {
            label: sum(label in carried for carried in drawn.values()) for label in LABELS
        }
