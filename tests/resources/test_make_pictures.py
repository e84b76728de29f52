"""The pictures of the sample project, and the icons."""

import importlib.util
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from cloudanno_desktop import paths
from cloudanno_desktop.progress import Cancelled


@pytest.fixture
def generator(monkeypatch):
    path = paths.resources_dir() / "demo" / "make_pictures.py"
    spec = importlib.util.spec_from_file_location("sample_pictures", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "sample_pictures", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PICTURES", 1)
    return module


def test_each_label_gets_its_pictures_under_names_that_differ(generator, tmp_path):
    reported = []
    paths_made = generator.make_pictures(tmp_path, 0, lambda *given: reported.append(given))

    assert len({path.name for path in paths_made}) == 4
    assert [path.parent.name for path in paths_made] == ["feather", "leaf", "mushroom", "shell"]
    assert reported[-1][:2] == (4, 4)


def test_pictures_are_photos_with_camera_and_time(generator, tmp_path):
    for path in generator.make_pictures(tmp_path):
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == ("JPEG", (480, 360))
            exif = picture.getexif()
            assert exif[0x010F]
            assert exif.get_ifd(0x8769)[0x9003].startswith("2026:")
            assert np.asarray(picture).std() > 10


def test_the_seed_decides_every_byte(generator, tmp_path):
    def drawn(name, seed):
        return [p.read_bytes() for p in generator.make_pictures(tmp_path / name, seed)]

    first = drawn("a", 5)
    assert drawn("b", 5) == first
    assert drawn("c", 6) != first


def test_drawing_can_be_stopped(generator, tmp_path):
    def stop(*_given):
        raise Cancelled

    with pytest.raises(Cancelled):
        generator.make_pictures(tmp_path, 0, stop)


def test_icons_take_the_colour_of_the_text():
    icons = sorted((paths.resources_dir() / "icons").glob("*.svg"))
    assert len(icons) > 30
    for path in icons:
        root = ET.parse(path).getroot()
        assert root.tag.endswith("svg"), path
        if path.stem != "cloudanno" and not path.stem.endswith(("_muted", "_white")):
            assert "currentColor" in path.read_text(), path
