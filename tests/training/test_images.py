import numpy as np
import pytest
from PIL import Image

from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.training.preprocess import read_batches, read_pixels


@pytest.fixture
def wide(tmp_path):
    """Return a picture that is red in its left, green in its middle and blue in its right third."""
    pixels = np.zeros((300, 900, 3), np.uint8)
    for third in range(3):
        pixels[:, third * 300 : third * 300 + 300, third] = 255
    path = tmp_path / "wide.png"
    Image.fromarray(pixels).save(path)
    return path


def test_stretch_keeps_every_part(wide):
    pixels = read_pixels(wide, "stretch")
    assert pixels.shape == (224, 224, 3)
    assert pixels[112, [20, 112, 204]].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def test_crop_keeps_the_middle(wide):
    pixels = read_pixels(wide, "crop")
    assert pixels[112, [5, 218]].tolist() == [[0, 255, 0], [0, 255, 0]]


def test_pad_keeps_the_shape_on_black(wide):
    pixels = read_pixels(wide, "pad")
    assert pixels[10, 112].tolist() == [0, 0, 0]
    assert pixels[112, [20, 204]].tolist() == [[255, 0, 0], [0, 0, 255]]


def test_a_missing_file_is_an_unreadable_picture(tmp_path):
    with pytest.raises(PictureUnreadable, match="cannot be opened"):
        read_pixels(tmp_path / "gone.jpg", "stretch")


def test_batches_keep_the_order(tmp_path):
    paths = []
    for level in range(20):
        paths.append(tmp_path / f"{level}.png")
        Image.new("RGB", (30, 30), (level, 0, 0)).save(paths[-1])
    batches = list(read_batches(paths, "stretch", 8))
    assert [len(batch) for batch in batches] == [8, 8, 4]
    assert np.concatenate(batches)[:, 0, 0, 0].tolist() == list(range(20))
