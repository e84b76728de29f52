"""The built program does what the source does, without Python: ``make test-package``."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.support.desktop import PROGRAMS, Desktop, missing_programs
from tests.support.real_window import SOURCE, RealWindow

BUILT = Path(__file__).resolve().parents[2] / "dist" / "cloudanno"
CONSOLE, WINDOW = BUILT / "cloudanno", BUILT / "cloudanno-desktop"
TIMEOUT_S = 300
PINK = "#ff20c0"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CONSOLE.is_file(), reason=f"no {BUILT}; make test-package builds it"),
]


@pytest.fixture
def bare(tmp_path):
    """Return the environment of a computer without Python and without a display."""
    return {"PATH": "/nonexistent", "HOME": str(tmp_path), "CLOUDANNO_HOME": str(tmp_path / "home")}


def execute(command, arguments, environment):
    """Run a command to its end; return what it printed, or fail with what it complained of."""
    done = subprocess.run(
        [*map(str, command), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def trained(shared_data, tmp_path):
    """Train on class folders with a program, from its command and environment."""
    weights = shared_data / "weights" / "mobilenet_v2_1.0_224_no_top.weights.h5"
    photos = shared_data / "datasets" / "hemlock-cherry-20"

    def train(name, command, environment):
        project = tmp_path / name
        project.mkdir()
        folders = [photos / "Hemlock", photos / "Japanese_Cherry"]
        execute(command, ["upload", project, *folders, "--labels-from-folders"], environment)
        options = ["--weights", weights, "--val", "0.5", "--seed", "3", "--json"]
        return json.loads(execute(command, ["train", project, *options], environment))

    return train


@pytest.mark.training
def test_training_reaches_the_accuracy_of_the_source_in_every_format(trained, bare, tmp_path):
    source = trained("source", SOURCE, {**os.environ, "CLOUDANNO_HOME": str(tmp_path / "other")})
    built = trained("built", [CONSOLE], bare)

    assert [a["format"] for a in built["artifacts"]] == ["keras", "tflite", "coreml", "mlmodel"]
    assert accuracies(built) == accuracies(source)
    for name in ("labels", "images", "val_accuracy_interval", "backbone", "weights"):
        assert built[name] == source[name]


def accuracies(document):
    """Return the accuracy of the network and of each file made of it."""
    artifacts = {a["format"]: a["val_accuracy"] for a in document["artifacts"]}
    return {"network": document["val_accuracy"], **artifacts}


@pytest.mark.training
def test_the_demo_serves_a_model_and_takes_its_picture_without_a_display(bare, tmp_path):
    folder, picture = tmp_path / "sample", tmp_path / "window.png"

    printed = execute([CONSOLE], ["demo", folder, "--screenshot", picture], bare)

    assert "branch    dev serves " in printed
    for path in (picture, picture.with_name("window-results.png")):
        with Image.open(path) as image:
            assert len(image.convert("RGB").getcolors(1 << 24)) > 100  # not a blank window


@pytest.mark.skipif(bool(missing_programs()), reason=f"a window needs {', '.join(PROGRAMS)}")
def test_the_window_opens_a_project_shows_its_picture_and_closes(bare, tmp_path):
    project = tmp_path / "herons"
    project.mkdir()
    Image.new("RGB", (320, 240), PINK).save(project / "heron.jpg", quality=95)
    with Desktop() as desktop:
        window = RealWindow(desktop, "open", str(project), command=[str(WINDOW)], **bare)
        window.wait_for_project("herons")

        assert window.picture(PINK)
        assert window.close() == 0
