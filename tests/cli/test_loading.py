"""Commands start quickly: they load nothing that they do not need."""

import subprocess
import sys

import pytest

from cloudanno_desktop.cli.main import COMMANDS

COMMAND = """
import sys
from cloudanno_desktop.__main__ import main
code = main()
print(" ".join(sys.modules))
sys.exit(code)
"""
FOR_A_WINDOW = {"PySide6", "pyqtgraph"}
FOR_TRAINING = {"tensorflow", "keras", "coremltools", "ai_edge_litert", "scipy"}
FOR_PICTURES = {"PIL", "pillow_heif"}
FOR_A_BUCKET = {"boto3", "botocore", "s3transfer", "urllib3", "keyring"}
FOR_A_TERMINAL = {"rich"}


def loaded_by(*arguments):
    """Run a command to its end in its own process; return the packages that it has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_the_help_names_every_command():
    done = subprocess.run(
        [sys.executable, "-m", "cloudanno_desktop", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    _, listed = done.stdout.split("Commands:\n")
    assert tuple(line.split()[0] for line in listed.splitlines()) == COMMANDS


@pytest.mark.parametrize("command", ["scan", "status", "upload", "download"])
def test_a_command_on_a_folder_loads_only_what_it_needs(command, tmp_path, photos):
    project = tmp_path / "project"
    project.mkdir()
    more = {"upload": [photos], "download": [tmp_path / "target"]}.get(command, [])

    loaded = loaded_by(command, project, *more)

    assert "cloudanno_desktop" in loaded
    needless = FOR_A_WINDOW | FOR_TRAINING | FOR_PICTURES | FOR_A_BUCKET | FOR_A_TERMINAL
    assert loaded & needless == set()
