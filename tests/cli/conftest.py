"""The command line as a person runs it, and pictures to run it on."""

import contextlib
import io
import json
import random
from dataclasses import dataclass

import pytest
from PIL import Image

from cloudanno_desktop.cli.main import main


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def run():
    """Run one command in this process."""

    def run(*arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Result(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def photos(tmp_path):
    """Two labels with six small different pictures each, in class folders."""
    folder = tmp_path / "photos"
    draw = random.Random(1)
    for label, hue in (("cat", 30), ("dog", 200)):
        (folder / label).mkdir(parents=True)
        for number in range(6):
            color = tuple(min(255, hue + draw.randrange(50)) for _ in range(3))
            Image.new("RGB", (40, 30), color).save(folder / label / f"{label}{number}.jpg")
    return folder


@pytest.fixture
def project(tmp_path):
    """A new folder project."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder
