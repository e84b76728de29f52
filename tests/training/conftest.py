import hashlib

import numpy as np
import pytest
from PIL import Image

from cloudanno_desktop.dataset.run_folder import RunFolder, TrainOptions
from cloudanno_desktop.dataset.snapshot import LabeledImage, build_job
from cloudanno_desktop.training.process import TrainingChild


def draw(path, label, number):
    """Write a small noisy picture whose color and stripes tell its label."""
    random = np.random.default_rng(1000 * label + number)
    pixels = random.integers(0, 80, (96, 128, 3))
    pixels[:: 4 + 6 * label, :, :] += 60
    pixels[:, :, label % 3] += 110
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)


def labeled(path, *labels):
    digest = hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
    return LabeledImage(path.name, str(path), digest, labels)


def start_training(run):
    return TrainingChild(run.path)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Return the cache that all runs of the session share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Return three labels of twelve pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    found = []
    for label in range(3):
        for number in range(12):
            path = folder / f"{label}-{number}.png"
            draw(path, label, number)
            found.append(labeled(path, label))
    return found


@pytest.fixture
def make_run(tmp_path, cache, monkeypatch):
    """Return a function that writes a run folder; weights are random unless the test says more."""

    monkeypatch.setenv("CLOUDANNO_HOME", str(cache))

    def make(images, *, multi_label=False, **chosen):
        options = TrainOptions(
            **{"backbone": "mobilenet_v1_025", "weights": "none", "formats": (), **chosen}
        )
        names = ["red", "green", "blue"]
        job = build_job("Colors", names, images, options, multi_label=multi_label)
        run = RunFolder(tmp_path / f"run-{len(list(tmp_path.iterdir()))}")
        run.write_job(job)
        return run

    return make
