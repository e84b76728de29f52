"""Thumbnails are small upright JPEG files."""

import io

import numpy as np
import pytest
from PIL import Image

from cloudanno_desktop.images import decode as picture
from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.images.render import render


def test_the_longest_side_has_the_size_asked_for(picture_file):
    made = render(picture_file((1600, 1200)), 160)

    assert (made.width, made.height) == (160, 120)
    assert (made.source_width, made.source_height) == (1600, 1200)
    image = Image.open(io.BytesIO(made.jpeg))
    assert (image.format, image.size) == ("JPEG", (160, 120))


def test_small_pictures_are_not_blown_up(picture_file):
    made = render(picture_file((30, 20)), 160)

    assert (made.width, made.height) == (30, 20)


def test_the_small_picture_inside_a_heic_file_saves_decoding_the_large_one(
    picture_file, monkeypatch
):
    data = picture_file((1600, 1200), "HEIF", thumbnails=[320])
    monkeypatch.setattr(picture, "BUDGET_BYTES", 320 * 240 * 11)

    made = render(data, 256)

    assert (made.width, made.height) == (256, 192)
    assert (made.source_width, made.source_height) == (1600, 1200)
    with pytest.raises(PictureUnreadable):  # more than it has
        render(data, 512)


@pytest.mark.parametrize(
    "size",
    [
        *((4000, 3000), (3000, 4000), (1000, 750), (257, 256)),
        *((200, 8000), (8000, 200), (250, 2500), (2500, 250), (201, 1999), (20000, 1000)),
    ],
)
def test_a_thumbnail_is_as_sharp_as_one_of_all_pixels(size):
    across, down = (np.arange(length) / max(size) for length in size)
    waves = np.sin(across * 54)[None, :] * 100 + np.cos(down * 40)[:, None] * 20 + 128
    image = Image.fromarray(waves.clip(0, 255).astype(np.uint8)).convert("RGB")
    body = io.BytesIO()
    image.save(body, "JPEG", quality=95)

    made = Image.open(io.BytesIO(render(body.getvalue(), 256).jpeg))

    assert made.size == tuple(round(length * 256 / max(size)) for length in size)
    best = image.resize(made.size, Image.Resampling.LANCZOS)
    assert np.abs(np.asarray(made, int) - np.asarray(best, int)).mean() < 3


def test_a_thumbnail_carries_no_place_or_camera(picture_file):
    exif = Image.Exif()
    exif[0x010F] = "camera"
    made = render(picture_file((640, 480), exif=exif), 160)

    assert b"camera" not in made.jpeg


def test_what_is_no_picture_is_refused():
    with pytest.raises(PictureUnreadable):
        render(b"text", 160)
