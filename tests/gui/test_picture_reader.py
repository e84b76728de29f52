"""Pictures are decoded without a freeze: Qt's readers are used in one place and one thread."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import cloudanno_desktop
from cloudanno_desktop.gui.common import picture_reader
from cloudanno_desktop.gui.common.picture_reader import decoded, read_picture
from tests.support import SUPPORT

CHILD = SUPPORT / "reading_child.py"
PACKAGE = Path(cloudanno_desktop.__file__).parent
READERS = {"QImageReader", "QMovie", "fromData", "loadFromData", "fromDevice"}
LOADERS = {"QImage", "QPixmap", "QIcon", "QCursor"}
ON_THE_GUI_THREAD = {
    "gui/common/picture_reader.py",
    "gui/common/theme.py",
}  # the latter draws the program's icon


@pytest.mark.parametrize("view", ["quick look", "mistakes"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "none"])
def test_the_window_goes_on_while_pictures_are_read_in_the_background(view, form, tmp_path):
    path = tmp_path / "a.jpg"
    if form == "none":
        path.write_text("no picture")
    else:
        Image.new("RGB", (40, 30), "red").save(path, form)
    child = subprocess.run(
        [sys.executable, str(CHILD), view, str(path)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr


def loads_a_picture(node):
    """Say whether code names one of Qt's readers, or makes a picture of the name of a file."""
    if isinstance(node, ast.Name | ast.Attribute):
        return (node.id if isinstance(node, ast.Name) else node.attr) in READERS
    if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in LOADERS:
        return False
    first = node.args[0] if node.args else None
    is_text = isinstance(first, ast.Constant | ast.JoinedStr)
    return is_text or (isinstance(first, ast.Call) and getattr(first.func, "id", "") == "str")


def test_no_other_module_lets_qt_load_a_picture():
    loading = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(loads_a_picture(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    }
    assert loading == ON_THE_GUI_THREAD


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.png", "RGB"), ("a.tif", "I;16"), ("a.gif", "P"), ("a.webp", "RGBA"), ("a.heic", "RGB")],
)
def test_a_file_of_any_format_is_read_with_all_its_pixels(tmp_path, name, mode):
    Image.new(mode, (67, 131)).save(tmp_path / name)
    image = read_picture(tmp_path / name)
    assert (image.width(), image.height()) == (67, 131)
    small = read_picture(tmp_path / name, 262)
    assert (small.width(), small.height()) == (134, 262)


def test_colors_and_rows_stay_in_their_places(tmp_path):
    picture = Image.new("RGB", (101, 150), "blue")
    picture.paste((200, 40, 10), (90, 130, 101, 150))
    picture.save(tmp_path / "a.png")
    image = read_picture(tmp_path / "a.png")
    assert image.pixelColor(89, 149).getRgb() == (0, 0, 255, 255)
    assert image.pixelColor(90, 130).getRgb() == (200, 40, 10, 255)
    assert image.pixelColor(100, 149).getRgb() == (200, 40, 10, 255)


def test_what_is_no_picture_or_too_large_gives_no_picture(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_text("no picture")
    assert read_picture(tmp_path / "a.jpg").isNull()
    assert read_picture(tmp_path / "gone.jpg").isNull()
    Image.new("RGB", (40, 30)).save(tmp_path / "b.jpg")
    monkeypatch.setattr(picture_reader, "MOST_PIXELS", 40 * 30 - 1)
    assert read_picture(tmp_path / "b.jpg").isNull()
    assert not read_picture(tmp_path / "b.jpg", 20).isNull()


def test_a_thumbnail_that_is_no_jpeg_is_refused(qapp, tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    assert decoded((tmp_path / "a.png").read_bytes(), 20).isNull()
