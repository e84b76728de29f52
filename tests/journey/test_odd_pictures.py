"""Every odd file and every odd name, the whole way: no crash, no hang, bounded memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cloudanno_desktop.project_keys import is_image_key

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("training")]

GIGABYTE_KB = 1 << 20
# A process between this one and the command: the memory of all that ever ran below it.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


@pytest.fixture
def measured(tmp_path):
    """Run a command; fail if it or one of its children takes more than a gigabyte."""

    def run(*arguments):
        figure = tmp_path / "memory"
        program = [sys.executable, "-m", "cloudanno_desktop", *map(os.fspath, arguments)]
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, figure, *program],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert int(figure.read_text()) < GIGABYTE_KB
        return done

    return run


def left_out(done):
    """Return the reason by name."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("left out: ")]
    return dict(line.removeprefix("left out: ").rsplit(": ", 1) for line in lines)


def test_every_odd_file(measured, project, shared_data, trained, tmp_path):
    odd = shared_data / "odd"
    fine = shared_data / "datasets" / "hemlock-cherry-20" / "Hemlock"
    uploaded = measured("upload", project, odd, "--label", "odd")
    assert uploaded.returncode == 4
    empty = {
        Path(name).relative_to(odd).as_posix()
        for name, reason in left_out(uploaded).items()
        if reason == "the file is empty"
    }
    assert "generated/zero_bytes.jpg" in empty
    assert measured("upload", project, fine, "--label", "fine").returncode == 0

    run = tmp_path / "run"
    learned = measured("train", project, "--out", run, *trained.options)
    assert learned.returncode == 4, learned.stderr
    reasons = left_out(learned)
    assert all(reasons.values())
    unreadable = json.loads((run / "result.json").read_text())["unreadable"]
    assert set(unreadable) <= set(reasons)

    model = next((run / "exports").glob("*.tflite"))
    asked = measured("predict", model, odd, "--csv", tmp_path / "answers.csv")
    assert asked.returncode == 4
    assert "Warning" not in asked.stderr
    assert {name.removeprefix("odd/") for name in reasons} | empty == set(left_out(asked))


@pytest.fixture
def odd_names(shared_data, tmp_path):
    """Create a picture for each name that this system can hold."""
    folder = tmp_path / "names"
    folder.mkdir()
    names = json.loads((shared_data / "odd" / "names.json").read_text())
    made = 0
    for number, name in enumerate(filter(is_image_key, names)):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (30, 20), (4 * number, 255 - 4 * number, 90)).save(path, "JPEG")
        except (OSError, ValueError):
            continue
        made += 1
    return folder, made


def test_every_odd_name(place, cloudanno, odd_names, shared_data, trained, tmp_path):
    folder, made = odd_names
    fine = shared_data / "datasets" / "hemlock-cherry-20" / "Hemlock"
    odd = cloudanno("upload", place.address, folder, "--label", "odd", *place.reach, "--json")
    assert odd.code in (0, 4), odd.err
    assert odd.document["uploaded"] + len(odd.document["failed"]) == made
    assert all(reason for _, reason in odd.document["failed"])
    assert cloudanno("upload", place.address, fine, "--label", "fine", *place.reach).code == 0

    arrived = odd.document["uploaded"]
    status = cloudanno("status", place.address, *place.reach, "--json").document
    assert {label["name"]: label["count"] for label in status["labels"]} == {
        "fine": 10,
        "odd": arrived,
    }
    if place.reach:
        return  # originals of both kinds take the same way from here on
    run = tmp_path / "run"
    learned = cloudanno(
        "train", place.address, "--out", run, *place.reach, *trained.options, "--json"
    )
    assert learned.code == 0, learned.err
    assert sum(learned.document["images"].values()) == arrived + 10

    evaluated = cloudanno("evaluate", run, place.address, *place.reach, "--json")
    assert evaluated.code == 0
    assert evaluated.err == ""
    assert evaluated.document["images"] == arrived + 10
